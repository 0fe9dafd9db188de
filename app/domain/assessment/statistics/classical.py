"""Classical test statistics of a quiz, its places and its items, as Moodle's quiz report defines them.

Source: the house's learning reference, section 3.2 (Moodle's calculator.php). S attempts, P places, x_ij the mark of
attempt i at place j, T_i the total, O_ij = T_i - x_ij the rest. Each figure is None exactly where it is undefined:

* facility: mean(x_j) / max_j; None when max_j = 0
* standard deviation: sqrt V(x_j); None for S < 2
* discrimination: 100 C(x_j, O_j) / sqrt(V(x_j) V(O_j)), a corrected item-rest correlation, which many pages call
  otherwise and which is not the difference of the best and the weakest third; None when either variance is 0
* efficiency: 100 C(x_j, O_j) / Cmax, where Cmax is C of both columns sorted; None when Cmax = 0
* effective weight: 100 sqrt C(x_j, T) / sum of sqrt C(x_k, T) over the places with C >= 0; None when the own C < 0
* CIC (Cronbach's alpha x 100): 100 P / (P - 1) (1 - sum V(x_j) / V(T)), never clamped: it can be far below zero;
  None for S < 3, P < 2 or V(T) = 0
* error ratio: 100 sqrt(1 - CIC / 100); standard error: error ratio x SD(T) / 100

For an item that was drawn into a random place, O is the whole total T, not T - x.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from operator import sub
from statistics import median

from app.domain.assessment.statistics.intervals import Sample
from app.domain.assessment.statistics.moments import Series, kurtosis, skewness


class Column:
    """What the attempts earned at one place or with one item, row by row, in whole numbers.

    `marks` are parts of the totals, in their unit; `own` are the same marks as parts of what there was to earn here,
    `full` for everything. The two differ by more than a factor only where attempts could earn different sums of
    points. `possible` is the sum of the highest marks, in the unit of the totals.
    """

    __slots__ = ("full", "marks", "own", "possible")

    def __init__(self, marks: Sequence[int], own: Sequence[int], full: int, possible: int) -> None:
        if len(marks) != len(own):
            raise ValueError("Every mark is there in both forms.")
        self.marks, self.own = Series(marks), Series(own)
        self.full, self.possible = full, possible

    @property
    def facility(self) -> float | None:
        """The mean mark as a share of the highest mark, 0 to 1."""
        average = self.own.mean
        return None if average is None or not self.possible else float(average / self.full)

    @property
    def spread(self) -> float | None:
        """The standard deviation as a share of the highest mark."""
        deviation = self.own.deviation
        return None if deviation is None or not self.possible else deviation / self.full

    def sample(self) -> Sample | None:
        """What the interval of the facility needs; None when there is no mark to win."""
        facility, spread = self.facility, self.spread
        if facility is None:
            return None
        counts = Counter(self.own.values)
        right = counts[self.full] if set(counts) <= {0, self.full} else None
        return Sample(self.own.n, facility, None if spread is None else spread**2, right)

    def relation(self, totals: Series, *, drawn: bool) -> Relation:
        """How the marks go with the rest of each total; of a drawn item, with the whole total."""
        return relation(self.own, totals if drawn else Series(list(map(sub, totals.values, self.marks.values))))


@dataclass(frozen=True, slots=True)
class Relation:
    """How the marks of an item go with the marks beside it, in percent (-100 to 100)."""

    discrimination: float | None
    efficiency: float | None


def relation(marks: Series, others: Series) -> Relation:
    """Discrimination and discriminative efficiency of marks against what stands beside them."""
    together, own, beside = marks.covariance(others), marks.variance, others.variance
    if together is None or own is None or beside is None:
        return Relation(None, None)
    greatest = marks.greatest_covariance(others.values)
    return Relation(
        100 * float(together) / sqrt(own * beside) if own and beside else None,
        float(100 * together / greatest) if greatest else None,
    )


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """One place of a quiz. Weights, discrimination and efficiency in percent, the rest as shares of 1."""

    facility: float | None
    spread: float | None
    intended_weight: float
    effective_weight: float | None
    discrimination: float | None
    efficiency: float | None


@dataclass(frozen=True, slots=True)
class QuizFigures:
    """A whole quiz. Mean, median, spread and standard error in the unit of the marks."""

    n: int
    mean: float | None
    median: float | None
    spread: float | None
    skewness: float | None
    kurtosis: float | None
    cic: float | None
    error_ratio: float | None
    standard_error: float | None
    places: tuple[PlaceFigures, ...]


def quiz_figures(columns: Sequence[Column], totals: Series) -> QuizFigures:
    """Every figure of a quiz whose places have these marks; `totals` are the sums of its rows."""
    alpha = cic([column.marks for column in columns], totals)
    # Alpha is at most 1, so the root is of nothing negative but for the last digit.
    ratio = None if alpha is None else 100 * sqrt(max(0.0, 1 - alpha / 100))
    deviation = totals.deviation
    return QuizFigures(
        n=totals.n,
        mean=None if totals.mean is None else float(totals.mean),
        median=float(median(totals.values)) if totals.n else None,
        spread=deviation,
        skewness=skewness(totals.values),
        kurtosis=kurtosis(totals.values),
        cic=alpha,
        error_ratio=ratio,
        standard_error=None if ratio is None or deviation is None else ratio * deviation / 100,
        places=tuple(_places(columns, totals)),
    )


def cic(columns: Sequence[Series], totals: Series) -> float | None:
    """The coefficient of internal consistency in percent: 100 for perfect, negative for places at odds."""
    size, whole = len(columns), totals.variance
    if totals.n < 3 or size < 2 or not whole:
        return None
    apart = sum((column.variance or Fraction(0) for column in columns), Fraction(0))
    return float(100 * Fraction(size, size - 1) * (1 - apart / whole))


def _places(columns: Sequence[Column], totals: Series) -> Iterator[PlaceFigures]:
    possible = sum(column.possible for column in columns)
    effective = effective_weights([column.marks for column in columns], totals)
    for column, worked in zip(columns, effective, strict=True):
        beside = column.relation(totals, drawn=False)
        yield PlaceFigures(
            facility=column.facility,
            spread=column.spread,
            intended_weight=100 * column.possible / possible if possible else 0.0,
            effective_weight=worked,
            discrimination=beside.discrimination,
            efficiency=beside.efficiency,
        )


def effective_weights(columns: Sequence[Series], totals: Series) -> list[float | None]:
    """How much each place really decides about the totals, in percent; None where it works against them."""
    roots: list[float | None] = []
    for column in columns:
        together = column.covariance(totals)
        roots.append(None if together is None or together < 0 else sqrt(together))
    whole = sum(root for root in roots if root is not None)
    return [None if root is None or not whole else 100 * root / whole for root in roots]
