"""When a person is erased, and what is done in which order: the plan, made from the data map alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.privacy.data_map import TABLES
from app.domain.privacy.kinds import Erasure, Table

GRACE = timedelta(days=14)
"""So long a person may change their mind."""


def due_at(asked_at: datetime) -> datetime:
    """When a request is carried out."""
    return asked_at + GRACE


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with the rows of one table."""

    table: Table
    erasure: Erasure


def plan(order: Sequence[str]) -> tuple[Step, ...]:
    """The steps of an erasure. `order` names all tables, those that point at others after them.

    Blanking comes first and from the far end: rows are found through their parents, so a parent is dealt with after
    its children. Then rows are deleted, again children first. The account comes last of all.
    Raises KeyError for a table that is not in the map.
    """
    tables = [TABLES[name] for name in reversed(order)]
    touched = [table for table in tables if table.erasure in (Erasure.BLANK, Erasure.DELETE)]
    account = [table for table in touched if table.subject is not None and table.subject.column == "id"]
    others = [table for table in touched if table not in account]
    return tuple(
        Step(table, table.erasure)
        for kind in (Erasure.DELETE, Erasure.BLANK)
        for table in (*others, *account)
        if table.erasure is kind
    )
