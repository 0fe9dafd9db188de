"""The schema goes up, down and up again on both databases, and agrees with the models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.factory import slice_modules
from app.infra import audit, migrate, triggers  # noqa: F401 - audit and jobs bring their tables
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
