"""Fixtures of all tests: a runtime per database, clients per role, frozen time, no surprise mail.

Every test that asks for `runtime` (directly or through `app`, `session`, `as_role`) runs on SQLite and on
PostgreSQL, inside one outer transaction that is rolled back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.config import Settings
from app.domain.access.actor import Actor, Role
from app.factory import create_app, make_runtime
from app.infra.db import Base, Database
from app.infra.mail.base import Message
from app.infra.runtime import Runtime
from tests.support import groups, routes

if TYPE_CHECKING:
    from sqlalchemy import Connection

# A busy machine makes drawing examples slow; that says nothing about the code, and speed is measured in bench/.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("vermilion", deadline=None, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.load_profile("vermilion")

routes.compile_once()

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


class Outbox:
    """A mailer that keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)


@dataclass
class Clock:
    """The tests' clock; `tick` moves it."""

    value: datetime = NOW

    def __call__(self) -> datetime:
        return self.value

    def tick(self, **delta: float) -> datetime:
        self.value += timedelta(**delta)
        return self.value


def make_settings(instance: Path, database_url: str) -> Settings:
    """Settings for tests: cheap password hashes, a fixed public address."""
    return Settings(
        instance=instance,
        database_url=database_url,
        public_url="https://academy.test",
        secret_key="x" * 48,
        password_memory_kib=8,
        password_time_cost=1,
        staff_second_factor="optional",  # tests/accounts says what "required" does; elsewhere people only need a role
        log_level="error",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have tests that share something costly run in one process."""
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(groups.Plugin())


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    from app.factory import slice_modules

    slice_modules("models")
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.db'}")
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[Database]:
    from app.factory import slice_modules
    from tests.support import postgres

    slice_modules("models")
    name = f"vermilion_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with postgres.server() as address, postgres.database(address, name) as url:
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
        Base.metadata.create_all(database.engine)
        yield database
        database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database, bound to one connection whose outer transaction is rolled back at the end."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    connection: Connection = found.engine.connect()
    outer = connection.begin()
    found.bound = connection
    yield found
    found.bound = None
    outer.rollback()
    connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def runtime(database: Database, tmp_path: Path, clock: Clock, outbox: Outbox) -> Runtime:
    """A runtime with files in a temporary folder, mail in `outbox` and the time of `clock`."""
    runtime = make_runtime(make_settings(tmp_path, database.url), database=database)
    runtime.now = clock
    runtime.mailer = outbox
    return runtime


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all the applications of a test process; their text is the key."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled from the same text."""
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()
APPLICATIONS: list[Flask] = []


def _made(runtime: Runtime) -> Flask:
    app = create_app(runtime)
    app.jinja_env.bytecode_cache = TEMPLATES
    app.testing = True
    return app


@pytest.fixture
def app(runtime: Runtime) -> Iterator[Flask]:
    """The application around the runtime of the test.

    Making one takes longer than most tests, so the tests of a process share it, as requests do: what it keeps between
    two of them must be right for both. What a test changes of its settings is put back.
    """
    if not APPLICATIONS:
        APPLICATIONS.append(_made(runtime))
    (app,) = APPLICATIONS
    config, app.extensions["vermilion"] = dict(app.config), runtime
    yield app
    app.config.clear()
    app.config.update(config)


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    """A session that the test commits itself (into the outer transaction)."""
    with runtime.db.session(write=True) as session:
        yield session


@dataclass
class Browser:
    """A client that follows the forms' rules: it carries cookies and sends the CSRF token of the last page."""

    client: FlaskClient
    actor: Actor
    token: str = field(default="", repr=False)

    def get(self, url: str, **kwargs):  # type: ignore[no-untyped-def]
        response = self.client.get(url, base_url="https://academy.test", **kwargs)
        self._remember(response)
        return response

    def post(self, url: str, data: dict | None = None, **kwargs):  # type: ignore[no-untyped-def]
        if not self.token:
            self.get("/sign-in")
        headers = {"Referer": "https://academy.test/", "X-CSRFToken": self.token, **kwargs.pop("headers", {})}
        response = self.client.post(url, data=data, headers=headers, base_url="https://academy.test", **kwargs)
        self._remember(response)
        return response

    def _remember(self, response) -> None:  # type: ignore[no-untyped-def]
        if response.mimetype == "text/html":
            found = re.search(r'name="csrf-token" content="([^"]+)"', response.get_data(as_text=True))
            self.token = found.group(1) if found else self.token


@pytest.fixture
def make_user(session: Session, runtime: Runtime) -> Callable[..., Actor]:
    """`make_user(Role.STUDENT, name="Amara Osei")` -> actor of a committed account with the password PASSWORD."""
    count = 0

    def make(*roles: Role, name: str = "", studio_id: UUID | None = None) -> Actor:
        nonlocal count
        count += 1
        name = name or f"Person {count}"
        email = f"{name.lower().replace(' ', '.')}.{count}@example.com"
        hashed = runtime.passwords.hash(PASSWORD)
        user = account_services.sign_up(session, email=email, name=name, password_hash=hashed, now=runtime.now())
        if roles and Role.STUDENT not in roles:
            account_services.end_role(session, Actor(id=None), user.id, Role.STUDENT, now=runtime.now())
        for role in roles:
            if role is not Role.STUDENT:
                owned = studio_id if role is Role.STUDIO else None
                account_services.grant_role(session, Actor(id=None), user.id, role, studio_id=owned, now=runtime.now())
        session.commit()
        actor = accounts.actor_by_id(session, user.id)
        assert actor is not None
        return actor

    return make


@pytest.fixture
def browse(app: Flask, runtime: Runtime) -> Callable[..., Browser]:
    """`browse(actor)` -> a signed-in Browser; `browse()` -> nobody signed in."""

    def make(actor: Actor | None = None) -> Browser:
        client = app.test_client()
        if actor is not None:
            with runtime.db.transaction() as session:
                token = account_services.start_session(session, actor.user_id, device="test", now=runtime.now())
            with client.session_transaction(base_url="https://academy.test") as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return Browser(client, actor or Actor(id=None))

    return make


class QueryCount:
    """Counts the statements that a block runs."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len([s for s in self.statements if not s.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"))])


@pytest.fixture
def count_queries(database: Database) -> Iterator[QueryCount]:
    """Use `count_queries.statements.clear()` before and `len(count_queries)` after the block of interest."""
    counter = QueryCount()

    def note(_c, _cursor, statement, _p, _ctx, _many):  # type: ignore[no-untyped-def]
        # The look whether the house is closed happens once a second, in whichever request comes then.
        if "FROM house_note" not in statement:
            counter.statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield counter
    event.remove(database.engine, "before_cursor_execute", note)


__all__ = ["NOW", "PASSWORD", "Browser", "Clock", "Outbox", "os", "replace"]
