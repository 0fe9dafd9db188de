"""Krippendorff's alpha: how far levels can be trusted, whoever gave them, however many marked each piece.

Krippendorff (2011), Computing Krippendorff's alpha-reliability, and Content Analysis, 3rd edition (2013), chapter 12:
alpha = 1 - observed / expected disagreement; 1 is perfect, 0 is chance. What was marked once says nothing and is left
out. For ordered levels the distance of two levels is the square of the number of values between them.

The interval comes from resampling units with the weights of the Bayesian bootstrap (Rubin 1981, Annals of Statistics
9, 130-134). Units with the same values share one gamma variate, which is the same distribution as one for each and
keeps the work independent of the number of units. The draws are seeded: the same marks give the same interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.domain.agreement.kappa import Z, spread_of_sum
from app.domain.assessment.statistics.intervals import CONFIDENCE, Interval

DRAWS = 1000
SEED = 2011

Counts = Mapping[int, float]
Cells = Mapping[tuple[int, int], float]
"""How often two values stand together in a unit."""
Pattern = tuple[tuple[int, int], ...]
"""How often each value was given to a unit, by value."""


class Metric(StrEnum):
    """What the distance of two values means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Alpha over `n` units with two values and more; the interval is None where resampling gives nothing."""

    value: float
    n: int
    interval: Interval | None


def alpha(units: Iterable[Sequence[int]], metric: Metric = Metric.ORDINAL, *, seed: int = SEED) -> Alpha | None:
    """Alpha of units, each with the values that it was given; None where there is nothing to agree on."""
    patterns: Counter[Pattern] = Counter()
    for values, times in Counter(map(tuple, units)).items():
        if len(values) > 1:
            patterns[_pattern(values)] += times
    value = _value(_cells(patterns, {}), metric)
    if value is None:
        return None
    return Alpha(value, patterns.total(), _bootstrap(patterns, metric, seed))


def clustered_alpha(pieces: Iterable[Sequence[Sequence[int]]], metric: Metric = Metric.ORDINAL) -> Alpha | None:
    """Alpha over all criteria of pieces; `n` counts pieces.

    The criteria of a piece are not independent, so each piece is one observation: the interval comes from the slope
    of alpha along its coincidences (the infinitesimal jackknife; Jaeckel 1972, Efron 1981).
    """
    known: dict[tuple[int, ...], Pattern] = {}
    found: list[list[Pattern]] = []
    whole: Counter[Pattern] = Counter()
    for piece in pieces:
        used = [known.get(values) or known.setdefault(values, _pattern(values)) for values in map(tuple, piece)]
        used = [pattern for pattern in used if len(pattern) > 1 or (pattern and pattern[0][1] > 1)]
        if used:
            found.append(used)
            whole.update(used)
    cells = _cells(whole, {})
    value, n = _value(cells, metric), len(found)
    if value is None or n < 2:
        return None
    slopes = {kind: _slope(cells, _cells(Counter([kind]), {}), value, metric) for kind in whole}
    reach = Z * spread_of_sum([sum(slopes[kind] for kind in kinds) for kinds in found])
    return Alpha(value, n, Interval(max(-1.0, value - reach), min(1.0, value + reach)))


def _slope(cells: Cells, more: Cells, value: float, metric: Metric) -> float:
    """How alpha changes with a further unit of one kind, for a small part of it."""
    step = 1e-6 * sum(cells.values())
    moved = _value({**cells, **{pair: cells[pair] + step * weight for pair, weight in more.items()}}, metric)
    return 0.0 if moved is None else (moved - value) / step


def _pattern(values: Sequence[int]) -> Pattern:
    return tuple(sorted(Counter(values).items()))


def _cells(patterns: Counter[Pattern], weights: Mapping[Pattern, float]) -> dict[tuple[int, int], float]:
    """The coincidences of units, each pair weighed by 1 / (values - 1)."""
    cells: dict[tuple[int, int], float] = {}
    for pattern, times in patterns.items():
        weight = weights.get(pattern, float(times)) / (sum(n for _value, n in pattern) - 1)
        for one, n in pattern:
            for other, m in pattern:
                pairs = n * (n - 1) if one == other else n * m
                if pairs:
                    cells[one, other] = cells.get((one, other), 0.0) + weight * pairs
    return cells


def _value(cells: Cells, metric: Metric) -> float | None:
    totals: dict[int, float] = {}
    for (one, _other), weight in cells.items():
        totals[one] = totals.get(one, 0.0) + weight
    n = sum(totals.values())
    distance = _METRICS[metric](totals)
    observed = sum(weight * distance(one, other) for (one, other), weight in cells.items() if one != other)
    expected = sum(totals[one] * totals[other] * distance(one, other) for one in totals for other in totals)
    # After resampling, weights are no whole numbers; n - 1 keeps the form that Krippendorff gives for small samples.
    return None if expected <= 1e-12 or n <= 1 else 1 - (n - 1) * observed / expected


def _bootstrap(patterns: Counter[Pattern], metric: Metric, seed: int) -> Interval | None:
    if patterns.total() < 2 or len(patterns) < 2:
        return None
    random, n, found = Random(seed), patterns.total(), []
    ordered = sorted(patterns)  # the same marks in another order give the same draws
    for _draw in range(DRAWS):
        gammas = {kind: random.gammavariate(patterns[kind], 1.0) for kind in ordered}
        scale = n / sum(gammas.values())
        value = _value(_cells(patterns, {kind: gamma * scale for kind, gamma in gammas.items()}), metric)
        if value is not None:
            found.append(value)
    found.sort()
    tail = (1 - CONFIDENCE) / 2
    return Interval(found[int(tail * len(found))], found[min(len(found) - 1, int((1 - tail) * len(found)))])


Distance = Callable[[int, int], float]


def _ordinal(totals: Counts) -> Distance:
    """The values between two ranks, each end by half; Krippendorff's metric for ordered values."""
    below, at = {}, 0.0
    for value in sorted(totals):
        below[value] = at + totals[value] / 2
        at += totals[value]
    return lambda one, other: (below[one] - below[other]) ** 2


_METRICS: Mapping[Hashable, Callable[[Counts], Distance]] = {
    Metric.NOMINAL: lambda _totals: lambda one, other: float(one != other),
    Metric.ORDINAL: _ordinal,
    Metric.INTERVAL: lambda _totals: lambda one, other: float((one - other) ** 2),
    Metric.RATIO: lambda _totals: lambda one, other: ((one - other) / (one + other)) ** 2 if one + other else 0.0,
}
