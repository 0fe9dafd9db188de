"""Reads of reviews, by the names that others use."""

from __future__ import annotations

from app.reviews.queries.held import (
    IN_QUEUE,
    IS_OPEN,
    DecidedReview,
    decided_reviews,
    expired_reviews,
    open_review_of,
    own_review,
    pins_of,
    ratings_of,
    released_review_of,
)
from app.reviews.queries.queue import (
    FINAL_FRONT,
    WAITS,
    ExerciseName,
    QueueFigures,
    QueueLine,
    decided_by,
    exercise_names,
    held_by,
    next_waiting,
    queue,
    queue_figures,
)
from app.reviews.queries.sheet import (
    CurrentRubric,
    Sheet,
    current_rubric,
    defect_codes,
    sheet_of,
)
from app.reviews.queries.workspace import (
    EarlierTry,
    SentPhoto,
    Workspace,
    brief_of,
    sent_photos,
    workspace,
)

__all__ = [
    "FINAL_FRONT",
    "IN_QUEUE",
    "IS_OPEN",
    "WAITS",
    "CurrentRubric",
    "DecidedReview",
    "EarlierTry",
    "ExerciseName",
    "QueueFigures",
    "QueueLine",
    "SentPhoto",
    "Sheet",
    "Workspace",
    "brief_of",
    "current_rubric",
    "decided_by",
    "decided_reviews",
    "defect_codes",
    "exercise_names",
    "expired_reviews",
    "held_by",
    "next_waiting",
    "open_review_of",
    "own_review",
    "pins_of",
    "queue",
    "queue_figures",
    "ratings_of",
    "released_review_of",
    "sent_photos",
    "sheet_of",
    "workspace",
]
