"""Run by Alembic inside app/infra/migrate.py, which passes the database along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from app.infra.db import WRITE, Base, Database
from app.infra.migrate_triggers import PLUGINS
from app.infra.types import UTCDateTime

database: Database = context.config.attributes["database"]
ADVISORY_LOCK = 7_310_021


def render_item(kind: str, value: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration must not depend on app code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UTCDateTime) else False


@contextmanager
def foreign_keys_checked_at_the_end(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table to change it; dropping the old one must not touch the rows that refer to it.

    So foreign keys sleep while the migrations run (the pragma does nothing inside a transaction, hence around
    it), and `refuse_dangling` looks at all of them before the commit.
    """
    driver: Any = connection.connection.driver_connection
    if database.is_sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys=ON")


def refuse_dangling(connection: Connection) -> None:
    """Raise when a row refers to one that is not there, so that the migration is rolled back."""
    if database.is_sqlite and (dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)):
        raise RuntimeError(f"After the migration rows refer to missing ones: {dangling}. Nothing was changed.")


writer = database.engine.execution_options(**{WRITE: True})
with writer.connect() as connection, foreign_keys_checked_at_the_end(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=False,
        render_item=render_item,
        autogenerate_plugins=PLUGINS,
    )
    with context.begin_transaction():
        if not database.is_sqlite:
            # Several processes may start at once: the second waits here and then finds nothing to do.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        context.run_migrations()
        refuse_dangling(connection)
