"""Changes of attempts, their time and their grades, by the names that others use."""

from __future__ import annotations

from app.quizzes.services.attempts import (
    Saved,
    Stale,
    close_attempt,
    close_overdue,
    require_other,
    require_reason,
    save_response,
    settle_pause,
    start_attempt,
    submit_attempt,
)
from app.quizzes.services.clocks import (
    extend_attempt,
    grant_time,
    pause_attempt,
    resume_attempt,
)

from app.quizzes.services.grades import (
    add_grade,
    ask_for_marks,
    grade_now,
    note_risks,
)
from app.quizzes.services.marking import (
    MarkDraft,
    MarkedMeanwhile,
    mark_essay,
)

__all__ = [
    "MarkDraft",
    "MarkedMeanwhile",
    "Saved",
    "Stale",
    "add_grade",
    "ask_for_marks",
    "close_attempt",
    "close_overdue",
    "extend_attempt",
    "grade_now",
    "grant_time",
    "mark_essay",
    "note_risks",
    "pause_attempt",
    "require_other",
    "require_reason",
    "resume_attempt",
    "save_response",
    "settle_pause",
    "start_attempt",
    "submit_attempt",
]
