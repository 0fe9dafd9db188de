"""The schema goes up, down and up again on both databases, and agrees with the models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    CHAR,
    JSON,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    Uuid,
    inspect,
    select,
    text,
)

from app.factory import slice_modules
from app.infra import audit, audit_chain, migrate, triggers  # noqa: F401 - they and jobs bring their tables
from app.infra.db import Base, Database
from app.infra.jobs import models as job_models  # noqa: F401


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    slice_modules("models")
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.dispose()
        return
    from tests.support import postgres

    with postgres.server() as address, postgres.database(address, f"migrations_{os.getpid()}") as url:
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
        yield database
        database.dispose()


def test_up_down_up_and_no_drift(empty: Database) -> None:
    assert migrate.upgrade(empty) is True
    assert migrate.upgrade(empty) is False, "a second time changes nothing"
    assert migrate.current(empty) == migrate.head()
    assert migrate.drift(empty) == []
    migrate.downgrade(empty, "base")
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(empty)
    assert set(Base.metadata.tables) <= set(inspect(empty.engine).get_table_names())


def test_partial_indexes_and_checks_are_in_the_migrated_schema(empty: Database) -> None:
    migrate.upgrade(empty)
    indexes = {index["name"]: index for index in inspect(empty.engine).get_indexes("attempt")}
    assert indexes["uq_attempt_open"]["unique"]
    where = indexes["uq_attempt_open"]["dialect_options"][f"{empty.engine.dialect.name}_where"]
    assert "state" in str(where), "only open attempts are unique"
    checks = {check["name"] for check in inspect(empty.engine).get_check_constraints("review")}
    assert {"ck_review_decided", "ck_review_lease"} <= checks


def test_the_migrated_schema_guards_the_audit_log_and_drift_says_when_it_does_not(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.begin() as connection:
        assert triggers.missing(connection) == []
        name = "audit_seal_no_delete" if empty.is_sqlite else "audit_seal_no_change ON audit_seal"
        connection.execute(text(f"DROP TRIGGER {name}"))
    assert migrate.drift(empty) == [("add_trigger", "audit_seal")]


def test_a_changed_check_is_written_into_the_next_migration_and_drift_names_a_forgotten_one(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        if empty.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        with operations.batch_alter_table("pin") as batch:
            batch.drop_constraint("ck_pin_inside", type_="check")
    change = next(difference for difference in migrate.drift(empty) if difference[1] == "pin")
    assert change[0] == "change_checks"
    assert "ck_pin_inside" in change[3]


def test_rows_of_the_first_release_survive_going_up_back_and_up(empty: Database) -> None:
    """Changing a table on SQLite rebuilds it, and rows that refer to it must neither vanish nor stop the migration."""
    migrate.upgrade(empty, "0001")
    old = MetaData()
    old.reflect(empty.engine)
    written = fill(
        empty, old, {"user_account", "release", "definition", "practice_entry", "photo", "submission", "review", "pin"}
    )
    assert len(written) == 8
    for step in ("head", "0001", "head"):
        migrate.downgrade(empty, step) if step == "0001" else migrate.upgrade(empty, step)
        with empty.engine.connect() as connection:
            for name, row in written.items():
                found = connection.execute(select(old.tables[name])).mappings().all()
                assert [dict(each) for each in found] == [row], f"{name} at {step}"


def fill(database: Database, tables: MetaData, names: set[str]) -> dict[str, dict[str, Any]]:
    """Insert one row into each of these tables, in the order of their foreign keys; return the rows as read back."""
    given = {
        "role": "student",
        "state": "ready",
        "level": 3,
        "x": 0.5,
        "y": 0.25,
        "revision": 4,
        "number": 1,
        "locale": "en",
        "kind": "lesson",
        "time_factor_percent": 100,
        "origin": "files",
        "tier": "certified",
        "slot": "f8",
    }
    states = {"practice_entry": "submitted", "submission": "in_review", "review": "open"}
    empty_when = {"decided_at", "outcome", "removed_at", "deleted_at", "disabled_at", "retired_at", "file_digest"}
    written: dict[str, dict[str, Any]] = {}
    with database.engine.begin() as connection:
        for table in (each for each in tables.sorted_tables if each.name in names):
            row: dict[str, Any] = {}
            for column in table.columns:
                if column.foreign_keys:
                    other = next(iter(column.foreign_keys)).column
                    row[column.name] = written[other.table.name]["id"] if other.table.name in written else None
                elif column.name == "state" and table.name in states:
                    row[column.name] = states[table.name]
                elif column.name in empty_when:
                    row[column.name] = None
                else:
                    row[column.name] = given.get(column.name, sample(column))
            connection.execute(table.insert().values(row))
            written[table.name] = dict(connection.execute(select(table)).mappings().one())
    return written


def sample(column: Column[Any]) -> Any:
    """A value of the column's type."""
    kind = column.type
    if isinstance(kind, DateTime):
        return datetime(2026, 11, 1, tzinfo=UTC)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Uuid | CHAR):
        return uuid4() if isinstance(kind, Uuid) else uuid4().hex
    if isinstance(kind, JSON):
        return {"kept": [1, "ü"]}
    return 1 if isinstance(kind, Integer | Numeric) else f"{column.name[:5]}"
