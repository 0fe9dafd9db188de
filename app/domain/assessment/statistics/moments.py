"""Moments of marks, exact: sums of whole numbers first, one division at the end.

Marks are whole numbers of some small unit, so nothing is lost in a sum, whatever the order of the attempts, and
"the variance is zero" is a fact and not a question of rounding. Divisor n - 1 throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import sqrt
from operator import mul


class Series:
    """A column of whole numbers with its sums."""

    __slots__ = ("n", "squares", "total", "values")

    def __init__(self, values: Sequence[int]) -> None:
        self.values = values
        self.n = len(values)
        self.total = sum(values)
        self.squares = sum(map(mul, values, values))

    @property
    def mean(self) -> Fraction | None:
        """The mean; None for no values."""
        return Fraction(self.total, self.n) if self.n else None

    @property
    def variance(self) -> Fraction | None:
        """The variance; None for fewer than two values."""
        return self._spread(self.squares, self.total) if self.n > 1 else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation; None for fewer than two values."""
        return None if (found := self.variance) is None else sqrt(found)

    def covariance(self, other: Series) -> Fraction | None:
        """The covariance with another column, row by row; None for fewer than two rows."""
        if other.n != self.n:
            raise ValueError("Both columns need the same rows.")
        return self._spread(sum(map(mul, self.values, other.values)), other.total) if self.n > 1 else None

    def greatest_covariance(self, others: Sequence[int]) -> Fraction | None:
        """The covariance if both columns were sorted, so that the best had the best in both; None for fewer than two.

        Marks have few different values: each meets one run of the sorted others.
        """
        if len(others) != self.n:
            raise ValueError("Both columns need the same rows.")
        ordered, start, products = sorted(others), 0, 0
        for value, count in sorted(Counter(self.values).items()):
            products += value * sum(ordered[start : start + count])
            start += count
        return self._spread(products, sum(ordered)) if self.n > 1 else None

    def _spread(self, products: int, other_total: int) -> Fraction:
        return Fraction(self.n * products - self.total * other_total, self.n * (self.n - 1))


def skewness(values: Sequence[int]) -> float | None:
    """k3 / k2^1.5 with Fisher's k-statistics; None for fewer than three values or when all are equal."""
    n = len(values)
    if n < 3:
        return None
    second, third, _fourth = _central_sums(values)
    if second == 0:
        return None
    k2 = second / (n - 1)
    k3 = third * n / ((n - 1) * (n - 2))
    return float(k3) / float(k2) ** 1.5


def kurtosis(values: Sequence[int]) -> float | None:
    """k4 / k2^2 with Fisher's k-statistics; None for fewer than four values or when all are equal."""
    n = len(values)
    if n < 4:
        return None
    second, _third, fourth = _central_sums(values)
    if second == 0:
        return None
    k2 = second / (n - 1)
    k4 = (n * (n + 1) * fourth - 3 * (n - 1) * second**2) / ((n - 1) * (n - 2) * (n - 3))
    return float(k4 / k2**2)


def _central_sums(values: Sequence[int]) -> tuple[Fraction, Fraction, Fraction]:
    """The sums of the second, third and fourth powers of the distances from the mean."""
    n, total = len(values), sum(values)
    distances = [n * value - total for value in values]  # n times each distance, so still whole
    squares = [d * d for d in distances]
    cubes = sum(map(mul, squares, distances))
    fourths = sum(map(mul, squares, squares))
    return Fraction(sum(squares), n**2), Fraction(cubes, n**3), Fraction(fourths, n**4)
