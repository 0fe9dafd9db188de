"""Alembic and CHECK constraints: a changed, new or dropped one is written into the next migration.

Alembic's autogenerate leaves CHECK constraints alone, because most databases print them otherwise than they were
written. SQLite keeps the text, and migrations are generated on SQLite, so there the text itself is compared. On
PostgreSQL only the names are: that is enough for `flask db check` to report a forgotten one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Connection, Table, inspect

NAME: Final = "vermilion.checks"


@dataclass
class ChangeChecks(MigrateOperation):
    """In a migration: drop these CHECK constraints of a table and make those; name to text."""

    table: str
    dropped: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def reverse(self) -> MigrateOperation:
        """Make the dropped ones again."""
        return ChangeChecks(self.table, dropped=self.made, made=self.dropped)

    def to_diff_tuple(self) -> tuple[str, str, list[str], list[str]]:
        """What `flask db check` prints."""
        return ("change_checks", self.table, sorted(self.dropped), sorted(self.made))


@renderers.dispatch_for(ChangeChecks)
def _render(_context: AutogenContext, operation: ChangeChecks) -> str:
    lines = [f"with op.batch_alter_table({operation.table!r}) as batch_op:"]
    lines += [f"    batch_op.drop_constraint(op.f({name!r}), type_='check')" for name in sorted(operation.dropped)]
    lines += [
        f"    batch_op.create_check_constraint(op.f({name!r}), {text!r})"
        for name, text in sorted(operation.made.items())
    ]
    return "\n".join(lines)


def _wanted(table: Table, connection: Connection) -> dict[str, str]:
    return {
        str(connection.dialect.identifier_preparer.format_constraint(check)): str(
            check.sqltext.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        )
        for check in table.constraints
        if isinstance(check, CheckConstraint) and check.name is not None
    }


def _differences(table: Table, connection: Connection) -> ChangeChecks:
    found = {
        str(check["name"]): str(check["sqltext"]) for check in inspect(connection).get_check_constraints(table.name)
    }
    wanted = _wanted(table, connection)
    same = {
        name
        for name in found.keys() & wanted.keys()
        if connection.dialect.name != "sqlite" or found[name] == wanted[name]
    }
    return ChangeChecks(
        table.name,
        dropped={name: text for name, text in found.items() if name not in same},
        made={name: text for name, text in wanted.items() if name not in same},
    )


def _compare(context: AutogenContext, operations: UpgradeOps) -> PriorityDispatchResult:
    connection, metadata = context.connection, context.metadata
    if connection is None or metadata is None:
        return PriorityDispatchResult.CONTINUE
    here = set(inspect(connection).get_table_names())
    for table in metadata.sorted_tables:  # type: ignore[union-attr]
        if table.name in here:
            change = _differences(table, connection)
            if change.dropped or change.made:
                operations.ops.append(change)
    return PriorityDispatchResult.CONTINUE


Plugin(NAME).add_autogenerate_comparator(_compare, "autogenerate", priority=DispatchPriority.LAST)
