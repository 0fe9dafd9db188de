"""The hold on a piece that waits for a reading: who may take it, keep it, give it back, decide.

queued -> claimed -> decided; a claim is a lease that returns by itself, so no piece is lost with its reviewer. Each
further reading (see marking.py) begins at queued again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, NotAllowed
from app.domain.rubric.scoring import Result

LEASE = timedelta(hours=1)
PROMISE = timedelta(hours=48)


class ReviewState(StrEnum):
    """Where a submission stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    DECIDED = "decided"


TRANSITIONS: frozenset[tuple[ReviewState, ReviewState]] = frozenset(
    {
        (ReviewState.QUEUED, ReviewState.CLAIMED),
        (ReviewState.CLAIMED, ReviewState.CLAIMED),  # the lease is renewed, or passes on after it ran out
        (ReviewState.CLAIMED, ReviewState.QUEUED),
        (ReviewState.CLAIMED, ReviewState.DECIDED),
    }
)


@dataclass(frozen=True, slots=True)
class ReviewStatus:
    """The state of one review; claimed <=> reviewer and lease are set; decided <=> result and time are set."""

    state: ReviewState = ReviewState.QUEUED
    reviewer_id: UUID | None = None
    lease_until: datetime | None = None
    result: Result | None = None
    decided_at: datetime | None = None

    def lease_expired(self, now: datetime) -> bool:
        """True when the claim has run out and another reviewer may take the piece."""
        return self.lease_until is not None and now >= self.lease_until

    def held_by(self, user_id: UUID | None) -> bool:
        """True when this person holds the claim, also after the lease ran out and nobody else took it."""
        return self.state is ReviewState.CLAIMED and user_id is not None and self.reviewer_id == user_id


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """What decides who may review a piece.

    `teacher_ids` and `calibrated` (is the reviewer in question, if the academy asks for it) matter for capstones only.
    `marked_by` are all who have given a mark of this try or checked one.
    """

    student_id: UUID
    student_studio_ids: frozenset[UUID] = frozenset()
    teacher_ids: frozenset[UUID] = frozenset()
    capstone: bool = False
    marked_by: frozenset[UUID] = frozenset()
    calibrated: bool = True


def conflict_of_interest(actor: Actor, piece: PieceFacts) -> str:
    """Return why this person must not review this piece, as a code; empty when nothing stands against it."""
    if not actor.has(Role.INSTRUCTOR):
        return "not_instructor"
    if actor.id == piece.student_id:
        return "own_piece"
    if actor.studio_ids & piece.student_studio_ids:
        return "same_studio"
    if piece.capstone and actor.id in piece.teacher_ids:
        return "own_student"
    if actor.id in piece.marked_by:
        return "has_marked"
    if piece.capstone and not piece.calibrated:
        return "not_calibrated"
    return ""


_CONFLICTS: Mapping[str, str] = {
    "not_instructor": "Only instructors review pieces.",
    "own_piece": "Nobody reviews their own piece.",
    "same_studio": "You belong to this student's studio, so somebody else must review the piece.",
    "own_student": "A capstone is not reviewed by the student's own instructor.",
    "has_marked": "You have marked this piece. Somebody else must read it now.",
    "not_calibrated": "Capstones are reviewed by instructors whose calibration is valid. Pass it first.",
}


def require_no_conflict(actor: Actor, piece: PieceFacts) -> None:
    """Raise NotAllowed with the reason why this person must not review this piece, if there is one."""
    reason = conflict_of_interest(actor, piece)
    if reason:
        raise NotAllowed(_CONFLICTS[reason], code=reason)


def claim(status: ReviewStatus, actor: Actor, piece: PieceFacts, now: datetime) -> ReviewStatus:
    """Return the claimed review, or renew one's own claim.

    Raises NotAllowed on a conflict of interest; Conflict (claimed, decided) when somebody else was first.
    """
    require_no_conflict(actor, piece)
    if status.state is ReviewState.DECIDED:
        raise Conflict("This piece has been decided.", code="decided")
    if status.state is ReviewState.CLAIMED and not status.held_by(actor.id) and not status.lease_expired(now):
        raise Conflict("Another instructor is reviewing this piece.", code="claimed")
    return ReviewStatus(ReviewState.CLAIMED, actor.id, now + LEASE)


def renew_lease(status: ReviewStatus, actor: Actor, now: datetime) -> ReviewStatus:
    """Return the review with a fresh lease, as each saved draft does; raises Conflict when it is not one's own."""
    _own(status, actor)
    return replace(status, lease_until=now + LEASE)


def release(status: ReviewStatus, actor: Actor) -> ReviewStatus:
    """Return the review to the queue. The holder may; so may an administrator. Raises Conflict otherwise."""
    if not (actor.has(Role.ADMIN) and status.state is ReviewState.CLAIMED):
        _own(status, actor)
    return ReviewStatus()


def expire(status: ReviewStatus, now: datetime) -> ReviewStatus:
    """Return the review to the queue when its lease has run out; else return it unchanged."""
    if status.state is ReviewState.CLAIMED and status.lease_expired(now):
        return ReviewStatus()
    return status


def decide(status: ReviewStatus, actor: Actor, result: Result, now: datetime) -> ReviewStatus:
    """Return the decided review; raises Conflict when the claim is not one's own (any more)."""
    _own(status, actor)
    return replace(status, state=ReviewState.DECIDED, lease_until=None, result=result, decided_at=now)


def _own(status: ReviewStatus, actor: Actor) -> None:
    if status.state is ReviewState.DECIDED:
        raise Conflict("This piece has been decided.", code="decided")
    if not status.held_by(actor.id):
        raise Conflict("You do not hold this piece. Claim it again.", code="not_claimed")
