"""Changes of attempts, their time and their grades, by the names that others use."""

from __future__ import annotations

from app.quizzes.services.attempts import (
    Saved,
    Stale,
    add_grade,
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

__all__ = [
    "Saved",
    "Stale",
    "add_grade",
    "close_attempt",
    "close_overdue",
    "extend_attempt",
    "grant_time",
    "pause_attempt",
    "require_other",
    "require_reason",
    "resume_attempt",
    "save_response",
    "settle_pause",
    "start_attempt",
    "submit_attempt",
]
