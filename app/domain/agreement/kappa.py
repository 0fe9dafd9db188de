"""How well two markers agree, beyond chance: shares of equal and of neighboring levels, and weighted kappa.

Weighted kappa: Cohen (1968), Psychological Bulletin 70, 213-220. Its large-sample standard error: Fleiss, Cohen and
Everitt (1969), Psychological Bulletin 72, 323-327, formula 10 of the case that kappa is not zero. With quadratic
weights it is an intraclass correlation (Fleiss and Cohen, 1973), and two markers a level apart count far less than
two who are three apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
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
    The error comes from leaving out one piece after the other (the jackknife; Efron and Stein, 1981). `n` counts
    pieces. None for fewer than two pieces, or where the levels do not vary.
    """
    tables = [[(first - 1, second - 1) for first, second in piece] for piece in pieces]
    whole = table_of((pair for piece in pieces for pair in piece), size)
    estimate = kappa(whole)
    if estimate is None or len(pieces) < 2:
        return None
    # Pieces with the same cells leave the same rest: each kind is worked out once.
    kinds: dict[tuple[tuple[int, int], ...], int] = {}
    for cells in tables:
        kind = tuple(sorted(cells))
        kinds[kind] = kinds.get(kind, 0) + 1
    left = [(value, times) for kind, times in kinds.items() if (value := _without(whole, kind)) is not None]
    n = sum(times for _value, times in left)
    mean = sum(value * times for value, times in left) / n if n else 0.0
    variance = (n - 1) / n * sum(times * (value - mean) ** 2 for value, times in left) if n else 0.0
    return Kappa(estimate.value, estimate.observed, estimate.chance, len(pieces), sqrt(variance))


def _without(whole: list[list[int]], cells: Iterable[tuple[int, int]]) -> float | None:
    rest = [list(row) for row in whole]
    for row, column in cells:
        rest[row][column] -= 1
    return quadratic_value(rest)


def quadratic_value(table: Table) -> float | None:
    """Quadratic-weighted kappa alone, by its short form 1 - observed / expected squared distance; None as in `kappa`.

    `table` holds counts.
    """
    n = first = second = squares_first = squares_second = distance = 0.0
    for row, counts in enumerate(table):
        for column, count in enumerate(counts):
            n += count
            first += count * row
            second += count * column
            squares_first += count * row * row
            squares_second += count * column * column
            distance += count * (row - column) ** 2
    # The mean squared distance of every first level with every second one.
    expected = n * squares_first + n * squares_second - 2 * first * second
    return None if expected <= 1e-9 else 1 - n * distance / expected
