"""What people see while the machinery is out of order, and that it mends itself: disk, database, clock.

Each fault is a real one: the operating system refuses the bytes, SQLite has no page left, PostgreSQL ends every
connection. A lost Redis and a lost store of files are at the end of tests/scale/test_scaled_out.py, where both run.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from psycopg import sql
from sqlalchemy import event

from app import factory
from app.accounts import services as accounts
from app.domain.access.actor import Actor
from app.infra import migrate
from app.infra.db import Database
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from app.web.access import current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from tests.conftest import Browser, Clock, make_settings
from tests.support import databases

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "vermilion.db"
    database = Database(f"sqlite:///{path}")
    factory.slice_modules("models")
    migrate.upgrade(database)
    database.dispose()
    return path


@pytest.fixture
def make_site(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Flask]:
    """The application on a database where commits are real, with two routes that write much."""
    blueprint = AudienceBlueprint("sample", Audience.PUBLIC)

    @blueprint.post("/sample/file")
    @public("A sample for these tests.")
    def write_file() -> str:
        return runtime().storage.put_bytes("proof", bytes(400_000), "pdf").key

    @blueprint.post("/sample/rows")
    @public("A sample for these tests.")
    def write_rows() -> str:
        now = request_now()
        current_session().add(Job(handler="sample", payload={"much": "x" * 400_000}, run_at=now, created_at=now))
        return "done"

    original = factory.templating.register
    monkeypatch.setattr(
        factory.templating, "register", lambda app, **kw: (original(app, **kw), app.register_blueprint(blueprint))
    )

    def make(url: str) -> Flask:
        made = factory.make_runtime(make_settings(tmp_path, url))
        made.now = clock
        return factory.create_app(made)

    return make


@pytest.fixture
def site(migrated: Path, tmp_path: Path, make_site: Callable[[str], Flask]) -> Iterator[Flask]:
    """The application on a database file."""
    shutil.copy(migrated, tmp_path / "vermilion.db")
    app = make_site(f"sqlite:///{tmp_path / 'vermilion.db'}")
    yield app
    runtime_of(app).db.dispose()


def runtime_of(app: Flask) -> Runtime:
    found: Runtime = app.extensions["vermilion"]
    return found


def signed_in(app: Flask) -> Browser:
    """A student's browser."""
    here = runtime_of(app)
    with here.transaction() as session:
        hashed = here.passwords.hash(PASSWORD)
        accounts.sign_up(session, email="zoe@example.com", name="Zoë", password_hash=hashed, now=here.now())
    browser = Browser(app.test_client(), Actor(id=None))
    assert browser.post("/sign-in", {"email": "zoe@example.com", "password": PASSWORD}).status_code == 303
    assert browser.get("/account/").status_code == 200
    return browser


def said(answer: Any) -> tuple[int, str]:
    """Status and words of an answer."""
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    return answer.status_code, " ".join(page.get_text(" ").split())


def rename(browser: Browser, name: str) -> tuple[int, str]:
    """A small write: the name of one's account."""
    return said(browser.post("/account/", {"name": name}))


