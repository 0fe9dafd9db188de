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
from app.quizzes.services.regrades import (
    Judged,
    Preview,
    ask_regrade,
    begin_regrade,
    judge_again,
    preview_regrade,
    regrade_some,
    stop_regrade,
)

__all__ = [
    "Judged",
    "MarkDraft",
    "MarkedMeanwhile",
    "Preview",
    "Saved",
    "Stale",
    "add_grade",
    "ask_for_marks",
    "ask_regrade",
    "begin_regrade",
    "close_attempt",
    "close_overdue",
    "extend_attempt",
    "grade_now",
    "grant_time",
    "judge_again",
    "mark_essay",
    "note_risks",
    "pause_attempt",
    "preview_regrade",
    "regrade_some",
    "require_other",
    "require_reason",
    "resume_attempt",
    "save_response",
    "settle_pause",
    "start_attempt",
    "stop_regrade",
    "submit_attempt",
]
