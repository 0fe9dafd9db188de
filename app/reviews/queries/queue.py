"""Reads of the queue: who waits since when, who holds what, and what to take next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, User
from app.content.models import Definition, Kind
from app.practice.models import PracticeEntry, Submission, SubmissionPhoto
from app.reviews.models import Review
from app.reviews.queries.held import IN_QUEUE, IS_OPEN

FINAL_FRONT = "f8"
NOBODY = UUID(int=0)

# On tables, not entities, and the whole statements below are built once: the queue is an instructor's first page.
_submission, _review, _sent = Submission.__table__.c, Review.__table__.c, SubmissionPhoto.__table__.c
_entry, _exercise, _student = PracticeEntry.__table__.c, Definition.__table__.c, User.__table__.c
_Reviewer = User.__table__.alias("reviewer")
# Written into the statement, because a partial index serves only where its condition is plain to see.
WAITS = _submission.state.in_(bindparam("in_queue", IN_QUEUE, expanding=True, literal_execute=True))


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One piece that waits: who sent it when, which try it is, and who holds it since and until when."""

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
    question: str
    sent_at: datetime
    review_id: UUID | None
    reviewer_id: UUID | None
    reviewer_name: str | None
    claimed_at: datetime | None
    lease_until: datetime | None
    photo_id: UUID | None = None

    def is_held(self, now: datetime) -> bool:
        """True while somebody's hold on the piece runs."""
        return self.lease_until is not None and self.lease_until > now


def queue(
    session: Session,
    *,
    now: datetime,
    after: tuple[datetime, str] | None = None,
    size: int = 40,
    exercise: str = "",
    not_by: UUID | None = None,
    studios: Collection[UUID] = (),
    not_held_by: UUID | None = None,
) -> list[QueueLine]:
    """Pieces that wait, oldest first, one more than `size` when there are more; one statement over a partial index.

    Pieces of `not_by` and of members of `studios` are left out (nobody reviews their own piece or a colleague's), as
    are those that `not_held_by` holds.
    """
    query = _takeable(_QUEUE if not_held_by is None else _QUEUE_OF_OTHERS, studios)
    if exercise:
        query = query.where(_submission.exercise_key == exercise)
    if after is not None:
        query = query.where(tuple_(_submission.sent_at, _submission.id) > tuple_(after[0], UUID(after[1])))
    return _lines(session, query, not_by=not_by or NOBODY, reviewer=not_held_by, size=size + 1)


def held_by(session: Session, reviewer_id: UUID) -> list[QueueLine]:
    """The pieces that an instructor holds, the first claimed first; also those whose hold ran out untaken."""
    return _lines(session, _HELD, reviewer=reviewer_id)


# The photo that stands for a submission: its final front view, or its last photo.
_is_front = _sent.slot == FINAL_FRONT
_face = (
    select(_sent.photo_id)
    .where(_sent.submission_id == _submission.id)
    .order_by(_is_front.desc(), case((_is_front, _sent.position), else_=-_sent.position))
    .limit(1)
    .correlate(Submission.__table__)
    .scalar_subquery()
)
_LINE = (
    select(
        _submission.id,
        _submission.entry_id,
        _submission.user_id,
        _student.name,
        _entry.number,
        _submission.number,
        _exercise.title,
        _exercise.subtype,
        _exercise.step,
        _submission.skin,
        func.coalesce(_submission.frozen["records"]["piece"]["question"].as_string(), ""),
        _submission.sent_at,
        _review.id,
        _review.reviewer_id,
        _Reviewer.c.name,
        _review.claimed_at,
        _review.lease_until,
        _face,
    )
    .join_from(Submission.__table__, User.__table__, _student.id == _submission.user_id)
    .join(PracticeEntry.__table__, _entry.id == _submission.entry_id)
    .join(Definition.__table__, _exercise.id == _submission.exercise_version_id)
    .outerjoin(Review.__table__, (_review.submission_id == _submission.id) & IS_OPEN)
    .outerjoin(_Reviewer, _Reviewer.c.id == _review.reviewer_id)
)
_QUEUE = (
    _LINE.where(WAITS, _submission.user_id != bindparam("not_by"))
    .order_by(_submission.sent_at, _submission.id)
    .limit(bindparam("size"))
)
_QUEUE_OF_OTHERS = _QUEUE.where(or_(_review.id.is_(None), _review.reviewer_id != bindparam("reviewer")))
_HELD = (
    _LINE.where(IS_OPEN, _review.reviewer_id == bindparam("reviewer"))
    .order_by(_review.claimed_at, _review.id)
    .limit(50)
)


def _lines(session: Session, query: Select[Any], **values: Any) -> list[QueueLine]:
    return [QueueLine(*tuple(row)) for row in session.execute(query, values)]


def _takeable(query: Select[Any], studios: Collection[UUID]) -> Select[Any]:
    if studios:
        members = select(RoleGrant.user_id).where(RoleGrant.studio_id.in_(studios), RoleGrant.ended_at.is_(None))
        query = query.where(_submission.user_id.not_in(members))
    return query


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many pieces wait (counted to 1,000 at most) and since when the oldest does."""

    waiting: int
    oldest: datetime | None


def queue_figures(session: Session) -> QueueFigures:
    """The state of the queue in two short statements."""
    return QueueFigures(session.scalar(_WAITING) or 0, session.scalar(_OLDEST))


# Ones, not ids: the partial index alone can count.
_WAITING = select(func.count()).select_from(select(literal(1).label("one")).where(WAITS).limit(1000).subquery())
_OLDEST = select(_submission.sent_at).where(WAITS).order_by(_submission.sent_at).limit(1)
_NEXT = (
    select(_submission.id)
    .where(
        WAITS,
        _submission.id.not_in(select(_review.submission_id).where(IS_OPEN, _review.lease_until > bindparam("now"))),
        _submission.user_id != bindparam("not_by"),
    )
    .order_by(_submission.sent_at, _submission.id)
    .limit(1)
)


def next_waiting(
    session: Session, reviewer_id: UUID, now: datetime, *, exercise: str = "", studios: Collection[UUID] = ()
) -> UUID | None:
    """The oldest piece that nobody holds and that the instructor may take."""
    query = _takeable(_NEXT, studios)
    if exercise:
        query = query.where(_submission.exercise_key == exercise)
    found: UUID | None = session.scalar(query, {"not_by": reviewer_id, "now": now})
    return found


@dataclass(frozen=True, slots=True)
class ExerciseName:
    """An exercise as a filter names it."""

    key: str
    code: str
    title: str


_NAMES = (
    select(_exercise.key, _exercise.subtype, _exercise.title)
    .where(_exercise.kind == Kind.EXERCISE.value, _exercise.is_current)
    .order_by(_exercise.position, _exercise.key)
)
_DECIDED_BY = select(func.count()).where(
    _review.reviewer_id == bindparam("reviewer"), _review.decided_at >= bindparam("since")
)


def exercise_names(session: Session) -> tuple[ExerciseName, ...]:
    """The live exercises in their order."""
    return tuple(ExerciseName(*row) for row in session.execute(_NAMES))


def decided_by(session: Session, reviewer_id: UUID, since: datetime) -> int:
    """How many pieces an instructor decided since an instant."""
    return session.scalar(_DECIDED_BY, {"reviewer": reviewer_id, "since": since}) or 0
