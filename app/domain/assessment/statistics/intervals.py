"""Intervals: between which values the truth may lie, and how that was worked out. All at 95 percent.

A share of people who were wholly right: Clopper and Pearson (1934), exact, never too narrow. A mean of partial
marks: Student's t, cut to the possible range. A correlation: Fisher's z. A difference of two shares: Newcombe's
method 10 (1998); of two means: Welch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

from app.domain.assessment.statistics.distributions import beta_quantile, t_quantile

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
_Z = NormalDist().inv_cdf(1 - _TAIL)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError("An interval goes up.")


@dataclass(frozen=True, slots=True)
class Sample:
    """What an interval of a facility needs to know: marks as shares of the highest mark.

    `right` counts the wholly right when every mark was all or nothing, else it is None.
    """

    n: int
    mean: float
    variance: float | None
    right: int | None = None

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= (self.right or 0) <= self.n:
            raise ValueError("A sample has somebody in it, and no more right than there are.")


def clopper_pearson(right: int, n: int) -> Interval:
    """The exact interval for the share of the right among `n`."""
    low = 0.0 if right == 0 else beta_quantile(_TAIL, right, n - right + 1)
    high = 1.0 if right == n else beta_quantile(1 - _TAIL, right + 1, n - right)
    return Interval(low, high)


def facility_interval(sample: Sample) -> Interval | None:
    """The interval of a facility; None when partial marks of one person say nothing about the spread."""
    if sample.right is not None:
        return clopper_pearson(sample.right, sample.n)
    if sample.n < 2 or sample.variance is None:
        return None
    reach = t_quantile(1 - _TAIL, sample.n - 1) * sqrt(sample.variance / sample.n)
    return Interval(max(0.0, sample.mean - reach), min(1.0, sample.mean + reach))


def correlation_interval(correlation: float, n: int) -> Interval | None:
    """The interval of a correlation of -1 to 1, a point where it is perfect; None for fewer than four."""
    if n < 4:
        return None
    if abs(correlation) >= 1:
        return Interval(correlation, correlation)
    middle, reach = atanh(correlation), _Z / sqrt(n - 3)
    return Interval(tanh(middle - reach), tanh(middle + reach))


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a facility moved from an older to a newer version of an item."""

    difference: float
    interval: Interval | None

    @property
    def is_clear(self) -> bool:
        """True when the interval leaves out "no difference"."""
        return self.interval is not None and not self.interval.low <= 0 <= self.interval.high


def drift(older: Sample, newer: Sample) -> Drift:
    """The facility of the newer version less that of the older, with its interval."""
    difference = newer.mean - older.mean
    if older.right is not None and newer.right is not None:
        return Drift(difference, _newcombe(newer.right, newer.n, older.right, older.n))
    return Drift(difference, _welch(difference, newer, older))


def _wilson(right: int, n: int) -> Interval:
    share, z2 = right / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(middle - reach, middle + reach)


def _newcombe(right: int, n: int, other_right: int, other_n: int) -> Interval:
    one, other = right / n, other_right / other_n
    mine, theirs = _wilson(right, n), _wilson(other_right, other_n)
    down = sqrt((one - mine.low) ** 2 + (theirs.high - other) ** 2)
    up = sqrt((mine.high - one) ** 2 + (other - theirs.low) ** 2)
    return Interval(one - other - down, one - other + up)


def _welch(difference: float, one: Sample, other: Sample) -> Interval | None:
    if one.variance is None or other.variance is None:
        return None
    parts = (one.variance / one.n, other.variance / other.n)
    error = sum(parts)
    if error == 0:
        return Interval(difference, difference)
    freedom = error**2 / sum(part**2 / (n - 1) for part, n in zip(parts, (one.n, other.n), strict=True))
    reach = t_quantile(1 - _TAIL, freedom) * sqrt(error)
    return Interval(max(-1.0, difference - reach), min(1.0, difference + reach))


def pooled(samples: Sequence[Sample]) -> Sample:
    """Samples of the same thing as one."""
    n = sum(sample.n for sample in samples)
    average = sum(sample.n * sample.mean for sample in samples) / n
    within = sum((sample.n - 1) * (sample.variance or 0.0) for sample in samples)
    between = sum(sample.n * (sample.mean - average) ** 2 for sample in samples)
    rights = [sample.right for sample in samples if sample.right is not None]
    return Sample(
        n=n,
        mean=average,
        variance=(within + between) / (n - 1) if n > 1 else None,
        right=sum(rights) if len(rights) == len(samples) else None,
    )
