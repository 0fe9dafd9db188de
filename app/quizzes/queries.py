"""Reads of attempts, their items and grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import QuizSpec, quiz_from_dict
from app.domain.assessment.timing import PastAttempt
from app.domain.errors import NotFound
from app.quizzes.models import Attempt, AttemptItem, Grade


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz at one version."""

    version_id: UUID
    spec: QuizSpec


@dataclass(frozen=True, slots=True)
class AttemptFace:
    """One attempt in a list, with its grade once there is one."""

    id: UUID
    quiz_key: str
    number: int
    state: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    percent: Any
    passed: bool | None


def current_quiz(session: Session, quiz_key: str) -> Quiz:
    """The live version of a quiz; raises NotFound."""
    found = content.quiz(session, quiz_key)
    if found is None:
        raise NotFound
    return Quiz(found.id, quiz_from_dict(found.payload))


def pinned_spec(session: Session, version_id: UUID) -> QuizSpec:
    """The version of a quiz that an attempt was started under."""
    payload = session.scalars(select(Definition.payload).where(Definition.id == version_id)).one()
    return quiz_from_dict(payload)


def attempt_for(session: Session, user_id: UUID, attempt_id: UUID, *, lock: bool = False) -> Attempt:
    """The person's own attempt; raises NotFound for anybody else's."""
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def items_of(session: Session, attempt_id: UUID) -> Sequence[AttemptItem]:
    """The drawn items in their order."""
    query = select(AttemptItem).where(AttemptItem.attempt_id == attempt_id).order_by(AttemptItem.position)
    return list(session.scalars(query))


def item_at(session: Session, attempt_id: UUID, position: int) -> AttemptItem:
    """The drawn item at a place (from 1); raises NotFound."""
    query = select(AttemptItem).where(AttemptItem.attempt_id == attempt_id, AttemptItem.position == position)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def definitions_of(session: Session, rows: Sequence[AttemptItem]) -> Mapping[UUID, Item[Any]]:
    """The pinned versions of the items, ready to show or grade, by version id; one statement."""
    wanted = {row.item_version_id for row in rows}
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(wanted))
    return {row.id: item_from_dict(row.payload) for row in session.execute(query)}


def past_attempts(session: Session, user_id: UUID, quiz_key: str) -> list[PastAttempt]:
    """Earlier attempts as the rules of time see them, oldest first."""
    query = (
        select(Attempt.started_at, Attempt.submitted_at)
        .where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key)
        .order_by(Attempt.number)
    )
    return [PastAttempt(row.started_at, row.submitted_at) for row in session.execute(query)]


def open_attempt(session: Session, user_id: UUID, quiz_key: str) -> Attempt | None:
    """The attempt that is running."""
    query = select(Attempt).where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key, Attempt.state == "open")
    return session.scalar(query)


def seen_items(session: Session, user_id: UUID, quiz_key: str) -> set[str]:
    """Keys of the items that the person has met in this quiz."""
    query = (
        select(AttemptItem.item_key)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key)
        .distinct()
    )
    return set(session.scalars(query))


def attempts_of(session: Session, user_id: UUID, quiz_keys: Sequence[str] | None = None) -> list[AttemptFace]:
    """The person's attempts (of these quizzes), newest first, with their current grades."""
    query = (
        select(Attempt, Grade.percent, Grade.passed)
        .outerjoin(Grade, (Grade.attempt_id == Attempt.id) & Grade.is_current)
        .where(Attempt.user_id == user_id)
        .order_by(Attempt.started_at.desc(), Attempt.number.desc())
    )
    if quiz_keys is not None:
        query = query.where(Attempt.quiz_key.in_(quiz_keys))
    return [
        AttemptFace(a.id, a.quiz_key, a.number, a.state, a.started_at, a.deadline_at, a.submitted_at, percent, passed)
        for a, percent, passed in session.execute(query)
    ]


def current_grade(session: Session, attempt_id: UUID) -> Grade | None:
    """The grade that counts now."""
    return session.scalar(select(Grade).where(Grade.attempt_id == attempt_id, Grade.is_current))


def has_passed(session: Session, user_id: UUID, quiz_key: str) -> bool:
    """True when a current grade of any attempt passed."""
    query = select(Grade.id).where(Grade.user_id == user_id, Grade.quiz_key == quiz_key, Grade.is_current, Grade.passed)
    return session.scalar(query.limit(1)) is not None


def answered_count(session: Session, attempt_id: UUID) -> int:
    """How many items have a saved answer."""
    query = select(func.count(AttemptItem.id)).where(
        AttemptItem.attempt_id == attempt_id, AttemptItem.saved_at.is_not(None)
    )
    return session.scalar(query) or 0


def overdue(session: Session, before: datetime, limit: int = 100) -> list[UUID]:
    """Open attempts whose deadline lies before an instant, oldest deadline first."""
    query = (
        select(Attempt.id)
        .where(Attempt.state == "open", Attempt.deadline_at < before)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    )
    return list(session.scalars(query))
