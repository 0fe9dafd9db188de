"""Tables whose rows are only ever added: the database itself refuses to change or remove them.

The triggers are part of the schema like any index. `Base.metadata.create_all` makes them (a listener), Alembic's
autogenerate writes them into a migration when the database lacks them (`migrate_triggers.py`), and `flask db check`
reports a missing one, because SQLite forgets the triggers of a table that a later migration rebuilds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, MetaData, event, text

from app.infra.db import Base

# Each table with the columns that identify a row: SQLite's INSERT OR REPLACE removes rows past its DELETE triggers.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "audit_event": ("id",),
    "audit_seal": ("sequence", "event_id"),
    "audit_checkpoint": ("number",),
    "session_signoff": ("id", "link_id"),
    "hours_line": ("id",),
    "team_line": ("id",),
    "consent_line": ("id",),
}
FUNCTION = "refuse_change"


def statements(dialect: str, tables: Iterable[str]) -> list[str]:
    """The SQL that makes the triggers of these tables."""
    if dialect == "sqlite":
        return [statement for table in tables for statement in _sqlite(table)]
    function = (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    return [function, *(statement for table in tables for statement in _postgresql(table))]


def _sqlite(table: str) -> list[str]:
    refusal = f"SELECT RAISE(ABORT, 'rows of {table} are only ever added');"
    same = " OR ".join(f"{column} = NEW.{column}" for column in APPEND_ONLY[table])
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table} BEGIN {refusal} END",
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table} BEGIN {refusal} END",
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN {refusal} END",
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()",
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
    ]


def missing(connection: Connection) -> list[str]:
    """The tables that lack one of their triggers."""
    if connection.dialect.name == "sqlite":
        found = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        kinds: tuple[str, ...] = ("no_update", "no_delete", "no_replace")
    else:
        # tgenabled: a trigger that was switched off protects nothing.
        here = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        found, kinds = set(connection.scalars(text(here))), ("no_change", "no_truncate")
    return [table for table in APPEND_ONLY if any(f"{table}_{kind}" not in found for kind in kinds)]


@event.listens_for(Base.metadata, "after_create")
def _after_create(_metadata: MetaData, connection: Connection, tables: Any = (), **_: Any) -> None:
    made = [table.name for table in tables or () if table.name in APPEND_ONLY]
    for statement in statements(connection.dialect.name, made) if made else ():
        connection.execute(text(statement))
