"""An exam with attempts, and its statistics."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.statistics import services
from tests.factories import quizzes as quiz_factory
from tests.factories import statistics as factory

BANK = [quiz_factory.simple_item(n, safety=n == 3, topic="color" if n == 1 else "technique") for n in range(1, 6)]


@pytest.fixture
def teacher(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Calloway")


@pytest.fixture
def exam(session: Session, runtime: Runtime) -> str:
    """An exam of four items: three out of five, and it is live."""
    quiz_factory.publish_quizzes(session, runtime.now(), BANK, quiz_factory.exam(count=3, pass_mark=60))
    session.commit()
    return "exam"


@pytest.fixture
def students(session: Session, runtime: Runtime) -> list[UUID]:
    """Forty people."""
    found = factory.people(session, 40, runtime.now())
    session.commit()
    return found


@pytest.fixture
def calculate(session: Session, runtime: Runtime) -> Callable[[str], None]:
    """`calculate("exam")` has the statistics worked out, by the job."""

    def do(quiz_key: str) -> None:
        services.ask_for(session, quiz_key, now=runtime.now())
        session.commit()
        work_off(runtime)
        session.expire_all()

    return do


@pytest.fixture
def reported(
    session: Session, runtime: Runtime, exam: str, students: list[UUID], calculate: Callable[[str], None]
) -> str:
    """The exam after forty attempts, with its statistics."""
    factory.sit(session, exam, students, now=runtime.now())
    session.commit()
    calculate(exam)
    return exam
