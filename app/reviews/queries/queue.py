"""Reads of the queue: who waits since when, who holds what, and what to take next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, User
from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.review import PROMISE
from app.practice.models import PracticeEntry, Submission, SubmissionPhoto
from app.reviews.models import Assignment, Review
from app.reviews.queries.fairness import may_read_capstones
from app.reviews.queries.held import IN_QUEUE, IS_OPEN

FINAL_FRONT = "f8"
NOBODY = UUID(int=0)

# On tables, not entities, and the whole statements below are built once: the queue is an instructor's first page.
_submission, _review, _sent = Submission.__table__.c, Review.__table__.c, SubmissionPhoto.__table__.c
_entry, _exercise, _student = PracticeEntry.__table__.c, Definition.__table__.c, User.__table__.c
_assigned = Assignment.__table__.c
_Reviewer = User.__table__.alias("reviewer")
_Meant = User.__table__.alias("meant")
# Written into the statement, because a partial index serves only where its condition is plain to see.
WAITS = _submission.state.in_(bindparam("in_queue", IN_QUEUE, expanding=True, literal_execute=True)) & (
    _submission.stopped_at.is_(None)
)


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
    assigned_id: UUID | None = None
    assigned_name: str | None = None
    blind: bool = False

    def is_held(self, now: datetime) -> bool:
        """True while somebody's hold on the piece runs."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a page of the queue shows; empty fields leave nothing out.

    `whose` is "" (all), "mine" (assigned to the one who looks) or "free" (assigned to nobody); `tries` is "" or "redo".
    """

    exercise: str = ""
    step: str = ""
    skin: str = ""
    tier: str = ""
    whose: str = ""
    tries: str = ""
    overdue: bool = False

    def as_arguments(self) -> dict[str, Any]:
        """The filters that are set, as an address carries them."""
        values = {name: getattr(self, name) for name in ("exercise", "step", "skin", "tier", "whose", "tries")}
        return {name: value for name, value in values.items() if value} | ({"overdue": "1"} if self.overdue else {})


def queue(
    session: Session,
    *,
    now: datetime,
    after: tuple[datetime, str] | None = None,
    size: int = 40,
    only: QueueFilter = QueueFilter(),
    not_by: UUID | None = None,
    studios: Collection[UUID] = (),
    not_held_by: UUID | None = None,
) -> list[QueueLine]:
    """Pieces that wait, oldest first, one more than `size` when there are more; one statement over a partial index.

    Pieces of `not_by` and of members of `studios` are left out (nobody reviews their own piece or a colleague's), as
    are those that `not_held_by` holds, and those that `not_by` has read once already.
    """
    query = _takeable(_QUEUE if not_held_by is None else _QUEUE_OF_OTHERS, studios)
    query = _filtered(query, only, not_by or NOBODY, now)
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
# Asked of each piece that is shown, by its own reviews: a list of all marks would grow with the years.
_Given = Review.__table__.alias("given")
_has_mark = (
    select(literal(1))
    .where(_Given.c.submission_id == _submission.id, _Given.c.state == "marked")
    .correlate(Submission.__table__)
    .exists()
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
        # By one path: each step taken by itself would read the whole record again.
        func.coalesce(_submission.frozen[("records", "piece", "question")].as_string(), ""),
        _submission.sent_at,
        _review.id,
        _review.reviewer_id,
        _Reviewer.c.name,
        _review.claimed_at,
        _review.lease_until,
        _face,
        _assigned.reviewer_id,
        _Meant.c.name,
        # What is read without a name must not carry one in the queue either.
        or_(
            func.coalesce(_exercise.payload["capstone"].as_boolean(), literal(False)),
            _has_mark,
            func.coalesce(_review.blind, literal(False)),
        ),
    )
    .join_from(Submission.__table__, User.__table__, _student.id == _submission.user_id)
    .join(PracticeEntry.__table__, _entry.id == _submission.entry_id)
    .join(Definition.__table__, _exercise.id == _submission.exercise_version_id)
    .outerjoin(Review.__table__, (_review.submission_id == _submission.id) & IS_OPEN)
    .outerjoin(_Reviewer, _Reviewer.c.id == _review.reviewer_id)
    .outerjoin(Assignment.__table__, _assigned.submission_id == _submission.id)
    .outerjoin(_Meant, _Meant.c.id == _assigned.reviewer_id)
)
# Who gave a mark that waits for a second one must not give that as well.
# Put as "is one of those who marked this piece", so that SQLite does not walk through all that the person ever marked.
_read_by = bindparam("not_by", type_=Uuid()).in_(
    select(_Given.c.reviewer_id)
    .where(_Given.c.submission_id == _submission.id, _Given.c.state == "marked")
    .correlate(Submission.__table__)
)
_QUEUE = (
    _LINE.where(WAITS, _submission.user_id != bindparam("not_by"), ~_read_by)
    .order_by(_submission.sent_at, _submission.id)
    .limit(bindparam("size"))
)
_QUEUE_OF_OTHERS = _QUEUE.where(or_(_review.id.is_(None), _review.reviewer_id != bindparam("reviewer")))
_HELD = (
    _LINE.where(IS_OPEN, _review.reviewer_id == bindparam("reviewer"))
    .order_by(_review.claimed_at, _review.id)
    .limit(50)
)


def queue_line(session: Session, submission_id: UUID) -> QueueLine:
    """One piece that waits, as the queue shows it; raises NotFound for one that does not."""
    found = _lines(session, _LINE.where(WAITS, _submission.id == bindparam("submission")), submission=submission_id)
    if not found:
        raise NotFound
    return found[0]


def holders(session: Session, ids: Collection[UUID], now: datetime) -> list[QueueLine]:
    """Those of these pieces that somebody holds now."""
    return [line for line in _lines(session, _LINE.where(_submission.id.in_(ids), IS_OPEN)) if line.is_held(now)]


def gone_among(session: Session, ids: Collection[UUID]) -> list[UUID]:
    """Those of these pieces that do not wait any more."""
    return list(
        session.scalars(select(_submission.id).where(_submission.id.in_(ids), _submission.state.not_in(IN_QUEUE)))
    )


def _lines(session: Session, query: Select[Any], **values: Any) -> list[QueueLine]:
    return [QueueLine(*tuple(row)) for row in session.execute(query, values)]


def _filtered(query: Select[Any], only: QueueFilter, reader: UUID, now: datetime) -> Select[Any]:
    if only.exercise:
        query = query.where(_submission.exercise_key == only.exercise)
    if only.step:
        steps = select(_exercise.id).where(_exercise.kind == Kind.EXERCISE.value, _exercise.step == only.step)
        query = query.where(_submission.exercise_version_id.in_(steps))
    if only.skin:
        query = query.where(_submission.skin == only.skin)
    if only.tier:
        query = query.where(_submission.tier == only.tier)
    if only.tries == "redo":
        query = query.where(_submission.number > 1)
    if only.overdue:
        query = query.where(_submission.sent_at < now - PROMISE)
    if only.whose == "mine":
        query = query.where(_submission.id.in_(select(_assigned.submission_id).where(_assigned.reviewer_id == reader)))
    elif only.whose == "free":
        query = query.where(_submission.id.not_in(select(_assigned.submission_id)))
    return query


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
    return QueueFigures(waiting_count(session), session.scalar(_OLDEST))


def waiting_count(session: Session) -> int:
    """How many pieces wait, counted to 1,000 at most."""
    return session.scalar(_WAITING) or 0


# Ones, not ids: the partial index alone can count.
_WAITING = select(func.count()).select_from(select(literal(1).label("one")).where(WAITS).limit(1000).subquery())
_OLDEST = select(_submission.sent_at).where(WAITS).order_by(_submission.sent_at).limit(1)
_NEXT = (
    select(_submission.id)
    .where(
        WAITS,
        _submission.id.not_in(select(_review.submission_id).where(IS_OPEN, _review.lease_until > bindparam("now"))),
        _submission.user_id != bindparam("not_by"),
        ~_read_by,
        _submission.id != bindparam("but"),
    )
    .order_by(_submission.sent_at, _submission.id)
    .limit(1)
)


def next_waiting(
    session: Session,
    reviewer_id: UUID,
    now: datetime,
    *,
    only: QueueFilter = QueueFilter(),
    studios: Collection[UUID] = (),
    away: Collection[UUID] = (),
    but: UUID | None = None,
) -> UUID | None:
    """The piece to take next: the oldest that the instructor is meant to review, else the oldest that is free to take.

    Free is a piece that nobody holds and that is meant for nobody, for somebody `away`, or is overdue. `but` is left
    out: the piece that is on the desk now. A capstone is not offered to somebody whose calibration ran out.
    """
    takes_capstones = may_read_capstones(session, reviewer_id, now)

    def narrowed(query: Select[Any]) -> Select[Any]:
        query = _filtered(_takeable(query, studios), only, reviewer_id, now)
        return query if takes_capstones else query.where(_submission.exercise_version_id.not_in(_CAPSTONES))

    values = {"not_by": reviewer_id, "now": now, "but": but or NOBODY}
    found: UUID | None = None
    # Few are meant for anybody: without this question the statement after it would walk along the whole queue.
    if session.scalar(_ANY_MEANT, {"reviewer": reviewer_id}):
        found = session.scalar(narrowed(_NEXT_MEANT), {**values, "reviewer": reviewer_id})
    if found is None:
        others = {"others": [reviewer_id, *away], "due": now - PROMISE}
        found = session.scalar(narrowed(_NEXT_FREE), {**values, **others})
    return found


_CAPSTONES = select(_exercise.id).where(
    _exercise.kind == Kind.EXERCISE.value, _exercise.payload["capstone"].as_boolean()
)
_ANY_MEANT = select(literal(1)).where(_assigned.reviewer_id == bindparam("reviewer")).limit(1)


def _meant_for(whom: ColumnElement[bool]) -> ColumnElement[bool]:
    """True for a piece that is meant for one of these people."""
    meant = select(literal(1)).where(_assigned.submission_id == _submission.id, whom)
    return meant.correlate(Submission.__table__).exists()


_NEXT_MEANT = _NEXT.where(_meant_for(_assigned.reviewer_id == bindparam("reviewer")))
_NEXT_FREE = _NEXT.where(
    or_(
        ~_meant_for(_assigned.reviewer_id.not_in(bindparam("others", expanding=True, type_=Uuid()))),
        _submission.sent_at < bindparam("due"),
    )
)


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
