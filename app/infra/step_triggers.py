"""Steps that only the state machine may take: the database refuses every other one, and any change of a given mark.

A CHECK sees one row as it is; what a row was before, only a trigger sees. The conditions are made from the same tables
that services ask (app/domain/review/states.py). Like the triggers of append-only tables they are part of the schema:
`create_all` makes them, a migration gets them, `flask db check` reports a missing one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, MetaData, event, text

from app.domain.review.states import APPEAL_STEPS, CLOSED, MARK_STEPS, SUBMISSION_STEPS, SUBMISSION_STEPS_BY_APPEAL
from app.infra.db import Base

_CLOSED = ", ".join(sorted(f"'{state.value}'" for state in CLOSED))
_KEPT = (
    "submission_id", "reviewer_id", "rubric_version_id", "kind", "blind", "revision", "note", "critical", "outcome",
    "score", "report", "decided_at",
)  # fmt: skip
_JSON = ("critical", "report")


class Guard(NamedTuple):
    """A trigger: the table, what it comes before, and the condition on OLD and NEW under which it refuses."""

    table: str
    before: str
    refuses: str


def _other_than(steps: Iterable[tuple[str, str]]) -> str:
    allowed = " OR ".join(f"(OLD.state = '{old}' AND NEW.state = '{new}')" for old, new in sorted(steps))
    return f"OLD.state <> NEW.state AND NOT ({allowed})"


def _given(dialect: str) -> str:
    """What was handed in has changed."""
    if dialect == "sqlite":
        changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _KEPT)
    else:
        cast = {name: "::text" if name in _JSON else "" for name in _KEPT}
        changed = " OR ".join(f"NEW.{name}{cast[name]} IS DISTINCT FROM OLD.{name}{cast[name]}" for name in _KEPT)
    return f"OLD.state IN ({_CLOSED}) AND ({changed})"


_BY_APPEAL = (
    f"{_other_than(SUBMISSION_STEPS)} AND NOT (NOT ({_other_than(SUBMISSION_STEPS_BY_APPEAL)})"
    " AND EXISTS (SELECT 1 FROM appeal WHERE appeal.submission_id = OLD.id AND appeal.state = 'changed'))"
)
_OF_GIVEN_MARK = f"EXISTS (SELECT 1 FROM review WHERE review.id = OLD.review_id AND review.state IN ({_CLOSED}))"


def guards(dialect: str) -> dict[str, Guard]:
    """All triggers by name."""
    return {
        "review_steps": Guard("review", "UPDATE", _other_than(MARK_STEPS)),
        "review_given": Guard("review", "UPDATE", _given(dialect)),
        "review_kept": Guard("review", "DELETE", f"OLD.state IN ({_CLOSED})"),
        "criterion_rating_given": Guard("criterion_rating", "UPDATE", _OF_GIVEN_MARK),
        "criterion_rating_kept": Guard("criterion_rating", "DELETE", _OF_GIVEN_MARK),
        "pin_given": Guard("pin", "UPDATE", _OF_GIVEN_MARK),
        "pin_kept": Guard("pin", "DELETE", _OF_GIVEN_MARK),
        "submission_steps": Guard("submission", "UPDATE", _BY_APPEAL),
        "appeal_steps": Guard("appeal", "UPDATE", _other_than(APPEAL_STEPS)),
    }


def statements(dialect: str, names: Iterable[str]) -> list[str]:
    """The SQL that makes these triggers; on PostgreSQL each with a function of its own."""
    known = guards(dialect)
    return [sql for name in names for sql in _made(dialect, name, known[name])]


def _made(dialect: str, name: str, guard: Guard) -> list[str]:
    words = f"{guard.table}: the workflow has no such step ({name})"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {guard.before} ON {guard.table} WHEN {guard.refuses} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        ]
    row = "OLD" if guard.before == "DELETE" else "NEW"
    return [
        f"CREATE OR REPLACE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {guard.refuses} THEN RAISE EXCEPTION '{words}' USING ERRCODE = 'restrict_violation'; END IF; "
        f"RETURN {row}; END $$",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {guard.before} ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_{name}()",
    ]


def removals(dialect: str, names: Iterable[str]) -> list[str]:
    """The SQL that takes them away again."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    return [f"DROP FUNCTION IF EXISTS refuse_{name}() CASCADE" for name in names]


def missing(connection: Connection) -> list[str]:
    """The triggers that the database lacks."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    found = set(connection.scalars(text(query)))
    return [name for name in guards(dialect) if name not in found]


@event.listens_for(Base.metadata, "after_create")
def _after_create(_metadata: MetaData, connection: Connection, tables: Any = (), **_: Any) -> None:
    dialect, made = connection.dialect.name, {table.name for table in tables or ()}
    for statement in statements(dialect, [name for name, guard in guards(dialect).items() if guard.table in made]):
        connection.exec_driver_sql(statement)
