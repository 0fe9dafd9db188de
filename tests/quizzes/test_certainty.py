"""How sure somebody was: kept with the answer, shown afterward, and a list of who was sure and wrong on safety."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from app.quizzes import queries, services
from app.quizzes.models import Attempt, AttemptItem, SafetyRisk
from tests.factories.quizzes import exam, simple_item

Publish = Callable[..., None]


@pytest.fixture
def now(runtime: Runtime) -> datetime:
    return runtime.now()


@pytest.fixture
def asking(publish: Publish) -> None:
    """A quiz of two safety items and one other that asks how sure one is."""
    items = [simple_item(n, safety=n < 3) for n in (1, 2, 3)]
    publish(items, exam("sure", certainty=True))


def answer(session: Session, actor: Actor, attempt: Attempt, key: str, right: bool, sure: int | None, now: Any) -> None:
    row = next(r for r in queries.items_of(session, attempt.id) if r.item_key == key)
    item = queries.pinned_item(session, row.item_version_id)
    form = right_answer(item) if right else wrong_answer(item)
    services.save_response(session, actor, attempt.id, row.position, form, now=now, certainty=sure)


def sit(session: Session, actor: Actor, now: datetime, quiz: str = "sure") -> Attempt:
    attempt = services.start_attempt(session, actor, quiz, now=now)
    answer(session, actor, attempt, "bank-001", False, 3, now)  # sure and wrong, safety
    answer(session, actor, attempt, "bank-002", False, 2, now)  # wrong, but not sure
    answer(session, actor, attempt, "bank-003", True, 3, now)  # sure and right
    services.submit_attempt(session, actor, attempt.id, now=now)
    return attempt


def test_certainty_changes_no_mark_and_is_shown_with_the_result(
    session: Session, student: Actor, asking: None, now: datetime
) -> None:
    attempt = sit(session, student, now)
    sitting = queries.sitting(session, student.user_id, attempt.id)
    page = queries.result(session, student.user_id, sitting, now)
    assert page.grade.percent == Decimal("33.33")
    by_key = {view["item"]["prompt"][-12:-1]: (view["certainty"], view["certainty_mark"]) for view in page.views}
    assert sorted(by_key.values()) == [(2, Fraction(-2)), (3, Fraction(-6)), (3, Fraction(3))]
    assert page.certainty_sum == -5


def test_only_sure_and_wrong_on_safety_is_listed(session: Session, student: Actor, asking: None, now: datetime) -> None:
    attempt = sit(session, student, now)
    (line,) = queries.safety_risks(session)
    assert (line.name, line.quiz_title, line.prompt) == ("Amara Osei", "Sure", "What is asked in bank-001?")
    assert line.lesson == "map-lesson" and line.lesson_title == ""
    assert line.answered_at == attempt.submitted_at


def test_a_corrected_grade_renews_the_list(session: Session, student: Actor, asking: None, now: datetime) -> None:
    attempt = sit(session, student, now)
    rows = queries.items_of(session, attempt.id)
    grade = services.grade_now(session, attempt, rows)
    services.add_grade(session, attempt, grade, now=now, reason="The same again.")
    assert len(session.scalars(select(SafetyRisk)).all()) == 1
    services.note_risks(session, attempt, (), anew=True)
    assert session.scalars(select(SafetyRisk)).all() == []


def test_a_quiz_that_does_not_ask_keeps_nothing(
    session: Session, student: Actor, publish: Publish, now: datetime
) -> None:
    publish([simple_item(n, safety=True) for n in (1, 2, 3)], exam("plain"))
    attempt = sit(session, student, now, "plain")
    assert {row.certainty for row in queries.items_of(session, attempt.id)} == {None}
    assert queries.safety_risks(session) == []
    sitting = queries.sitting(session, student.user_id, attempt.id)
    assert queries.result(session, student.user_id, sitting, now).certainty_sum is None


@pytest.mark.parametrize("sent", [None, 0, 4, -1])
def test_what_is_no_certainty_is_none(
    session: Session, student: Actor, asking: None, now: datetime, sent: int | None
) -> None:
    attempt = services.start_attempt(session, student, "sure", now=now)
    answer(session, student, attempt, "bank-001", True, sent, now)
    assert [row.certainty for row in queries.items_of(session, attempt.id)] == [None] * 3


def test_an_answer_taken_back_takes_its_certainty_along(
    session: Session, student: Actor, asking: None, now: datetime
) -> None:
    attempt = services.start_attempt(session, student, "sure", now=now)
    answer(session, student, attempt, "bank-001", True, 3, now)
    row = session.scalars(select(AttemptItem).where(AttemptItem.item_key == "bank-001")).one()
    services.save_response(session, student, attempt.id, row.position, {}, now=now, certainty=3)
    session.refresh(row)
    assert (row.response, row.certainty) == (None, None)


def test_the_list_pages_by_key(
    session: Session, student: Actor, make_user: Callable[..., Actor], asking: None, now: datetime
) -> None:
    for actor in (student, make_user(Role.STUDENT), make_user(Role.STUDENT)):
        sit(session, actor, now)
    lines = queries.safety_risks(session, size=5)
    assert len(lines) == 3
    rest = queries.safety_risks(session, after=(lines[1].answered_at, str(lines[1].id)), size=5)
    assert [line.id for line in rest] == [lines[2].id]
