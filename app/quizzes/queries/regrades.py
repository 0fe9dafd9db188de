"""Which items were corrected after answers were graded, and the attempts that a correction touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.assessment.items.essay import HandMark
from app.domain.errors import NotFound
from app.quizzes.models import Attempt, AttemptItem, Grade, Mark, Marking, Regrade


@dataclass(frozen=True, slots=True)
class OutdatedItem:
    """A live item by an older version of which so many handed-in answers were judged."""

    key: str
    title: str
    bank: str
    step: str
    version: int
    version_id: UUID
    oldest: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Touched:
    """One handed-in answer to an item by an older version, with the attempt around it."""

    slot_id: UUID
    attempt_id: UUID
    user_id: UUID
    name: str
    quiz_key: str
    quiz_title: str
    quiz_version_id: UUID
    number: int
    seed: str
    item_version_id: UUID
    graded_version_id: UUID
    response: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class RegradeLine:
    """A regrade in the list: what was judged again, why, by whom, and how far it is."""

    id: UUID
    item_key: str
    title: str
    version: int
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    changed: int
    passed: int
    failed: int
    refused: int

    @property
    def is_ahead(self) -> bool:
        """True while it waits or works."""
        return self.state in ("queued", "running")


def _outdated() -> Any:
    live, old = aliased(Definition, name="live"), aliased(Definition, name="old")
    return (
        select(
            live.key,
            live.title,
            live.parent.label("bank"),
            live.step,
            live.version,
            live.id.label("version_id"),
            func.min(old.version).label("oldest"),
            func.count(AttemptItem.id).label("attempts"),
        )
        .select_from(live)
        .join(old, (old.kind == live.kind) & (old.key == live.key) & (old.id != live.id))
        .join(AttemptItem, AttemptItem.graded_version_id == old.id)
        .join(Attempt, (Attempt.id == AttemptItem.attempt_id) & (Attempt.state == "submitted"))
        .where(live.kind == Kind.ITEM.value, live.is_current, live.version > 1)
        .group_by(live.id)
        .order_by(live.key)
    )


def outdated_items(session: Session, limit: int = 200) -> list[OutdatedItem]:
    """Live items that answers were judged by an older version of, by key; one statement."""
    return [OutdatedItem(**row._asdict()) for row in session.execute(_outdated().limit(limit))]


def outdated_item(session: Session, item_key: str) -> OutdatedItem:
    """A live item with how many answers were judged by an older version (perhaps none); raises NotFound."""
    found = content.current(session, Kind.ITEM, item_key)
    if found is None:
        raise NotFound(f"There is no live item {item_key}.")
    live = Definition.__table__.c
    row = session.execute(_outdated().where(AttemptItem.item_key == item_key)).first()
    if row is not None:
        return OutdatedItem(**row._asdict())
    step = session.scalars(select(live.step).where(live.id == found.id)).one()
    return OutdatedItem(found.key, found.title, found.parent, step, found.version, found.id, found.version, 0)


def touched(
    session: Session, item_key: str, version_id: UUID, *, after: UUID | None = None, size: int = 50
) -> list[Touched]:
    """Handed-in answers to an item that were not judged by this version, in steady order; one statement."""
    others = select(Definition.id).where(
        Definition.kind == Kind.ITEM.value, Definition.key == item_key, Definition.id != version_id
    )
    quiz = aliased(Definition)
    query = (
        select(
            AttemptItem.id.label("slot_id"),
            AttemptItem.attempt_id,
            Attempt.user_id,
            User.name,
            Attempt.quiz_key,
            quiz.title.label("quiz_title"),
            Attempt.quiz_version_id,
            Attempt.number,
            Attempt.seed,
            AttemptItem.item_version_id,
            AttemptItem.graded_version_id,
            AttemptItem.response,
            Grade.report,
            Grade.passed,
        )
        .join(Attempt, (Attempt.id == AttemptItem.attempt_id) & (Attempt.state == "submitted"))
        .join(User, User.id == Attempt.user_id)
        .join(quiz, quiz.id == Attempt.quiz_version_id)
        .outerjoin(Grade, (Grade.attempt_id == Attempt.id) & Grade.is_current)
        .where(AttemptItem.graded_version_id.in_(others))
        .order_by(AttemptItem.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(AttemptItem.id > after)
    return [Touched(**row._asdict()) for row in session.execute(query)]


def touched_count(session: Session, item_key: str, version_id: UUID) -> int:
    """How many handed-in answers to an item were not judged by this version."""
    others = select(Definition.id).where(
        Definition.kind == Kind.ITEM.value, Definition.key == item_key, Definition.id != version_id
    )
    query = (
        select(func.count())
        .select_from(AttemptItem)
        .join(Attempt, (Attempt.id == AttemptItem.attempt_id) & (Attempt.state == "submitted"))
        .where(AttemptItem.graded_version_id.in_(others))
    )
    return session.scalar(query) or 0


def slots_of(session: Session, attempt_ids: Collection[UUID]) -> dict[UUID, list[AttemptItem]]:
    """The drawn items of many attempts with their answers, each in order; one statement."""
    query = select(AttemptItem).where(AttemptItem.attempt_id.in_(attempt_ids))
    found: dict[UUID, list[AttemptItem]] = {attempt_id: [] for attempt_id in attempt_ids}
    query = query.order_by(AttemptItem.attempt_id, AttemptItem.position)
    for slot in session.scalars(query.execution_options(populate_existing=True)):
        found[slot.attempt_id].append(slot)
    return found


def hand_marks_of(session: Session, attempt_ids: Collection[UUID]) -> dict[UUID, dict[str, HandMark]]:
    """The marks that people gave, the newest of each, by attempt and item; one statement."""
    query = (
        select(Marking.attempt_id, Marking.item_key, Mark.points, Mark.comment, Mark.fraction)
        .join(Mark, (Mark.marking_id == Marking.id) & (Mark.revision == Marking.revision))
        .where(Marking.attempt_id.in_(attempt_ids))
    )
    found: dict[UUID, dict[str, HandMark]] = {attempt_id: {} for attempt_id in attempt_ids}
    for row in session.execute(query):
        found[row.attempt_id][row.item_key] = HandMark(dict(row.points), row.comment, Fraction(row.fraction))
    return found


def slots_by_id(session: Session, slot_ids: Collection[UUID]) -> dict[UUID, AttemptItem]:
    """Drawn items by their own ids, for changes; one statement."""
    query = select(AttemptItem).where(AttemptItem.id.in_(slot_ids)).execution_options(populate_existing=True)
    return {slot.id: slot for slot in session.scalars(query)}


def locked_attempts(session: Session, attempt_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The rows of many attempts, locked in steady order, for a change of their grades."""
    query = select(Attempt).where(Attempt.id.in_(attempt_ids)).order_by(Attempt.id).with_for_update()
    return {attempt.id: attempt for attempt in session.scalars(query)}


