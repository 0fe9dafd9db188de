"""A question with numbers of one's own: the same on every page of an attempt, others for the next person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.assessment.answers import right_answer
from app.domain.assessment.items.numeric import Numeric
from app.quizzes import queries, services
from tests.conftest import NOW
from tests.factories.quizzes import exam, simple_item, take_quiz

PROMPT = "A client of {weight} kg: how many mg, at 4.5 mg for each kg?"


def varied() -> dict[str, Any]:
    facts = {key: value for key, value in simple_item(1).items() if key != "options"}
    return {
        **facts,
        "type": "numeric",
        "prompt": PROMPT,
        "explanation": "Multiply {weight} by 4.5.",
        "parameters": {"weight": {"low": 40, "high": 100, "step": 1}},
        "answer": "=weight * 4.5",
        "tolerance": {"kind": "nominal", "value": 0},
        "unit": "mg",
        "feedback": {"correct": "Yes.", "wrong": "No, {weight} times 4.5."},
        "common_errors": [],
    }


@pytest.fixture
def quiz(publish: Callable[..., None]) -> None:
    publish([varied()], exam(count=1, attempts=5))


def test_each_attempt_has_its_own_numbers_and_keeps_them(
    session: Session, quiz: None, make_user: Callable[..., Actor], browse: Callable[..., Any]
) -> None:
    seen = set()
    for _n in range(6):
        actor = make_user(Role.STUDENT)
        attempt = services.start_attempt(session, actor, "exam", now=NOW)
        session.flush()
        _sitting, entry = queries.entry(session, actor.user_id, attempt.id, 1)
        assert isinstance(entry.item, Numeric)
        services.save_response(session, actor, attempt.id, 1, right_answer(entry.item), now=NOW)
        session.commit()
        browser = browse(actor)
        page = browser.get(f"/learn/attempts/{attempt.id}/1").get_data(as_text=True)
        assert entry.item.prompt in page and "{weight}" not in page
        grade = services.submit_attempt(session, actor, attempt.id, now=NOW)
        assert grade is not None and grade.passed, "their own number is right"
        session.commit()
        result = browser.get(f"/learn/attempts/{attempt.id}/result").get_data(as_text=True)
        weight = dict(entry.item.drawn)["weight"]
        assert f"Multiply {weight} by 4.5." in result
        seen.add(weight)
    assert len(seen) > 1


def test_the_factory_answers_by_the_numbers_of_the_attempt(session: Session, quiz: None, student: Actor) -> None:
    for hour in range(3):
        _attempt, grade = take_quiz(session, student, "exam", now=NOW + timedelta(hours=hour))
        assert grade is not None and grade.percent == 100
