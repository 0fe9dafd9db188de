"""What an entry of the data map says about a table: whose data it holds, why, for how long, and what erasing does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Erasure(StrEnum):
    """What becomes of a person's rows when the person is erased."""

    DELETE = "delete"
    BLANK = "blank"  # the row stays without what says whose it is or what they wrote
    KEEP = "keep"  # the row says nothing about a person once the account is blank
    NONE = "none"  # no personal data


@dataclass(frozen=True, slots=True)
class Path:
    """How rows lead to a person: by a column with their id, or by a column that points at a row of `parent`.

    `to` names the column of `parent` that is pointed at where no foreign key says so.
    """

    column: str
    parent: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A column that says who did something to the row (staff, mostly), and what is blanked when that person goes."""

    column: str
    blank: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Rows whose `clock` is older than `days` are removed by the daily job; `only` narrows by values of columns."""

    clock: str
    days: int
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the database.

    `export` lists what a copy for the person holds: what is not listed is not theirs to see (answer keys, marks that
    are not released, what others think). `only` narrows the rows of a copy by values of columns. `remove_where`
    narrows what is deleted: the other rows are blanked or kept.
    """

    name: str
    purpose: str
    basis: str = ""
    keep: str = ""
    subject: Path | None = None
    erasure: Erasure = Erasure.NONE
    why: str = ""
    blank: Mapping[str, Any] = field(default_factory=dict)
    export: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hands: tuple[Hand, ...] = ()
    expires: Expiry | None = None

    @property
    def is_personal(self) -> bool:
        """True when rows say something about a person."""
        return self.subject is not None


CONTRACT = "It is needed to teach and certify you, which you asked us to do."
SAFETY = "It keeps accounts and the academy safe."
FAIR = "It keeps marks fair and open to appeal."
PROOF = "A certificate has to stay checkable for studios and authorities."
AGREED = "You chose it, and you can take it back."
DUTY = "The law asks us to be able to show it."

WITH_ACCOUNT = "As long as the account."
WITH_RECORD = "As long as the training record; without a name after erasure."


def house(name: str, purpose: str, *hands: Hand, expires: Expiry | None = None) -> Table:
    """A table without data about students; `hands` name the staff who did something."""
    return Table(name, purpose, hands=hands, expires=expires)
