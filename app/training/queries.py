"""Reads of training: what is due when, the next item, one item with its last answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind
from app.content.queries import LessonFace
from app.domain.assessment.exact import floor_text
from app.domain.assessment.items.base import Item
from app.domain.assessment.quiz import When, quiz_from_dict
from app.domain.assessment.release import EVERYTHING, item_view
from app.domain.assessment.spacing import NEW_PER_DAY, RIGHT, Memory, Recall, day_of, outlook
from app.domain.errors import NotFound
from app.quizzes import queries as quizzes
from app.quizzes.models import Attempt, AttemptItem
from app.training.models import TrainingItem, TrainingPlan

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is to do: `due` were answered before, `fresh` never; `later` are due tomorrow, `week` within the
    six days after today; `done` were settled today, `introduced` answered for the first time; `waiting` are due, but
    their keys are held back by a quiz.
    """

    total: int
    due: int
    fresh: int
    later: int
    week: int
    done: int
    introduced: int
    waiting: int
    new_per_day: int

    @property
    def room(self) -> int:
        """How many new items may still come today."""
        return max(self.new_per_day - self.introduced, 0)

    @property
    def today(self) -> int:
        """What is left for today: all that is due, and new items up to the limit."""
        return self.due + min(self.fresh, self.room)

    @property
    def tomorrow(self) -> int:
        """What comes tomorrow, new items that find no room today included, up to tomorrow's limit."""
        return self.later + min(max(self.fresh - self.room, 0), self.new_per_day)

    @property
    def coming(self) -> int:
        """What comes from tomorrow on within the week."""
        return self.tomorrow + self.week - self.later

    @property
    def all_today(self) -> int:
        """What was done today and what is left."""
        return self.done + self.today


