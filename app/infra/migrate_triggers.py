"""Alembic and the triggers of append-only tables: missing ones are found, and written into the next migration.

So whoever generates a migration, 0001 anew included, has nothing to add by hand.
"""

from __future__ import annotations

from typing import Final

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from app.infra import migrate_checks, migrate_steps
from app.infra.triggers import FUNCTION, missing, statements

NAME: Final = "vermilion.triggers"
FIRST: Final = "audit_event"
PLUGINS: Final = ("alembic.autogenerate.*", migrate_checks.NAME, NAME, migrate_steps.NAME)


class AppendOnly(MigrateOperation):
    """In a migration: make the triggers of these tables. Going back, they go with their tables."""

    def __init__(self, tables: list[str]) -> None:
        self.tables = tables

    def reverse(self) -> MigrateOperation:
        """Leave only what does not go with the tables."""
        return Unguarded(self.tables)

    def to_diff_tuple(self) -> tuple[str, str]:
        """What `flask db check` prints."""
        return ("add_trigger", ", ".join(self.tables))


class Unguarded(MigrateOperation):
    """In a migration that goes back: nothing on SQLite; on PostgreSQL the triggers, and with the first their function.

    The audit log brought the function, and other tables stand on it: it goes when the audit log goes.
    """

    def __init__(self, tables: list[str]) -> None:
        self.tables = tables

    def reverse(self) -> MigrateOperation:
        """Make the triggers again."""
        return AppendOnly(self.tables)

    def to_diff_tuple(self) -> tuple[str, str]:
        """What `flask db check` prints."""
        return ("remove_trigger", ", ".join(self.tables))


@renderers.dispatch_for(AppendOnly)
def _render(_context: AutogenContext, operation: AppendOnly) -> str:
    # Plain SQL: what a migration did must not change when this module does. One line each: Alembic indents by itself.
    made = {dialect: statements(dialect, operation.tables) for dialect in ("sqlite", "postgresql")}
    return f"for statement in {made!r}[op.get_bind().dialect.name]: op.execute(statement)"


@renderers.dispatch_for(Unguarded)
def _render_back(_context: AutogenContext, operation: Unguarded) -> str:
    if FIRST in operation.tables:
        drops = [f"DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE"]
    else:
        kinds = ("no_change", "no_truncate")
        drops = [f"DROP TRIGGER IF EXISTS {table}_{kind} ON {table}" for table in operation.tables for kind in kinds]
    return f'for statement in {drops!r} if op.get_bind().dialect.name != "sqlite" else []: op.execute(statement)'


def _compare(context: AutogenContext, operations: UpgradeOps) -> PriorityDispatchResult:
    if context.connection is not None and (lacking := missing(context.connection)):
        operations.ops.append(AppendOnly(lacking))
    return PriorityDispatchResult.CONTINUE


Plugin(NAME).add_autogenerate_comparator(_compare, "autogenerate", priority=DispatchPriority.LAST)
