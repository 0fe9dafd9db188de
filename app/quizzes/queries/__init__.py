"""Reads of quizzes, attempts, their items and grades, by the names that others use."""

from __future__ import annotations

from app.quizzes.queries.attempts import (
    attempt_by_id,
    attempt_for,
    current_grade,
    entry,
    first_unanswered,
    items_of,
    overdue,
    sitting,
    slots,
)
from app.quizzes.queries.definitions import current_quiz, definitions_of, pinned_item, pinned_spec
from app.quizzes.queries.faces import AttemptFace, Entry, Overview, QuizLine, Result, Sitting, Slot, Standing, is_free
from app.quizzes.queries.results import result
from app.quizzes.queries.standing import (
    attempts_of,
    open_attempt,
    overview,
    past_attempts,
    quiz_lines,
    seen_items,
    standing_of,
)

__all__ = [
    "AttemptFace",
    "Entry",
    "Overview",
    "QuizLine",
    "Result",
    "Sitting",
    "Slot",
    "Standing",
    "attempt_by_id",
    "attempt_for",
    "attempts_of",
    "current_grade",
    "current_quiz",
    "definitions_of",
    "entry",
    "first_unanswered",
    "is_free",
    "items_of",
    "open_attempt",
    "overdue",
    "overview",
    "past_attempts",
    "pinned_item",
    "pinned_spec",
    "quiz_lines",
    "result",
    "seen_items",
    "sitting",
    "slots",
    "standing_of",
]