@dataclass(frozen=True, slots=True)
class Sheet:
    """One item of a person's training, ready to show. `version_id` is the live one, None when it was retired;
    `silent` are all items that this person must not be shown now.
    """

    row: TrainingItem
    version_id: UUID | None
    silent: frozenset[str]

    @property
    def is_silent(self) -> bool:
        """True while a quiz holds back the key of this item."""
        return self.row.item_key in self.silent

    @property
    def is_answered(self) -> bool:
        """True when there is a last answer to look at."""
        return self.row.answered_at is not None

    @property
    def is_pending(self) -> bool:
        """True when the answer was right and the person has yet to say how it was remembered."""
        return self.is_answered and self.row.recall is None

    def is_due(self, today: date) -> bool:
        """True when the question may be asked today."""
        return self.version_id is not None and self.row.due_on <= today and not self.is_pending


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last answer with everything about it; `choices` are the ways to say how it was remembered, with the days
    after which the item would come back.
    """

    view: Mapping[str, Any]
    lessons: Mapping[str, LessonFace]
    choices: Mapping[Recall, int]
    due_on: date


# Training never asks about what was retired; what waits for a quiz to end is counted apart.
_live = and_(Definition.kind == Kind.ITEM.value, Definition.key == TrainingItem.item_key, Definition.is_current)
# Asked of each of the person's items: joined, SQLite would go through every question of the academy instead.
_is_live = exists().where(_live).correlate(TrainingItem)
_today, _tomorrow, _end = (bindparam(name, type_=Date()) for name in ("today", "tomorrow", "end"))
# Two parameters with the same keys: one that stood in both IN and NOT IN would be written out for the latter only,
# which matters when it is empty.
_silent = TrainingItem.item_key.in_(bindparam("silent", expanding=True))
_heard = TrainingItem.item_key.not_in(bindparam("not_heard", expanding=True))
_running = TrainingItem.item_key.in_(
    select(AttemptItem.item_key)
    .join(Attempt, Attempt.id == AttemptItem.attempt_id)
    .where(Attempt.user_id == bindparam("person"), Attempt.state == "open")
)
_answered = TrainingItem.first_on.is_not(None)
_now_due = TrainingItem.due_on <= _today
_plan = select(TrainingPlan.new_per_day).where(TrainingPlan.user_id == bindparam("person")).scalar_subquery()


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(and_(*conditions))


def _tally(silent: ColumnElement[bool], heard: ColumnElement[bool]) -> Any:
    return (
        select(
            func.count().label("total"),
            _count(_now_due, _answered, heard).label("due"),
            _count(_now_due, ~_answered, heard).label("fresh"),
            _count(TrainingItem.due_on == _tomorrow).label("later"),
            _count(TrainingItem.due_on > _today, TrainingItem.due_on < _end).label("week"),
            _count(TrainingItem.last_on == _today).label("done"),
            _count(TrainingItem.first_on == _today).label("introduced"),
            _count(_now_due, silent).label("waiting"),
            func.coalesce(_plan, NEW_PER_DAY).label("new_per_day"),
        )
        .select_from(TrainingItem)
        .where(TrainingItem.user_id == bindparam("person"), _is_live)
    )


# Built once: the second is on every student's first page.
_TALLY, _GLANCE = _tally(_silent, _heard), _tally(_running, ~_running)
_NEXT = (
    select(TrainingItem.id)
    .where(TrainingItem.user_id == bindparam("person"), _is_live, _now_due, _heard)
    # What was answered before comes before what is new; days first, and within a day always the same order.
    .order_by(_answered.desc(), TrainingItem.due_on, TrainingItem.id)
    .limit(1)
)


def tally(session: Session, user_id: UUID, today: date, silent: Collection[str]) -> Tally:
    """How much there is to do, in one statement; `silent` are the items that may not be shown now."""
    wanted = {**_days(user_id, today), "silent": list(silent), "not_heard": list(silent)}
    return Tally(**session.execute(_TALLY, wanted).one()._asdict())


def glance(session: Session, user_id: UUID, now: datetime) -> Tally:
    """The same for a first page, by one indexed statement alone.

    It knows the items of running attempts, but not those that a handed-in attempt holds back: it counts these as due.
    """
    return Tally(**session.execute(_GLANCE, _days(user_id, day_of(now))).one()._asdict())


def _days(user_id: UUID, today: date) -> dict[str, Any]:
    return {"person": user_id, "today": today, "tomorrow": today + timedelta(days=1), "end": today + WEEK}


def next_item(session: Session, user_id: UUID, today: date, silent: Collection[str], *, new: bool) -> UUID | None:
    """The item to ask next, or None when everything is done for today; without `new` only those answered before."""
    query = _NEXT if new else _NEXT.where(_answered)
    return session.scalar(query, {"person": user_id, "today": today, "not_heard": list(silent)})


def silent_items(session: Session, user_id: UUID, now: datetime) -> frozenset[str]:
    """Items that training must not show this person now: of running attempts, and with keys that are held back."""
    return quizzes.keys_of(session, user_id, now).withheld


def sheet(session: Session, user_id: UUID, training_id: UUID, now: datetime, *, lock: bool = False) -> Sheet:
    """One item of the person's own training; raises NotFound for anybody else's."""
    query = select(TrainingItem).where(TrainingItem.id == training_id, TrainingItem.user_id == user_id)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if row is None:
        raise NotFound
    live = select(Definition.id).where(
        Definition.kind == Kind.ITEM.value, Definition.key == row.item_key, Definition.is_current
    )
    return Sheet(row, session.scalar(live), silent_items(session, user_id, now))


def order_seed(row: TrainingItem, answers: int) -> str:
    """What decides the order of the options, and the numbers of an item that draws them.

    Another one for each answer, and the same when the page is opened again.
    """
    return f"{row.id.hex}:{answers}"


def asked(session: Session, row: TrainingItem, version_id: UUID, answers: int) -> Item[Any]:
    """The item as it is asked after so many answers."""
    return quizzes.pinned_item(session, version_id).for_seed(order_seed(row, answers))


def outcome(session: Session, found: Sheet, now: datetime) -> Outcome:
    """The last answer, judged and explained. Only for an item that was answered and is not silent."""
    row = found.row
    if found.is_silent or row.item_version_id is None or row.answered_at is None:
        raise NotFound
    item = asked(session, row, row.item_version_id, row.answers - 1)
    response = item.response_from_json(row.response or {})
    grade = item.grade(response)
    view = item_view(item, response, grade, EVERYTHING, order_seed(row, row.answers - 1))
    memory = memory_of(row)
    days = outlook(memory, row.answered_at) if found.is_pending else {}
    return Outcome(
        view={"position": 1, "earned": floor_text(grade.fraction * item.points, 2), **view},
        lessons=content.lesson_faces(session, {item.lesson} - {""}),
        choices={recall: days[recall] for recall in RIGHT} if days else {},
        due_on=row.due_on,
    )


def memory_of(row: TrainingItem) -> Memory | None:
    """How well the item is remembered; None before the first answer is settled."""
    return Memory.from_plain(row.memory) if row.memory is not None else None


def known_keys(session: Session, user_id: UUID, keys: Collection[str]) -> set[str]:
    """Those of the items that are in the person's training already."""
    query = select(TrainingItem.item_key).where(TrainingItem.user_id == user_id, TrainingItem.item_key.in_(keys))
    return set(session.scalars(query)) if keys else set()


def fit_items(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the items that training can ask: live, and marked by the machine alone."""
    query = select(Definition.key, Definition.id).where(
        Definition.kind == Kind.ITEM.value, Definition.is_current, Definition.key.in_(keys)
    )
    rows = session.execute(query).all() if keys else []
    items = quizzes.definitions_of(session, [row.id for row in rows]) if rows else {}
    return {row.key for row in rows if not items[row.id].by_hand}


def closed_lately(session: Session, since: datetime, now: datetime) -> list[tuple[UUID, UUID]]:
    """Who took a quiz that releases its keys by closing and closed in this time: person and first attempt."""
    specs = [quiz_from_dict(quiz.payload) for quiz in content.currents(session, Kind.QUIZ)]
    keys = [
        spec.id
        for spec in specs
        if spec.release.key is When.AFTER_CLOSE and spec.closes_at is not None and since <= spec.closes_at <= now
    ]
    query = select(Attempt.user_id, Attempt.id).where(Attempt.quiz_key.in_(keys), Attempt.number == 1)
    return [(row.user_id, row.id) for row in session.execute(query.order_by(Attempt.id))] if keys else []


def plan_of(session: Session, user_id: UUID) -> TrainingPlan | None:
    """What the person chose, if anything."""
    return session.get(TrainingPlan, user_id)
