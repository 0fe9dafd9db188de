"""One world for all walks on a database: building it takes longer than most walks. Each walk leaves it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app.factory import make_runtime
from app.infra import migrate
from app.infra.db import Database
from app.infra.runtime import Runtime
from tests.conftest import Clock, Outbox, make_settings
from tests.security.world import World, build


@dataclass(frozen=True)
class Built:
    """A world in an open transaction of its database, with the folder of its files."""

    database: Database
    folder: Path
    world: World


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
    ],
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The world; all of it is rolled back after the last walk."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    folder = tmp_path_factory.mktemp("world")
    connection = database.engine.connect()
    outer = connection.begin()
    database.bound = connection
    _stamp(connection)
    yield Built(database, folder, build(_runtime(database, folder)))
    database.bound = None
    outer.rollback()
    connection.close()


@pytest.fixture
def database(built: Built) -> Iterator[Database]:
    """The database of the world; what a test writes is rolled back to the world as it was built."""
    assert built.database.bound is not None
    inner = built.database.bound.begin_nested()
    yield built.database
    inner.rollback()


@pytest.fixture
def runtime(built: Built, database: Database) -> Runtime:
    """A runtime over the files and keys of the world."""
    return _runtime(database, built.folder)


@pytest.fixture
def world(built: Built) -> World:
    """Who there is, and the values of every route parameter."""
    return built.world


def _stamp(connection: Connection) -> None:
    """Say that the tables are those of this code, as a migrated database does: /readyz asks."""
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrate.head()})


def _runtime(database: Database, folder: Path) -> Runtime:
    runtime = make_runtime(make_settings(folder, database.url), database=database)
    runtime.now = Clock()
    runtime.mailer = Outbox()
    return runtime