def regrade_row(session: Session, regrade_id: UUID, *, lock: bool = False) -> Regrade:
    """The row of a regrade; raises NotFound."""
    query = select(Regrade).where(Regrade.id == regrade_id).execution_options(populate_existing=True)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def regrade_ahead(session: Session, item_key: str) -> Regrade | None:
    """The regrade of an item that waits or works."""
    query = select(Regrade).where(Regrade.item_key == item_key, Regrade.state.in_(("queued", "running")))
    return session.scalar(query)


def regrades(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 20, only: UUID | None = None
) -> Sequence[RegradeLine]:
    """Regrades, the newest first (or `only` one); one row more than `size` if there are more."""
    query = (
        select(
            Regrade.id,
            Regrade.item_key,
            Definition.title,
            Definition.version,
            Regrade.reason,
            Regrade.state,
            func.coalesce(User.name, "").label("asked_by"),
            Regrade.asked_at,
            Regrade.finished_at,
            Regrade.total,
            Regrade.done,
            Regrade.changed,
            Regrade.passed,
            Regrade.failed,
            Regrade.refused,
        )
        .join(Definition, Definition.id == Regrade.version_id)
        .outerjoin(User, User.id == Regrade.asked_by)
        .order_by(Regrade.asked_at.desc(), Regrade.id.desc())
        .limit(size + 1)
    )
    if only is not None:
        query = query.where(Regrade.id == only)
    if after is not None:
        query = query.where(tuple_(Regrade.asked_at, Regrade.id) < (after[0], UUID(after[1])))
    return [RegradeLine(**row._asdict()) for row in session.execute(query)]
