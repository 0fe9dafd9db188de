"""A student with missed items: a self-check of three items of one lesson, handed in and released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.content.services import sync_content
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.factories.content import JOURNEY, CourseDraft, _course, _lesson, read_once
from tests.factories.quizzes import exam, simple_item, take_quiz

LESSON = "map-lesson"


@pytest.fixture
def student(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def publish(session: Session, runtime: Runtime) -> Callable[..., None]:
    """`publish(items, *quizzes)` makes exactly these live, and the lesson that the items are about."""

    def do(items: list[dict], *quizzes: dict) -> None:
        journey = read_once(JOURNEY)  # first pages need a rubric and a certification
        content = replace(
            journey,
            courses=journey.courses | {"map": _course(CourseDraft("map", [(LESSON, 9, ())]), 9)},
            lessons=journey.lessons | {LESSON: _lesson("map", LESSON, 9, ())},
            items=journey.items | {data["id"]: item_adapter.validate_python(data) for data in items},
            quizzes=journey.quizzes | {data["id"]: Quiz.model_validate(data) for data in quizzes},
        )
        sync_content(session, content, actor=SYSTEM, now=runtime.now())
        session.commit()

    return do


@pytest.fixture
def take(session: Session, runtime: Runtime) -> Callable[..., None]:
    """`take(student, "check", wrong=[1])` takes a quiz in no time and does the jobs that follow."""

    def do(actor: Actor, quiz: str, **how: object) -> None:
        take_quiz(session, actor, quiz, now=runtime.now(), each=timedelta(0), **how)  # type: ignore[arg-type]
        session.commit()
        work_off(runtime)

    return do


@pytest.fixture
def check(publish: Callable[..., None]) -> str:
    """A quiz of three items about one lesson that shows its answers when it is handed in, and may be repeated."""
    publish([simple_item(n) for n in range(3)], exam("check", release="after_submit", attempts=None))
    return "check"


@pytest.fixture
def trained(student: Actor, check: str, take: Callable[..., None]) -> Actor:
    """The student missed the first two of three items."""
    take(student, check, wrong=[1, 2])
    return student
