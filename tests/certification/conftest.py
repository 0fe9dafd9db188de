"""The journey program with its one certification, a student, and databases on which threads really meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.factory import slice_modules
from app.infra.db import Base, Database
from app.infra.runtime import Runtime
from tests.factories.content import publish_journey
from tests.support import postgres


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> None:
    """The journey program is live."""
    publish_journey(session, runtime.now())
    session.commit()


@pytest.fixture
def student(make_user: Callable[..., Actor], journey: None) -> Actor:
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def instructor(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Calloway")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with real, separate connections: transactions commit and threads wait for locks."""
    slice_modules("models")
    slice_modules("tasks")  # who is told of events
    if request.param == "sqlite":
        yield from _with_tables(f"sqlite:///{tmp_path / 'shared.db'}")
        return
    server: Database = request.getfixturevalue("postgres_database")
    name = f"certification_{tmp_path.name.replace('-', '_')[:40]}"
    with postgres.database(server.url.replace("+psycopg", "", 1), name) as url:
        yield from _with_tables(url.replace("postgresql://", "postgresql+psycopg://", 1))


def _with_tables(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=16)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()
