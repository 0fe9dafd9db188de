"""A student's kit: machines, cartridges, pigments and products, and when one of them may not be used any more.

A piece names what it was made with in words that stand by themselves ("Brick 07; lot 2418; expires 2027-03-31"), so
that a log reads the same after the bottle has left the kit. The words are written and read here and nowhere else.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_NAME = 80
LONGEST_CODE = 40
_EXPIRES = re.compile(r"; expires (\d{4}-\d{2}-\d{2})$")


class KitKind(StrEnum):
    """What there is in a kit."""

    MACHINE = "machine"
    CARTRIDGE = "cartridge"
    PIGMENT = "pigment"
    PRODUCT = "product"


DATED: frozenset[KitKind] = frozenset({KitKind.PIGMENT, KitKind.PRODUCT})
"""Kinds that spoil: they have a lot and a day after which they are not used."""


@dataclass(frozen=True, slots=True)
class KitThing:
    """One thing in the kit. `code` is the C.I. number of a pigment or the printed code of a cartridge."""

    kind: KitKind
    name: str
    code: str = ""
    lot: str = ""
    expires: date | None = None

    def is_expired(self, day: date) -> bool:
        """True when it may not be used on that day; the day that is printed on it is the last good one."""
        return self.expires is not None and self.expires < day


@dataclass(frozen=True, slots=True)
class KitProblem:
    """Why something cannot be kept: the field and a sentence."""

    field: str
    code: str
    sentence: str


def in_words(thing: KitThing) -> str:
    """Return how the log of a piece names the thing; `expiry_of` reads the day back from it."""
    parts = [_plain(thing.name)]
    if thing.code:
        parts.append(f"C.I. {_plain(thing.code)}" if thing.kind is KitKind.PIGMENT else _plain(thing.code))
    if thing.lot:
        parts.append(f"lot {_plain(thing.lot)}")
    if thing.expires:
        parts.append(f"expires {thing.expires.isoformat()}")
    return "; ".join(parts)


def expiry_of(words: str) -> date | None:
    """Return the last good day that the words of a log name at their end, or None."""
    found = _EXPIRES.search(words)
    return read_day(found.group(1)) if found else None


def problems_of(kind: KitKind, name: str, lot: str, expires: str, today: date) -> list[KitProblem]:
    """Return why a thing cannot go into the kit as it was typed; what has expired is refused with the reason."""
    problems = []
    if not name.strip():
        problems.append(KitProblem("name", "missing", "Write the name: brand and model, or brand and shade."))
    if kind not in DATED:
        return problems
    if not lot.strip():
        problems.append(KitProblem("lot", "missing", "Write the lot number that is printed on it."))
    day = read_day(expires)
    if day is None:
        problems.append(KitProblem("expires", "not_a_date", "Write the day or the month, for example 2027-03-31."))
    elif day < today:
        problems.append(KitProblem("expires", "expired", expired_sentence(kind is KitKind.PIGMENT, day)))
    return problems


def expired_sentence(is_pigment: bool, day: date) -> str:
    """Return why something that expired on `day` is refused."""
    if is_pigment:
        return (
            f"This pigment expired on {day.isoformat()}. "
            "Expired pigment is never used, not even on practice skin: choose a fresh one."
        )
    return f"This product expired on {day.isoformat()}. Plan with one that is in date."


def read_day(value: object) -> date | None:
    """Read 2027-03-31, or 2027-03 as printed on many bottles: the last day of that month. None if unreadable."""
    text = str(value or "").strip()
    try:
        if len(text) == 7:
            first = date.fromisoformat(f"{text}-01")
            return first.replace(day=monthrange(first.year, first.month)[1])
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _plain(text: str) -> str:
    """One line without the mark that separates the parts."""
    return " ".join(text.replace(";", ",").split())
