"""Published quizzes, an enrolled student, and databases on which threads really meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.db import Database
from app.infra.runtime import Runtime
from tests.factories import quizzes as factory
from tests.factories.content import publish_journey
from tests.support import databases

JOURNEY_QUIZ = "quiz-lip-blush-basics"


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> str:
    """The journey program is live; the id of its quiz, which has one item of each type."""
    publish_journey(session, runtime.now())
    session.commit()
    return JOURNEY_QUIZ


@pytest.fixture
def student(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def enrolled(session: Session, runtime: Runtime, journey: str, student: Actor) -> Actor:
    """A student of the course that the journey quiz belongs to."""
    factory.enroll_for(session, student, journey, now=runtime.now())
    session.commit()
    return student


@pytest.fixture
def publish(session: Session, runtime: Runtime) -> Callable[..., None]:
    """`publish(items, *quizzes)` makes exactly these live."""

    def do(items: list[dict], *quizzes: dict) -> None:
        factory.publish_quizzes(session, runtime.now(), items, *quizzes)
        session.commit()

    return do


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with real, separate connections: transactions commit and threads wait for locks."""
    if request.param == "sqlite":
        where = databases.sqlite_file(tmp_path)
    else:
        name = f"quizzes_{tmp_path.name.replace('-', '_')[:40]}"
        where = databases.postgres_beside(request.getfixturevalue("postgres_database"), name)
    with where as database:
        yield database


@pytest.fixture
def instructor(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Inga Reyes")
