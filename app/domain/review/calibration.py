"""Calibration: a reviewer marks pieces whose levels the academy agreed on, and sees how far off they are.

Passed with a quadratic-weighted kappa of at least 0.6 over all levels of 20 pieces (domain.md 5). While an academy has
fewer reference pieces than that, nobody can pass and nobody is asked to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.agreement.kappa import kappa, table_of

PIECES = 20
FLOOR = 0.6
MONTHS = 12

Levels = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """One criterion over all pieces of a round: levels apart in the mean (above 0: kinder than agreed), and how many
    of the pieces were at the agreed level."""

    criterion: str
    mean: float
    same: int
    pieces: int


def agreement(marks: Sequence[tuple[Levels, Levels]]) -> float | None:
    """Return the quadratic-weighted kappa over all (given, agreed) levels; None when it is not defined.

    It is not defined when both sides use one and the same level only; without a level it is not either.
    """
    pairs = [(given[name], agreed[name]) for given, agreed in marks for name in agreed if name in given]
    found = kappa(table_of(pairs))
    return found.value if found else None


def passes(kappa: float | None, pieces: int) -> bool:
    """True when a finished round opens the way to capstones."""
    return pieces >= PIECES and kappa is not None and kappa >= FLOOR


def differences(marks: Sequence[tuple[Levels, Levels]]) -> list[Difference]:
    """Return what a reviewer's levels differ by, criterion by criterion, in the order of the first piece."""
    found: dict[str, list[int]] = {}
    for given, agreed in marks:
        for name, level in agreed.items():
            if name in given:
                found.setdefault(name, []).append(given[name] - level)
    return [
        Difference(name, sum(gaps) / len(gaps), sum(gap == 0 for gap in gaps), len(gaps))
        for name, gaps in found.items()
    ]


def is_asked(reference_pieces: int) -> bool:
    """True when the academy has enough reference pieces to ask for calibration before capstones."""
    return reference_pieces >= PIECES


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day some months later, or the last day of that month."""
    total = moment.month - 1 + months
    year, month = moment.year + total // 12, total % 12 + 1
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise ValueError(moment)
