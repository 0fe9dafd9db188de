"""Finished attempts in numbers: written as rows, but graded by the rules of the house."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.services import sign_up
from app.content import queries as content
from app.content.models import Definition
from app.demo.answers import right_answer, wrong_answer
from app.domain.assessment.exact import hundredths
from app.domain.assessment.grading import grade_attempt
from app.domain.assessment.items.base import Item
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.assessment.selection import draw
from app.quizzes import queries as quizzes
from app.quizzes.models import Attempt, AttemptItem, Grade

Answering = Callable[[int, Item[Any], random.Random], bool | None]
"""(person, item, chance) -> answered rightly, wrongly, or (None) not at all."""


def able(person: int, item: Item[Any], chance: random.Random) -> bool | None:
    """The abler (the higher the number), the more often right; one in fifty leaves an answer out."""
    if chance.random() < 0.02:
        return None
    return chance.random() < 0.25 + 0.7 * (person % 10) / 9


def people(session: Session, count: int, now: datetime) -> list[UUID]:
    """New accounts, by id."""
    users = [
        sign_up(session, email=f"{uuid4().hex}@example.com", name=f"Person {n}", password_hash="x", now=now)
        for n in range(count)
    ]
    session.flush()
    return [user.id for user in users]


def sit(
    session: Session,
    quiz_key: str,
    persons: Sequence[UUID],
    *,
    now: datetime,
    answering: Answering = able,
    number: int = 1,
    seed: int = 1,
) -> list[Attempt]:
    """One finished attempt of each person at the live quiz; 20 seconds for each item."""
    definition = content.quiz(session, quiz_key)
    assert definition is not None
    spec = quiz_from_dict(definition.payload)
    pool = content.item_pool(session, {d.bank for d in spec.draws})
    chance, found = random.Random(seed), []
    items = quizzes.definitions_of(session, [UUID(ref.version_id) for ref in pool])
    for place, person in enumerate(persons):
        drawn = draw(spec, pool, (), f"{seed}-{number}-{place}")
        attempt = Attempt(
            user_id=person,
            quiz_key=quiz_key,
            quiz_version_id=definition.id,
            number=number,
            state="submitted",
            seed=str(place),
            started_at=now,
            submitted_at=now + timedelta(minutes=10),
        )
        session.add(attempt)
        session.flush()
        answers = {}
        for position, ref in enumerate(drawn, start=1):
            item = items[UUID(ref.version_id)]
            is_right = answering(place, item, chance)
            row = AttemptItem(
                attempt_id=attempt.id, position=position, item_key=ref.id, item_version_id=UUID(ref.version_id)
            )
            if is_right is not None:
                raw = right_answer(item) if is_right else wrong_answer(item)
                answers[ref.id] = item.parse_response(raw)
                row.response = item.response_to_json(answers[ref.id])
                row.saved_at = now + timedelta(seconds=20 * position)
            session.add(row)
        grade = grade_attempt(spec, [items[UUID(ref.version_id)] for ref in drawn], answers)
        session.add(
            Grade(
                attempt_id=attempt.id,
                user_id=person,
                quiz_key=quiz_key,
                percent=Decimal(hundredths(grade.percent)) / 100,
                passed=grade.passed,
                safety_missed=len(grade.safety_missed),
                report=grade.summary(),
                graded_at=now,
            )
        )
        found.append(attempt)
    session.flush()
    return found


def versions(session: Session, item_key: str) -> list[UUID]:
    """The versions of an item, the oldest first."""
    query = select(Definition.id).where(Definition.kind == "item", Definition.key == item_key)
    return list(session.scalars(query.order_by(Definition.version)))
