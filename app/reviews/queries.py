"""Reads of the queue, of one review with everything around it, and of what a student may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.practice.models import PracticeEntry, Submission
from app.reviews.models import CriterionRating, Pin, Review

IN_QUEUE = ("waiting", "in_review")


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One piece that waits: who sent it when, which try it is, and who holds it until when."""

    submission_id: UUID
    entry_id: UUID
    student_id: UUID
    student_name: str
    piece_number: int
    try_number: int
    exercise_title: str
    exercise_code: str
    step: str
    skin: str
    sent_at: datetime
    review_id: UUID | None
    reviewer_id: UUID | None
    lease_until: datetime | None


def queue(
    session: Session,
    *,
    now: datetime,
    after: tuple[datetime, str] | None = None,
    size: int = 40,
    exercise: str = "",
    not_by: UUID | None = None,
) -> list[QueueLine]:
    """Pieces that wait, oldest first, one more than `size` when there are more; one statement over a partial index."""
    query = (
        select(
            Submission.id,
            Submission.entry_id,
            Submission.user_id,
            User.name,
            PracticeEntry.number,
            Submission.number.label("try_number"),
            Definition.title,
            Definition.subtype,
            Definition.step,
            Submission.skin,
            Submission.sent_at,
            Review.id.label("review_id"),
            Review.reviewer_id,
            Review.lease_until,
        )
        .join(User, User.id == Submission.user_id)
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .outerjoin(Review, (Review.submission_id == Submission.id) & (Review.state == "open"))
        .where(Submission.state.in_(IN_QUEUE))
        .order_by(Submission.sent_at, Submission.id)
        .limit(size + 1)
    )
    if exercise:
        query = query.where(Submission.exercise_key == exercise)
    if not_by is not None:
        query = query.where(Submission.user_id != not_by)
    if after is not None:
        query = query.where(tuple_(Submission.sent_at, Submission.id) > tuple_(after[0], UUID(after[1])))
    return [QueueLine(*tuple(row)) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many pieces wait (counted to 1,000 at most) and since when the oldest does."""

    waiting: int
    oldest: datetime | None


def queue_figures(session: Session) -> QueueFigures:
    """The state of the queue in two short statements."""
    some = select(Submission.id).where(Submission.state.in_(IN_QUEUE)).limit(1000).subquery()
    oldest = select(Submission.sent_at).where(Submission.state.in_(IN_QUEUE)).order_by(Submission.sent_at).limit(1)
    return QueueFigures(session.scalar(select(func.count()).select_from(some)) or 0, session.scalar(oldest))


def review_for(session: Session, reviewer_id: UUID, review_id: UUID, *, lock: bool = False) -> Review:
    """The instructor's own review; raises NotFound for anybody else's."""
    query = select(Review).where(Review.id == review_id, Review.reviewer_id == reviewer_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def open_review_of(session: Session, submission_id: UUID) -> Review | None:
    """The review that holds a submission now."""
    return session.scalar(select(Review).where(Review.submission_id == submission_id, Review.state == "open"))


def expired_reviews(session: Session, now: datetime, limit: int = 100) -> list[UUID]:
    """Open reviews whose lease is over."""
    query = select(Review.id).where(Review.state == "open", Review.lease_until < now).limit(limit)
    return list(session.scalars(query))


def ratings_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[CriterionRating]]:
    """Ratings by review."""
    found: dict[UUID, list[CriterionRating]] = {review_id: [] for review_id in review_ids}
    query = select(CriterionRating).where(CriterionRating.review_id.in_(review_ids))
    for rating in session.scalars(query) if review_ids else ():
        found[rating.review_id].append(rating)
    return found


def pins_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[Pin]]:
    """Pins by review, in their order."""
    found: dict[UUID, list[Pin]] = {review_id: [] for review_id in review_ids}
    query = select(Pin).where(Pin.review_id.in_(review_ids)).order_by(Pin.number)
    for pin in session.scalars(query) if review_ids else ():
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


def rubric_at(session: Session, version_id: UUID) -> Rubric:
    """The pinned rubric of a review."""
    return rubric_from_dict(session.scalars(select(Definition.payload).where(Definition.id == version_id)).one())


@dataclass(frozen=True, slots=True)
class CurrentRubric:
    """The live rubric and its version id."""

    version_id: UUID
    rubric: Rubric


def current_rubric(session: Session) -> CurrentRubric:
    """The rubric that new reviews are made under; raises NotFound before the first content sync."""
    query = select(Definition.id, Definition.payload).where(Definition.kind == Kind.RUBRIC.value, Definition.is_current)
    row = session.execute(query).first()
    if row is None:
        raise NotFound("No rubric is published yet.")
    return CurrentRubric(row.id, rubric_from_dict(row.payload))


def defect_codes(session: Session) -> Mapping[str, dict[str, Any]]:
    """The current defect codes by code: title, seen, cause, fix, severity (m, M, C, praise), criterion."""
    query = select(Definition.payload).where(Definition.kind == Kind.DEFECTS.value, Definition.is_current)
    payload = session.scalar(query) or {"defects": []}
    return {row["code"]: dict(row) for row in payload["defects"]}


def decided_by(session: Session, reviewer_id: UUID, since: datetime) -> int:
    """How many pieces an instructor decided since an instant."""
    query = select(func.count(Review.id)).where(Review.reviewer_id == reviewer_id, Review.decided_at >= since)
    return session.scalar(query) or 0


def next_waiting(session: Session, reviewer_id: UUID, now: datetime) -> UUID | None:
    """The oldest piece that nobody holds and that the instructor may take."""
    held = select(Review.submission_id).where(Review.state == "open", Review.lease_until >= now)
    query = (
        select(Submission.id)
        .where(Submission.state.in_(IN_QUEUE), Submission.user_id != reviewer_id, Submission.id.not_in(held))
        .order_by(Submission.sent_at, Submission.id)
        .limit(1)
    )
    return session.scalar(query)
