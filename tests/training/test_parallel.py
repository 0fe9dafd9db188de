"""Threads with sessions of their own, on real databases: an answer that is sent many times at once counts once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.demo.answers import right_answer
from app.domain.access.actor import Actor
from app.factory import slice_modules
from app.infra.db import Base, Database
from app.training import queries, services
from app.training.models import TrainingItem
from tests.conftest import NOW
from tests.factories.quizzes import exam, publish_quizzes, simple_item, take_quiz
from tests.factories.training import rows_of
from tests.support import postgres

THREADS = 8
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with real, separate connections."""
    slice_modules("models")
    slice_modules("tasks")
    if request.param == "sqlite":
        yield from _with_tables(f"sqlite:///{tmp_path / 'shared.db'}")
        return
    server: Database = request.getfixturevalue("postgres_database")
    address = server.url.replace("+psycopg", "", 1)
    with postgres.database(address, f"training_{tmp_path.name.replace('-', '_')[:40]}") as url:
        yield from _with_tables(url.replace("postgresql://", "postgresql+psycopg://", 1))


def _with_tables(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=THREADS + 2)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def student(shared: Database) -> tuple[Actor, Any]:
    """A student who missed one item, and the attempt."""
    with shared.transaction() as session:
        publish_quizzes(session, NOW, [simple_item(1)], exam(count=1, release="after_submit"))
        user = account_services.sign_up(session, email="a@example.com", name="Amara", password_hash="x", now=NOW)
        session.flush()
        found = accounts.actor_by_id(session, user.id)
        assert found is not None
        attempt, _grade = take_quiz(session, found, "exam", now=NOW, wrong=[1])
        return found, attempt.id


def at_once(database: Database, work: Callable[[Session, int], Any]) -> list[Any]:
    gate = threading.Barrier(THREADS)

    def run(number: int) -> Any:
        gate.wait()
        with database.transaction() as session:
            return work(session, number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def row_of(database: Database, actor: Actor) -> TrainingItem:
    with database.reading() as session:
        (row,) = rows_of(session, actor).values()
        return row


def test_nothing_joins_counts_or_is_rated_twice(shared: Database, student: tuple[Actor, Any]) -> None:
    actor, attempt_id = student
    joined = at_once(shared, lambda session, _n: services.add_missed(session, actor.user_id, attempt_id, now=NOW))
    assert sorted(joined) == [0] * (THREADS - 1) + [1]
    row = row_of(shared, actor)
    with shared.reading() as session:
        version_id = queries.sheet(session, actor.user_id, row.id, TOMORROW).version_id
        assert version_id is not None
        item = queries.asked(session, row, version_id, 0)

    def answer(session: Session, _number: int) -> None:
        services.answer(session, actor, row.id, right_answer(item), revision=0, now=TOMORROW)

    at_once(shared, answer)
    answered = row_of(shared, actor)
    assert (answered.answers, answered.revision, answered.recall) == (1, 1, None)
    words = ("hard", "good", "easy")
    at_once(shared, lambda s, n: services.rate(s, actor, row.id, words[n % 3], revision=1, now=TOMORROW).recall)
    rated = row_of(shared, actor)
    memory = queries.memory_of(rated)
    assert rated.revision == 2 and memory is not None
    assert (memory.repetitions, rated.due_on) == (1, memory.due_on)
