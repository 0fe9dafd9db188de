"""The rules of review, by the names that others use."""

from __future__ import annotations

from app.domain.review.draft import (
    CriticalFlag,
    PinDraft,
    ReviewDraft,
    Standing,
    decision_problems,
    reached_outcome,
    require_decidable,
    standing,
)
from app.domain.review.status import (
    LEASE,
    PROMISE,
    TRANSITIONS,
    PieceFacts,
    ReviewState,
    ReviewStatus,
    claim,
    conflict_of_interest,
    decide,
    expire,
    release,
    renew_lease,
    require_no_conflict,
)

__all__ = [
    "LEASE",
    "PROMISE",
    "TRANSITIONS",
    "CriticalFlag",
    "PieceFacts",
    "PinDraft",
    "ReviewDraft",
    "ReviewState",
    "ReviewStatus",
    "Standing",
    "claim",
    "conflict_of_interest",
    "decide",
    "decision_problems",
    "expire",
    "reached_outcome",
    "release",
    "renew_lease",
    "require_decidable",
    "require_no_conflict",
    "standing",
]
