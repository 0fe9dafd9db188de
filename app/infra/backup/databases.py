"""A consistent copy of the database while the site runs, and back again.

SQLite: VACUUM INTO, one read transaction, which also leaves behind what was deleted. PostgreSQL: pg_dump on a
snapshot that the counting of rows shares.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from alembic.migration import MigrationContext
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from app.infra.backup.layout import flush
from app.infra.backup.vault import BackupProblem
from app.infra.db import Database

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
RESTORED: Final = "vermilion.db"
_VERSIONS: Final = Path("/usr/lib/postgresql")


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a copy: its schema, the number of rows of each table, and where its audit chain ends."""

    schema_revision: str
    tables: dict[str, int]
    audit_sequence: int
    audit_head: str


def copy_database(database: Database, target: Path) -> Contents:
    """Write a copy to `target` (which must not exist) and say what is in it."""
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.engine.url.database), timeout=60)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        target.chmod(0o600)
        flush(target)
        return reading_copy(target, _contents)
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        _run("pg_dump", database.url, "--format=custom", f"--snapshot={snapshot}", *_PLAIN, f"--file={target}")
        target.chmod(0o600)
        flush(target)
        return _contents(connection)


def check_copy(kind: str, copy: Path, tables: dict[str, int]) -> list[str]:
    """What is wrong with a copy, in sentences: its pages, its references, its numbers of rows."""
    if kind == POSTGRESQL:
        _run("pg_restore", "", "--list", str(copy))  # the rest shows when it is restored
        return []

    def look(connection: Connection) -> list[str]:
        wrong = [row for row in connection.scalars(text("PRAGMA integrity_check")) if row != "ok"]
        wrong += [
            f"A row of {row[0]} refers to nothing." for row in connection.execute(text("PRAGMA foreign_key_check"))
        ]
        return wrong[:20] + compare_counts(tables, _count(connection))

    return reading_copy(copy, look)


def reading_copy(copy: Path, look: Callable[[Connection], Found]) -> Found:
    """Open a SQLite copy without writing beside it, look, and close it."""
    engine = create_engine(f"sqlite:///file:{copy}?mode=ro&immutable=1&uri=true", poolclass=NullPool)
    with engine.connect() as connection:
        return look(connection)


def compare_counts(expected: dict[str, int], found: dict[str, int]) -> list[str]:
    """Where the numbers of rows differ, in sentences."""
    names = sorted(expected.keys() | found.keys())
    differing = [name for name in names if expected.get(name) != found.get(name)]
    return [f"{name} has {found.get(name, 0)} rows instead of {expected.get(name, 0)}." for name in differing]


def restore_copy(kind: str, copy: Path, instance: Path, database_url: str) -> str:
    """Bring a copy into the instance (SQLite) or into the empty database (PostgreSQL); return its address."""
    if kind == POSTGRESQL:
        _run("pg_restore", database_url, "--exit-on-error", "--single-transaction", *_PLAIN, str(copy))
        return database_url
    part = instance / f".{RESTORED}.new"
    shutil.copyfile(copy, part)
    part.chmod(0o600)
    flush(part)
    part.rename(instance / RESTORED)
    flush(instance)
    return f"sqlite:///{instance / RESTORED}"


def count_rows(database: Database) -> dict[str, int]:
    """The number of rows of each table."""
    with database.engine.connect() as connection:
        return _count(connection)


def has_tables(database_url: str) -> bool:
    """Whether a database holds any table. Raises BackupProblem when it cannot be reached."""
    engine = create_engine(database_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return bool(inspect(connection).get_table_names())
    except Exception as error:
        raise BackupProblem(f"The database cannot be reached: {str(error).splitlines()[0]}") from error


_PLAIN: Final = ("--no-owner", "--no-privileges")


def _count(connection: Connection) -> dict[str, int]:
    quote = connection.dialect.identifier_preparer.quote
    names = inspect(connection).get_table_names()
    return {name: connection.scalar(text(f"SELECT count(*) FROM {quote(name)}")) or 0 for name in sorted(names)}


def _contents(connection: Connection) -> Contents:
    end = connection.execute(text("SELECT sequence, link FROM audit_seal ORDER BY sequence DESC LIMIT 1")).first()
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    return Contents(revision, _count(connection), *(end or (0, "")))


def _run(program: str, database_url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL. The password goes by the environment: arguments are seen by everybody here."""
    path = shutil.which(program) or next(
        (str(found) for found in sorted(_VERSIONS.glob(f"*/bin/{program}"), reverse=True)), None
    )
    if path is None:
        raise BackupProblem(f"{program} is missing: install PostgreSQL's client programs of the server's version.")
    environment = dict(os.environ)
    if database_url:
        facts = conninfo_to_dict(database_url.replace("+psycopg", "", 1))
        if password := facts.pop("password", None):
            environment["PGPASSWORD"] = str(password)
        arguments = (f"--dbname={make_conninfo('', **facts)}", *arguments)
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupProblem(f"{program} failed: {done.stderr.strip()[-800:] or done.returncode}")
