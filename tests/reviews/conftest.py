"""The journey's content, two instructors, two students, pieces in the queue, and databases on which threads meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.db import Database
from app.infra.runtime import Runtime
from app.practice.models import Submission
from app.reviews import services
from app.reviews.models import Review
from tests.factories.content import publish_journey
from tests.factories.practice import submitted_piece
from tests.support import databases

MakeUser = Callable[..., Actor]


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> None:
    """The journey program is live."""
    publish_journey(session, runtime.now())
    session.commit()


@pytest.fixture
def ines(make_user: MakeUser) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Calloway")


@pytest.fixture
def jun(make_user: MakeUser) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Jun Park")


@pytest.fixture
def amara(make_user: MakeUser) -> Actor:
    return make_user(name="Amara Osei")


@pytest.fixture
def linh(make_user: MakeUser) -> Actor:
    return make_user(name="Linh Tran")


@pytest.fixture
def send(session: Session, runtime: Runtime, journey: None) -> Callable[..., Submission]:
    """`send(student)` puts a piece of theirs into the queue, now or `at` an instant."""

    def do(student: Actor, *, at: datetime | None = None) -> Submission:
        submission = submitted_piece(session, student, now=at or runtime.now(), storage=runtime.storage)
        session.commit()
        return submission

    return do


@pytest.fixture
def held(session: Session, runtime: Runtime, send: Callable[..., Submission], ines: Actor, amara: Actor) -> Review:
    """Amara's piece, held by Ines."""
    review = services.claim_review(session, ines, send(amara).id, now=runtime.now())
    session.commit()
    return review


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with separate connections: transactions commit and threads wait for locks."""
    if request.param == "sqlite":
        with databases.sqlite_file(tmp_path) as database:
            yield database
        return
    name = f"reviews_{tmp_path.name.replace('-', '_')[:40]}"
    with databases.postgres_beside(request.getfixturevalue("postgres_database"), name) as database:
        yield database