def name_of(browser: Browser) -> str:
    """What is stored, as the page shows it."""
    page = BeautifulSoup(browser.get("/account/").get_data(as_text=True), "html.parser")
    field = page.select_one('input[name="name"]')
    assert field is not None
    return str(field["value"])


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """The operating system refuses every byte of a file behind this offset, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def on_every_connection(database: Database, pragma: str, undo: str) -> Iterator[None]:
    """A pragma on every connection that is used meanwhile; undone on each afterwards."""

    def act(connection: Any, *_: Any) -> None:
        connection.execute(pragma)

    def restore(connection: Any, *_: Any) -> None:
        connection.execute(undo)

    event.listen(database.engine, "checkout", act)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", act)
        event.listen(database.engine, "checkout", restore)


def test_no_room_for_files(site: Flask, tmp_path: Path) -> None:
    browser = signed_in(site)
    with no_room_beyond(100_000):
        answer = browser.post("/sample/file")
        assert answer.headers["Retry-After"] == "60"
        status, words = said(answer)
        assert (status, "The disk of this server is full, so nothing was saved." in words) == (507, True)
        assert name_of(browser) == "Zoë", "reading goes on"
        problem = browser.post("/sample/file", headers={"Accept": "application/json"})
        assert (problem.status_code, problem.json["status"]) == (507, 507)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == [], "nothing is left half written"
    assert browser.post("/sample/file").status_code == 200, "without a restart"


def test_no_room_for_the_journal_of_the_database(site: Flask) -> None:
    browser = signed_in(site)
    with no_room_beyond(4096):
        status, words = rename(browser, "Zoë Marchetti")
        assert status in (503, 507), words
        assert "so nothing was saved. What was saved before is safe." in words
        assert name_of(browser) == "Zoë"
    assert rename(browser, "Zoë Marchetti")[0] == 303
    assert name_of(browser) == "Zoë Marchetti"


def test_no_room_in_the_database(site: Flask) -> None:
    browser = signed_in(site)
    with on_every_connection(runtime_of(site).db, "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000000"):
        status, words = said(browser.post("/sample/rows"))
        assert (status, "The disk of this server is full" in words) == (507, True)
        assert name_of(browser) == "Zoë"
    assert browser.post("/sample/rows").status_code == 200


def test_a_database_that_can_only_be_read(site: Flask) -> None:
    browser = signed_in(site)
    with on_every_connection(runtime_of(site).db, "PRAGMA query_only = ON", "PRAGMA query_only = OFF"):
        status, words = rename(browser, "Zoë Marchetti")
        assert (status, "Pages can be read right now, but nothing can be saved." in words) == (503, True)
        assert name_of(browser) == "Zoë"
    assert rename(browser, "Zoë Marchetti")[0] == 303


@pytest.mark.postgres
def test_a_database_that_is_lost_and_one_that_became_a_copy_for_reading(
    postgres_database: Database, make_site: Callable[[str], Flask]
) -> None:
    name = "lost_and_found"
    address = postgres_database.url.replace("+psycopg", "", 1)
    with (
        databases.postgres_beside(postgres_database, name) as database,
        psycopg.connect(address, autocommit=True) as operator,
    ):
        app = make_site(database.url)
        browser, quoted = signed_in(app), sql.Identifier(name)
        end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        operator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(quoted))
        operator.execute(end_all, [name])
        for answer in (
            browser.get("/account/"),
            browser.post("/account/", {"name": "Zoë Marchetti"}),
            app.test_client().get("/verify?number=VM-11111-11111-1", base_url="https://academy.test"),
        ):
            status, words = said(answer)
            assert (status, "The database does not answer right now" in words) == (503, True), words
            assert "Try again in a minute" in words
            assert answer.headers["Retry-After"] == "30"
            assert "psycopg" not in words
        assert app.test_client().get("/readyz").status_code == 503
        operator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(quoted))
        assert name_of(browser) == "Zoë", "without a restart, and still signed in"
        operator.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(quoted))
        operator.execute(end_all, [name])
        status, words = rename(browser, "Zoë Marchetti")
        assert (status, "Pages can be read right now" in words) == (503, True), words
        assert name_of(browser) == "Zoë"
        operator.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = off").format(quoted))
        operator.execute(end_all, [name])
        assert rename(browser, "Zoë Marchetti")[0] == 303
        runtime_of(app).db.dispose()


def test_a_clock_that_is_put_back_signs_nobody_out(site: Flask, clock: Clock) -> None:
    with time_machine.travel(datetime.now(UTC), tick=True) as system:
        browser = signed_in(site)
        system.shift(timedelta(hours=-3))
        clock.tick(hours=-3)
        assert name_of(browser) == "Zoë", "the cookie is from the future, or another host's clock is ahead"
        assert rename(browser, "Zoë Marchetti")[0] == 303
        system.shift(timedelta(days=40))
        clock.tick(days=40)
        assert browser.get("/account/").status_code == 303, "but sessions end"
