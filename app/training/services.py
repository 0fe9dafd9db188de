"""Changes of training: items join, are answered, and come back later. Nothing here touches an attempt or a grade."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.domain.access.actor import Actor
from app.domain.assessment.spacing import MOST_PER_DAY, RIGHT, Recall, day_of, repeat
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.quizzes import queries as quizzes
from app.training import queries
from app.training.models import TrainingItem, TrainingPlan
from app.training.queries import Sheet


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding a lesson: items that joined, that were there already, and that wait for a quiz."""

    title: str
    joined: int
    known: int
    silent: int


def add_missed(session: Session, user_id: UUID, attempt_id: UUID, *, now: datetime) -> int:
    """Let the items join that a person missed at the quiz of an attempt, as far as keys are out; returns how many.

    All attempts at the quiz are looked at: a pass, or the last attempt, releases the keys of the earlier ones too.
    They are due from tomorrow, because today the answers were just read. Safe to repeat.
    """
    own = quizzes.attempt_for(session, user_id, attempt_id)
    session.get_one(User, user_id, with_for_update=True)  # two that add at once stand in line
    keys = quizzes.keys_of(session, user_id, now)
    at_quiz = {face.id for face in quizzes.attempts_of(session, user_id, [own.quiz_key])}
    missed = quizzes.missed_items(session, user_id, at_quiz & keys.released) - keys.withheld
    return len(_add(session, user_id, missed, "missed", day_of(now) + timedelta(days=1), now))


def add_lesson(session: Session, actor: Actor, lesson_key: str, *, now: datetime) -> Added:
    """Let the items about a lesson join whose keys the person was shown in some quiz; due today. Safe to repeat.

    Items that they never met, or whose key is held back, stay out: training must tell nothing that a quiz may ask.
    Raises NotFound for a lesson that is not live.
    """
    lesson = content.lesson_faces(session, [lesson_key]).get(lesson_key)
    if lesson is None:
        raise NotFound
    session.get_one(User, actor.user_id, with_for_update=True)
    keys = quizzes.keys_of(session, actor.user_id, now)
    met = quizzes.met_items(session, actor.user_id, lesson_key)
    out = {key for key, attempt in met if attempt in keys.released} - keys.withheld
    known = queries.known_keys(session, actor.user_id, out)
    joined = _add(session, actor.user_id, out - known, "lesson", day_of(now), now)
    return Added(lesson.title, len(joined), len(known), len({key for key, _attempt in met} & keys.withheld))


def _add(session: Session, user_id: UUID, keys: Collection[str], source: str, due_on: date, now: datetime) -> set[str]:
    fresh = queries.fit_items(session, keys) - queries.known_keys(session, user_id, keys)
    session.add_all(
        TrainingItem(user_id=user_id, item_key=key, source=source, added_at=now, due_on=due_on) for key in sorted(fresh)
    )
    session.flush()
    return fresh


def answer(
    session: Session,
    actor: Actor,
    training_id: UUID,
    raw: Mapping[str, Sequence[str]],
    *,
    revision: int,
    now: datetime,
    unknown: bool = False,
) -> Sheet:
    """Take an answer and judge it; a wrong one comes back tomorrow, a right one waits for `rate`.

    `revision` is what the page had seen: a form that arrives twice, or after another device was faster, changes
    nothing. `unknown` says that the person wants to see the answer. Raises NotFound, Conflict for an item that is not
    due or must not be shown now, Invalid for an answer that is empty or cannot be read.
    """
    found = queries.sheet(session, actor.user_id, training_id, now, lock=True)
    row = found.row
    if revision != row.revision:
        return found
    version_id = _open_version(found, now)
    item = queries.asked(session, row, version_id, row.answers)
    response = item.parse_response({} if unknown else raw)
    if not response.answered and not unknown:
        sentence = "Give an answer first, or ask to be shown."
        raise Invalid(sentence, [FieldProblem("choice", "empty", sentence)], code="empty")
    row.response = item.response_to_json(response)
    row.item_version_id = version_id
    row.answered_at, row.recall = now, None
    row.first_on = row.first_on or day_of(now)
    row.answers += 1
    row.revision += 1
    if not item.grade(response).correct:
        _settle(row, Recall.AGAIN)
    session.flush()
    return found


def rate(
    session: Session, actor: Actor, training_id: UUID, recall: str, *, revision: int, now: datetime
) -> TrainingItem:
    """Say how an item was remembered that was answered rightly; it comes back accordingly.

    Sent twice, or on top of something newer, it changes nothing. Raises NotFound, Invalid for anything but hard, good
    and easy.
    """
    row = queries.sheet(session, actor.user_id, training_id, now, lock=True).row
    if revision != row.revision or row.answered_at is None or row.recall is not None:
        return row
    if recall not in list(RIGHT):
        sentence = "Choose how well you remembered it: hard, good or easy."
        raise Invalid(sentence, [FieldProblem("recall", "recall", sentence)], code="recall")
    row.revision += 1
    _settle(row, Recall(recall))
    session.flush()
    return row


def _settle(row: TrainingItem, recall: Recall) -> None:
    """Work out when the item comes back. What counts is when it was answered, not when that was judged."""
    if row.answered_at is None:
        raise ValueError("Only an answer can be settled.")
    memory = repeat(queries.memory_of(row), recall, row.answered_at)
    row.memory, row.recall = memory.to_plain(), recall.value
    row.last_on, row.due_on = memory.last_on, memory.due_on


def _open_version(found: Sheet, now: datetime) -> UUID:
    """The version of an item that may be answered now; raises Conflict otherwise."""
    if found.is_silent:
        sentence = "This question belongs to a quiz whose answers are not out yet. It comes back here afterwards."
        raise Conflict(sentence, code="silent")
    if found.version_id is None or not found.is_due(day_of(now)):
        raise Conflict("This question is not due now.", code="not_due")
    return found.version_id


def set_plan(session: Session, actor: Actor, new_per_day: int, *, now: datetime) -> TrainingPlan:
    """Set how many new items a day the person wants; what is due is never limited. Raises Invalid out of range."""
    if not 0 <= new_per_day <= MOST_PER_DAY:
        sentence = f"Give a whole number from 0 to {MOST_PER_DAY}."
        raise Invalid(sentence, [FieldProblem("new_per_day", "range", sentence)])
    session.get_one(User, actor.user_id, with_for_update=True)
    plan = queries.plan_of(session, actor.user_id)
    if plan is None:
        plan = TrainingPlan(user_id=actor.user_id)
        session.add(plan)
    plan.new_per_day, plan.changed_at = new_per_day, now
    session.flush()
    return plan
