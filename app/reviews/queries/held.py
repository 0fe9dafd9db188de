"""Reads of one review: whose it is, what was entered, and what holds a piece now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.errors import NotFound
from app.practice.models import Submission
from app.reviews.models import CriterionRating, Pin, Review

IN_QUEUE = ("waiting", "in_review")
# Written into the statement, because a partial index serves only where its condition is plain to see.
IS_OPEN = Review.__table__.c.state == bindparam("open", "open", literal_execute=True)


_mine = (Review.id == bindparam("review"), Review.reviewer_id == bindparam("reviewer"))
_OWN = (
    select(Review, Submission)
    .join(Submission, Submission.id == Review.submission_id)
    .where(*_mine)
    .execution_options(populate_existing=True)
)
_OWN_LOCKED = (
    select(Submission)
    .join(Review, Review.submission_id == Submission.id)
    .where(*_mine)
    .with_for_update(of=Submission)
    .execution_options(populate_existing=True)
)
_FRESH = select(Review).where(Review.id == bindparam("review")).execution_options(populate_existing=True)


def own_review(
    session: Session, reviewer_id: UUID, review_id: UUID, *, lock: bool = False
) -> tuple[Review, Submission]:
    """The instructor's own review and its submission as they are now; raises NotFound for anybody else's.

    With `lock` the submission's row is held. It is the one lock of everything that changes a review, always taken
    first, so that two who meet wait for each other in the same order.
    """
    if not lock:
        row = session.execute(_OWN, {"review": review_id, "reviewer": reviewer_id}).first()
        if row is None:
            raise NotFound
        return row[0], row[1]
    submission = session.scalar(_OWN_LOCKED, {"review": review_id, "reviewer": reviewer_id})
    if submission is None:
        raise NotFound
    # By a statement of its own, which sees what was committed while the one before waited for the lock.
    return session.scalars(_FRESH, {"review": review_id}).one(), submission


def open_review_of(session: Session, submission_id: UUID, *, remark: bool = False) -> Review | None:
    """The review that holds a submission now, or the one that reads a drawn piece again."""
    kind = Review.kind == "remark" if remark else Review.kind != "remark"
    query = select(Review).where(Review.submission_id == submission_id, IS_OPEN, kind)
    return session.scalar(query.execution_options(populate_existing=True))


def released_review_of(session: Session, submission_id: UUID, reviewer_id: UUID) -> Review | None:
    """The newest review of a submission that an instructor began and gave back."""
    # By the piece alone, which has a handful: with both, SQLite would walk through all that the instructor ever read.
    query = select(Review).where(Review.submission_id == submission_id).order_by(Review.claimed_at.desc())
    given_back = (found for found in session.scalars(query) if found.state == "released")
    return next((found for found in given_back if found.reviewer_id == reviewer_id), None)


def expired_reviews(session: Session, now: datetime, limit: int = 100) -> list[tuple[UUID, UUID]]:
    """Open reviews whose lease is over, as (review id, reviewer id)."""
    query = select(Review.id, Review.reviewer_id).where(IS_OPEN, Review.lease_until <= now).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


def held_among(session: Session, reviewer_ids: Collection[UUID], limit: int = 100) -> list[tuple[UUID, UUID]]:
    """Reviews that these people hold open, as (review id, reviewer id)."""
    query = select(Review.id, Review.reviewer_id).where(IS_OPEN, Review.reviewer_id.in_(reviewer_ids)).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


_reviews = bindparam("reviews", expanding=True, type_=Uuid())
_RATINGS = select(CriterionRating).where(CriterionRating.review_id.in_(_reviews))
_PINS = select(Pin).where(Pin.review_id.in_(_reviews)).order_by(Pin.number)


def ratings_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[CriterionRating]]:
    """Ratings by review."""
    found: dict[UUID, list[CriterionRating]] = {review_id: [] for review_id in review_ids}
    for rating in session.scalars(_RATINGS, {"reviews": list(review_ids)}) if review_ids else ():
        found[rating.review_id].append(rating)
    return found


def pins_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[Pin]]:
    """Pins by review, in their order."""
    found: dict[UUID, list[Pin]] = {review_id: [] for review_id in review_ids}
    for pin in session.scalars(_PINS, {"reviews": list(review_ids)}) if review_ids else ():
        found[pin.review_id].append(pin)
    return found


@dataclass(frozen=True, slots=True)
class DecidedReview:
    """A decided review as its student sees it."""

    review: Review
    submission_number: int
    reviewer_name: str
    decided_at: datetime


def decided_reviews(session: Session, entry_id: UUID) -> list[DecidedReview]:
    """The decided reviews of an entry, newest try first."""
    query = (
        select(Review, Submission.number, User.name)
        .join(Submission, Submission.id == Review.submission_id)
        .join(User, User.id == Review.reviewer_id)
        .where(Submission.entry_id == entry_id, Review.state == "decided")
        .order_by(Submission.number.desc())
    )
    return [
        DecidedReview(review, number, name, review.decided_at or review.claimed_at)
        for review, number, name in session.execute(query)
    ]
