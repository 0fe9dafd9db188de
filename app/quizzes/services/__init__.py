"""Changes of attempts and grades, by the names that others use."""

from __future__ import annotations

from app.quizzes.services.attempts import (
    Saved,
    Stale,
    add_grade,
    close_overdue,
    save_response,
    start_attempt,
    submit_attempt,
)

__all__ = ["Saved", "Stale", "add_grade", "close_overdue", "save_response", "start_attempt", "submit_attempt"]
