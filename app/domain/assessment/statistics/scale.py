"""Items on one scale with people: the Rasch model, or two parameters for each item when there are many attempts.

P(right) = 1 / (1 + exp(-a (ability - b))): b is the difficulty in logits (0 suits the average person of this quiz,
abilities have mean 0 and standard deviation 1), a the slope, the same for all items in the Rasch model. Fitting is a
library's work; here stand who may be fitted, what is asked of the fit, and how sure it is.

How many attempts: a difficulty within half a logit takes about 100 people (J. M. Linacre, Sample size and item
calibration stability, Rasch Measurement Transactions 7:4, 1994), a slope about 500 (C. L. Hulin, R. I. Lissak and
F. Drasgow, Applied Psychological Measurement 6:3, 1982, for 30 items).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, pi, sqrt

from app.domain.assessment.statistics.book import Table

ENOUGH_FOR_RASCH = 100
ENOUGH_FOR_SLOPES = 500
ENOUGH_ITEMS = 10
"""Items below which a scale says no more than the marks do."""
STEEPEST = 3.9
"""The library looks for slopes up to 4: one that stops there was not found."""
MISSING = -1
"""Stands for an item that a person did not draw."""


class Model(StrEnum):
    """One slope for all items, or one for each."""

    RASCH = "rasch"
    TWO = "2pl"


@dataclass(frozen=True, slots=True)
class ItemScale:
    """Where an item stands: difficulty b in logits with its standard error, slope a, and by how many attempts."""

    model: Model
    n: int
    difficulty: float
    error: float
    slope: float


@dataclass(frozen=True, slots=True)
class Request:
    """What is fitted: a row for each item, a column for each person: 1 right, 0 not, `MISSING` not drawn."""

    model: Model
    versions: tuple[Hashable, ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """What a library found: a slope and a difficulty for each row of the request."""

    slopes: tuple[float, ...]
    difficulties: tuple[float, ...]


Fitter = Callable[[Request], Fit | None]


def request(table: Table) -> Request | None:
    """What can be fitted of a table, or None when there are too few people or items.

    An item counts as right when it earned everything. An item that everybody (or nobody) had right has no place on
    the scale, and neither has one that fewer people drew than the model takes.
    """
    people = len(table.attempts)
    if people < ENOUGH_FOR_RASCH:
        return None
    versions, rows = [], []
    for cells in table.items():
        if len(cells.rows) >= ENOUGH_FOR_RASCH:
            row = [MISSING] * people
            for place, own in zip(cells.rows, cells.column.own.values, strict=True):
                row[place] = int(own == cells.column.full)
            if {0, 1} <= set(row):
                versions.append(cells.version)
                rows.append(tuple(row))
    if len(rows) < ENOUGH_ITEMS:
        return None
    fewest = min(sum(answer != MISSING for answer in row) for row in rows)
    model = Model.TWO if fewest >= ENOUGH_FOR_SLOPES else Model.RASCH
    return Request(model, tuple(versions), tuple(rows))


def scales(asked: Request, fit: Fit) -> dict[Hashable, ItemScale]:
    """The place of each item by its version; items whose slope ran to the library's bound are left out."""
    found = {}
    for version, row, slope, difficulty in zip(asked.versions, asked.rows, fit.slopes, fit.difficulties, strict=True):
        n = sum(answer != MISSING for answer in row)
        if 0 < slope < STEEPEST:
            error = standard_error(n, slope, difficulty)
            found[version] = ItemScale(asked.model, n, difficulty, error, slope)
    return found


def standard_error(n: int, slope: float, difficulty: float) -> float:
    """The standard error of a difficulty in logits: 1 / (a sqrt(n E[P(1 - P)])), abilities standard normal.

    The slope and the abilities count as known, so it is a little too small; the pages say "about".
    """
    return 1 / (slope * sqrt(n * _spread(slope, difficulty)))


def _spread(slope: float, difficulty: float, steps: int = 240, reach: float = 6.0) -> float:
    """E[P(1 - P)] over standard normal abilities, by the trapezoid rule (the ends weigh next to nothing)."""
    width, whole = 2 * reach / steps, 0.0
    for step in range(steps + 1):
        ability = -reach + step * width
        right = 1 / (1 + exp(-slope * (ability - difficulty)))
        whole += right * (1 - right) * exp(-ability * ability / 2)
    return whole * width / sqrt(2 * pi)


def together(table: Table, fitter: Fitter) -> dict[Hashable, ItemScale]:
    """The places of all items of a table that can be fitted; empty when there are too few or nothing fits."""
    asked = request(table)
    fit = None if asked is None else fitter(asked)
    return {} if asked is None or fit is None else scales(asked, fit)
