"""Reads of one attempt: its clock, its items, its grade."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content.models import Definition
from app.domain.assessment.quiz import QuizSpec
from app.domain.errors import NotFound
from app.quizzes.models import Attempt, AttemptItem, AttemptPause, Grade
from app.quizzes.queries.definitions import pinned_item, pinned_spec
from app.quizzes.queries.faces import Entry, Sitting, Slot

# The statements of the hot pages are built once, over plain tables: building them costs more than running them.
_attempt, _slot, _definition, _user = (
    cast("Table", model.__table__) for model in (Attempt, AttemptItem, Definition, User)
)
_SITTING = select(
    _attempt.c.id,
    _attempt.c.quiz_version_id,
    _attempt.c.number,
    _attempt.c.state,
    _attempt.c.seed,
    _attempt.c.started_at,
    _attempt.c.deadline_at,
    _attempt.c.submitted_at,
    _attempt.c.closed_by_time,
    _attempt.c.time_factor_percent,
    _attempt.c.extra_seconds,
    _attempt.c.paused_at,
    _attempt.c.paused_until,
    select(_user.c.pause_minutes).where(_user.c.id == _attempt.c.user_id).scalar_subquery().label("pause_minutes"),
).where(_attempt.c.id == bindparam("attempt"), _attempt.c.user_id == bindparam("person"))
_ENTRY = (
    _SITTING.add_columns(
        _slot.c.id.label("slot"),
        _slot.c.item_version_id,
        _slot.c.response,
        _slot.c.revision,
        _slot.c.is_flagged,
        _slot.c.saved_at,
        _slot.c.certainty,
    )
    .join(_slot, _slot.c.attempt_id == _attempt.c.id)
    .where(_slot.c.position == bindparam("place"))
)
_ENTRY_LOCKED = _ENTRY.with_for_update(of=(_attempt, _slot))
_SLOTS = (
    select(_slot.c.position, _definition.c.step, _slot.c.saved_at.is_not(None), _slot.c.is_flagged)
    .join(_definition, _definition.c.id == _slot.c.item_version_id)
    .where(_slot.c.attempt_id == bindparam("attempt"))
    .order_by(_slot.c.position)
)


_SITTING_FACTS = tuple(column.name for column in _SITTING.selected_columns if column.name != "quiz_version_id")


def _sitting(session: Session, row: Any) -> Sitting:
    spec = pinned_spec(session, row.quiz_version_id)
    facts = {name: getattr(row, name) for name in _SITTING_FACTS}
    return Sitting(spec=spec, **facts)


def sitting(session: Session, user_id: UUID, attempt_id: UUID) -> Sitting:
    """The person's own attempt; raises NotFound for anybody else's."""
    row = session.execute(_SITTING, {"attempt": attempt_id, "person": user_id}).first()
    if row is None:
        raise NotFound
    return _sitting(session, row)


def entry(
    session: Session, user_id: UUID, attempt_id: UUID, position: int, *, lock: bool = False
) -> tuple[Sitting, Entry]:
    """The person's own attempt and the item at a place (from 1); raises NotFound.

    `lock` makes saves, and the hand-in, of one attempt stand in line. Both rows are locked: a row that is only
    joined would be read as it was before the wait.
    """
    wanted = {"attempt": attempt_id, "person": user_id, "place": position}
    row = session.execute(_ENTRY_LOCKED if lock else _ENTRY, wanted).first()
    if row is None:
        raise NotFound
    item = pinned_item(session, row.item_version_id).for_seed(row.seed)
    found = Entry(row.slot, position, item, row.response, row.revision, row.is_flagged, row.saved_at, row.certainty)
    return _sitting(session, row), found


def slots(session: Session, attempt_id: UUID) -> list[Slot]:
    """Every place of an attempt in order, for the navigator; one statement, no answers."""
    return [Slot(*row) for row in session.execute(_SLOTS, {"attempt": attempt_id})]


def attempt_for(session: Session, user_id: UUID, attempt_id: UUID, *, lock: bool = False) -> Attempt:
    """The row of the person's own attempt, for changes; raises NotFound for anybody else's."""
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def attempt_by_id(session: Session, attempt_id: UUID) -> Attempt | None:
    """The row of any attempt, locked, for the job that closes it."""
    return session.scalar(select(Attempt).where(Attempt.id == attempt_id).with_for_update())


def is_passed(session: Session, attempt_id: UUID, quiz_key: str) -> bool:
    """True when an attempt is one of this quiz and its current grade passes."""
    query = (
        select(Grade.passed)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(Attempt.id == attempt_id, Attempt.quiz_key == quiz_key, Grade.is_current)
    )
    return bool(session.scalar(query))


def open_attempts_of(session: Session, user_id: UUID) -> Sequence[Attempt]:
    """The rows of all attempts of a person that run, locked, for changes of their time."""
    query = select(Attempt).where(Attempt.user_id == user_id, Attempt.state == "open").order_by(Attempt.id)
    return session.scalars(query.with_for_update()).all()


def running_pause(session: Session, attempt_id: UUID) -> AttemptPause | None:
    """The row of the pause that nobody ended yet."""
    query = select(AttemptPause).where(AttemptPause.attempt_id == attempt_id, AttemptPause.ended_at.is_(None))
    return session.scalar(query)


def still_running(session: Session, quiz_keys: Collection[str]) -> set[str]:
    """Those of the quizzes at which somebody's attempt still runs; no statement for no quiz."""
    if not quiz_keys:
        return set()
    query = select(Attempt.quiz_key).where(Attempt.quiz_key.in_(quiz_keys), Attempt.state == "open").distinct()
    return set(session.scalars(query))


def is_closed(session: Session, spec: QuizSpec, now: datetime) -> bool:
    """True when a quiz is closed for everybody: its window is over, and nobody's own time runs on."""
    return bool(closed_among(session, [spec], now))


def closed_among(session: Session, specs: Iterable[QuizSpec], now: datetime) -> set[str]:
    """Those quizzes that are closed for everybody, of those that release something then."""
    over = {s.id for s in specs if s.release.asks_for_close and s.closes_at is not None and now >= s.closes_at}
    return over - still_running(session, over)


def items_of(session: Session, attempt_id: UUID) -> Sequence[AttemptItem]:
    """The drawn items in their order, with the answers as they are saved now."""
    query = select(AttemptItem).where(AttemptItem.attempt_id == attempt_id).order_by(AttemptItem.position)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def current_grade(session: Session, attempt_id: UUID) -> Grade | None:
    """The grade that counts now."""
    return session.scalar(select(Grade).where(Grade.attempt_id == attempt_id, Grade.is_current))


def first_unanswered(session: Session, attempt_id: UUID) -> int:
    """The first place without an answer, or 1 when all have one."""
    own = AttemptItem.attempt_id == attempt_id
    return session.scalar(select(func.min(AttemptItem.position)).where(own, AttemptItem.saved_at.is_(None))) or 1


def overdue(session: Session, before: datetime, limit: int = 1_000) -> list[UUID]:
    """Open attempts whose deadline lies before an instant, oldest deadline first."""
    query = (
        select(Attempt.id)
        .where(Attempt.state == "open", Attempt.deadline_at < before)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    )
    return list(session.scalars(query))
