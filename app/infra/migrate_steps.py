"""Alembic and the triggers of the state machine: missing ones are found, and written into the next migration."""

from __future__ import annotations

from typing import Final

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from app.infra.step_triggers import missing, removals, statements

NAME: Final = "vermilion.steps"
DIALECTS = ("sqlite", "postgresql")


class Guarded(MigrateOperation):
    """In a migration: make these triggers. Going back, they go before their tables change."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def reverse(self) -> MigrateOperation:
        """Take them away."""
        return Free(self.names)

    def to_diff_tuple(self) -> tuple[str, str]:
        """What `flask db check` prints."""
        return ("add_step_trigger", ", ".join(self.names))


class Free(MigrateOperation):
    """In a migration that goes back: take these triggers away."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def reverse(self) -> MigrateOperation:
        """Make them again."""
        return Guarded(self.names)

    def to_diff_tuple(self) -> tuple[str, str]:
        """What `flask db check` prints."""
        return ("remove_step_trigger", ", ".join(self.names))


@renderers.dispatch_for(Guarded)
def _render(_context: AutogenContext, operation: Guarded) -> str:
    # Plain SQL: what a migration did must not change when this module does. One line each: Alembic indents by itself.
    made = {dialect: statements(dialect, operation.names) for dialect in DIALECTS}
    return f"for statement in {made!r}[op.get_bind().dialect.name]: op.get_bind().exec_driver_sql(statement)"


@renderers.dispatch_for(Free)
def _render_back(_context: AutogenContext, operation: Free) -> str:
    made = {dialect: removals(dialect, operation.names) for dialect in DIALECTS}
    return f"for statement in {made!r}[op.get_bind().dialect.name]: op.get_bind().exec_driver_sql(statement)"


def _compare(context: AutogenContext, operations: UpgradeOps) -> PriorityDispatchResult:
    if context.connection is not None and (lacking := missing(context.connection)):
        operations.ops.append(Guarded(lacking))
    return PriorityDispatchResult.CONTINUE


Plugin(NAME).add_autogenerate_comparator(_compare, "autogenerate", priority=DispatchPriority.LAST)
