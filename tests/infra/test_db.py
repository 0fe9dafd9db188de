"""The rules that keep SQLite honest, and the unit of work on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from app.infra.db import Database
from app.infra.runtime import Runtime


@pytest.fixture
def file_database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (1, 0)"))
    return database


def test_sqlite_keeps_acknowledged_work_through_a_power_cut(file_database: Database) -> None:
    with file_database.reading() as session:
        pragmas = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}, "2 is FULL"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_writers_stand_in_line_instead_of_failing(file_database: Database) -> None:
    """Read-then-write from four threads: without BEGIN IMMEDIATE most of them fail with "database is locked"."""
    failures: list[Exception] = []

    def add_many() -> None:
        for _ in range(25):
            try:
                with file_database.transaction() as session:
                    n = session.execute(text("SELECT n FROM counter WHERE id = 1")).scalar_one()
                    session.execute(text("UPDATE counter SET n = :n WHERE id = 1"), {"n": n + 1})
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=add_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with file_database.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 100
    assert failures == []


def test_ddl_is_rolled_back_with_the_rest(file_database: Database) -> None:
    with pytest.raises(IntegrityError), file_database.transaction() as session:
        session.execute(text("CREATE TABLE half (id INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (1, 0)"))
    with file_database.reading() as session:
        found = session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")).scalar()
    assert found == 0


def test_reading_leaves_nothing_behind(file_database: Database) -> None:
    with file_database.reading() as session:
        session.execute(text("UPDATE counter SET n = 7"))
    with file_database.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == 0


def test_a_select_on_a_table_sees_what_is_pending_and_stops_after_a_failure(runtime: Runtime) -> None:
    from app.infra.jobs.models import Schedule

    table = Schedule.__table__.c
    names = select(table.name).where(table.name.in_(["a", "b"])).order_by(table.name)
    with runtime.transaction() as session:
        session.add(Schedule(name="a", next_at=datetime(2026, 1, 1, tzinfo=UTC)))
        with session.no_autoflush:
            assert session.scalars(names).all() == []
        assert session.scalars(names).all() == ["a"] and session.scalar(names) == "a"
        savepoint = session.begin_nested()
        session.add(Schedule(name="b", next_at=datetime(2026, 1, 1, tzinfo=UTC)))
        assert [row.name for row in session.execute(names)] == ["a", "b"]
        savepoint.rollback()
        assert session.scalars(names).all() == ["a"]
        session.commit()
        assert session.scalars(names).all() == ["a"], "a new transaction"
    with runtime.db.session(write=True) as session:
        assert session.scalar(names) == "a"
        session.add(Schedule(name="a", next_at=datetime(2026, 1, 1, tzinfo=UTC)))
        with pytest.raises(IntegrityError):
            session.scalar(names)
        with pytest.raises(PendingRollbackError):
            session.scalar(names)
        session.rollback()
        assert session.scalar(names) == "a"


def test_a_naive_time_is_refused(runtime: Runtime) -> None:
    from sqlalchemy.exc import StatementError

    from app.infra.jobs.models import Schedule

    with pytest.raises(StatementError, match="naive"), runtime.transaction() as session:
        session.add(Schedule(name="x", next_at=datetime(2026, 1, 1)))  # noqa: DTZ001  # that is the point
        session.flush()


def test_times_come_back_aware_and_equal(runtime: Runtime) -> None:
    from datetime import timedelta, timezone

    from app.infra.jobs.models import Schedule

    moment = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with runtime.transaction() as session:
        session.add(Schedule(name="zone", next_at=moment))
    with runtime.db.reading() as session:
        found = session.get_one(Schedule, "zone").next_at
    assert found == moment
    assert found.utcoffset() == timedelta(0)
