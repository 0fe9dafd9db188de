"""What is removed when its time is over: the rules of the data map that count days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.privacy.data_map import TABLES
from app.domain.privacy.kinds import Expiry


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a table whose clock shows an instant before `before(now)` go."""

    table: str
    expiry: Expiry

    def before(self, now: datetime) -> datetime:
        """The instant up to which rows are over."""
        return now - timedelta(days=self.expiry.days)


def rules(order: Sequence[str]) -> tuple[Rule, ...]:
    """The rules in the order in which they are carried out: rows that point at others first."""
    found = (TABLES[name] for name in reversed(order) if name in TABLES)
    return tuple(Rule(table.name, table.expires) for table in found if table.expires is not None)
