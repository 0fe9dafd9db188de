"""Tables of reviews, by the names that others use."""

from __future__ import annotations

from app.reviews.models.desk import (
    Assignment,
    AudioNote,
    DraftVersion,
    HeldDecision,
    ReviewComment,
    ReviewerSetting,
    SavedView,
)
from app.reviews.models.fairness import (
    Appeal,
    CalibrationMark,
    CalibrationRound,
    FlagCheck,
    ReferencePiece,
    Remark,
    ReviewPolicy,
)
from app.reviews.models.mark import (
    CriterionRating,
    Pin,
    Review,
)
from app.reviews.models.thread import (
    LONGEST_MESSAGE,
    PointTick,
    ReviewMessage,
)

__all__ = [
    "LONGEST_MESSAGE",
    "Appeal",
    "Assignment",
    "AudioNote",
    "CalibrationMark",
    "CalibrationRound",
    "CriterionRating",
    "DraftVersion",
    "FlagCheck",
    "HeldDecision",
    "Pin",
    "PointTick",
    "ReferencePiece",
    "Remark",
    "Review",
    "ReviewComment",
    "ReviewMessage",
    "ReviewPolicy",
    "ReviewerSetting",
    "SavedView",
]
