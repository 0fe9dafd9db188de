"""How well two markers agree, beyond chance: shares of equal and of neighboring levels, and weighted kappa.

Weighted kappa: Cohen (1968), Psychological Bulletin 70, 213-220. Its large-sample standard error: Fleiss, Cohen and
Everitt (1969), Psychological Bulletin 72, 323-327, formula 10 of the case that kappa is not zero. With quadratic
weights it is an intraclass correlation (Fleiss and Cohen, 1973), and two markers a level apart count far less than
two who are three apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import NormalDist

from app.domain.assessment.statistics.intervals import CONFIDENCE, Interval

Table = Sequence[Sequence[float]]
"""Counts (or shares): a row for each level of the first marker, a column for each of the second."""
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
LEVEL_COUNT = 4
"""The rubric's levels are 1 to 4."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Weighted kappa with what it comes from: the observed and the expected weighted agreement, both from 0 to 1.

    `error` is the standard error, `n` counts what was marked twice.
    """

    value: float
    observed: float
    chance: float
    n: int
    error: float

    @property
    def interval(self) -> Interval:
        """The interval of 95 percent on the normal scale, cut to what kappa can be."""
        return Interval(max(-1.0, self.value - Z * self.error), min(1.0, self.value + Z * self.error))


def quadratic_weights(size: int) -> list[list[float]]:
    """Weights of agreement: 1 on the diagonal, falling with the square of the distance to 0 for the extremes."""
    return [[1 - (row - column) ** 2 / (size - 1) ** 2 for column in range(size)] for row in range(size)]


def table_of(pairs: Iterable[tuple[int, int]], size: int = LEVEL_COUNT) -> list[list[int]]:
    """The table of pairs of levels from 1 to `size`; raises IndexError for a level that does not exist."""
    table = [[0] * size for _ in range(size)]
    for first, second in pairs:
        if not (1 <= first <= size and 1 <= second <= size):
            raise IndexError("A level lies outside the scale.")
        table[first - 1][second - 1] += 1
    return table


def exact_count(table: Table) -> float:
    """How many pairs are at one and the same level."""
    return sum(table[level][level] for level in range(len(table)))


def adjacent_count(table: Table) -> float:
    """How many pairs are at the same or at neighboring levels."""
    return sum(
        count for row, counts in enumerate(table) for column, count in enumerate(counts) if abs(row - column) <= 1
    )


def kappa(table: Table, weights: Table | None = None, *, n: int | None = None) -> Kappa | None:
    """Weighted kappa of a table, with quadratic weights unless others are given.

    `weights` are weights of agreement (1 = full, 0 = none); `n` is the sample where the table holds shares. None where
    there is nothing to agree on: no pair, or everybody always gave one and the same level.
    """
    total = sum(sum(row) for row in table)
    weights = weights or quadratic_weights(len(table))
    sizes = range(len(table))
    if not total:
        return None
    shares = [[count / total for count in row] for row in table]
    rows = [sum(row) for row in shares]
    columns = [sum(row[at] for row in shares) for at in sizes]
    observed = sum(weights[i][j] * shares[i][j] for i in sizes for j in sizes)
    chance = sum(weights[i][j] * rows[i] * columns[j] for i in sizes for j in sizes)
    if 1 - chance < 1e-12:
        return None
    of_rows = [sum(columns[j] * weights[i][j] for j in sizes) for i in sizes]
    of_columns = [sum(rows[i] * weights[i][j] for i in sizes) for j in sizes]
    spread = sum(
        shares[i][j] * (weights[i][j] * (1 - chance) - (of_rows[i] + of_columns[j]) * (1 - observed)) ** 2
        for i in sizes
        for j in sizes
    )
    people = n if n is not None else round(total)
    variance = (spread - (observed * chance - 2 * chance + observed) ** 2) / (people * (1 - chance) ** 4)
    return Kappa((observed - chance) / (1 - chance), observed, chance, people, sqrt(max(0.0, variance)))


def clustered_kappa(pieces: Sequence[Sequence[tuple[int, int]]], size: int = LEVEL_COUNT) -> Kappa | None:
    """Quadratic-weighted kappa over all criteria of pieces, with the standard error of pieces.

    The criteria of a piece are judged in one go and are not independent, so the formula above would promise too much.
    Here each piece is one observation: its influence is the slope of kappa along its cells (the infinitesimal
    jackknife; Jaeckel 1972, Efron 1981). `n` counts pieces. None for fewer than two pieces, or where levels do not
    vary.
    """
    whole = table_of((pair for piece in pieces for pair in piece), size)
    estimate = kappa(whole)
    if estimate is None or len(pieces) < 2:
        return None
    slopes = _slopes(whole)
    influences = [sum(slopes[pair] for pair in piece) for piece in pieces]
    return Kappa(estimate.value, estimate.observed, estimate.chance, len(pieces), spread_of_sum(influences))


def spread_of_sum(influences: Sequence[float]) -> float:
    """The standard error of a figure from the influences of independent observations on it."""
    n, mean = len(influences), fsum(influences) / len(influences)
    return sqrt(n / (n - 1) * fsum((each - mean) ** 2 for each in influences))


def _slopes(table: list[list[int]]) -> dict[tuple[int, int], float]:
    """How kappa changes with the count of each cell, by the pair of levels.

    Kappa with quadratic weights is 1 - n * distance / expected, where `distance` sums the squared differences of
    the pairs, and `expected` those of every first level with every second one.
    """
    cells = [(row, column, count) for row, counts in enumerate(table) for column, count in enumerate(counts)]
    n = sum(count for _row, _column, count in cells)
    first, second = sum(row * count for row, _, count in cells), sum(column * count for _, column, count in cells)
    squares = sum((row * row + column * column) * count for row, column, count in cells)
    distance = sum((row - column) ** 2 * count for row, column, count in cells)
    expected = n * squares - 2 * first * second
    found = {}
    for row, column, _count in cells:
        more = squares + n * (row * row + column * column) - 2 * (row * second + column * first)
        grown = distance + n * (row - column) ** 2
        found[row + 1, column + 1] = (n * distance * more - grown * expected) / expected**2
    return found
