"""The whole report on one version of a quiz: its figures, a histogram, and every item with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import compress
from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.statistics.answers import AnswerTable, Tally, answer_table
from app.domain.assessment.statistics.book import Book, ItemCells
from app.domain.assessment.statistics.chosen import Chosen, choose
from app.domain.assessment.statistics.classical import (
    Column,
    PlaceFigures,
    QuizFigures,
    Relation,
    quiz_figures,
)
from app.domain.assessment.statistics.guessing import guess_score
from app.domain.assessment.statistics.intervals import Interval, Sample, correlation_interval, facility_interval
from app.domain.assessment.statistics.moments import Series
from app.domain.assessment.statistics.pace import typical
from app.domain.assessment.statistics.scale import Fitter, ItemScale, together
from app.domain.assessment.statistics.thirds import BOTTOM, MIDDLE, TOP, thirds
from app.domain.assessment.statistics.verdicts import Evidence, Verdict, verdicts

BINS = 20
"""Bars of the histogram: five points of a hundred each; the last one holds 100, too."""


@dataclass(frozen=True, slots=True)
class ThirdsDifference:
    """Facility in the best and in the weakest third; their difference is a simple measure of separation of its own."""

    bottom: float
    top: float

    @property
    def difference(self) -> float:
        """The best third less the weakest, -1 to 1."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class ItemReport:
    """One version of an item. Shares of 1; discrimination and efficiency in percent."""

    key: str
    version: Hashable
    is_drawn: bool
    n: int
    sample: Sample | None
    facility: float | None
    facility_interval: Interval | None
    spread: float | None
    discrimination: float | None
    discrimination_interval: Interval | None
    efficiency: float | None
    intended_weight: float | None
    effective_weight: float | None
    thirds: ThirdsDifference | None
    guess: float | None
    seconds: float | None
    answers: AnswerTable
    verdicts: tuple[Verdict, ...]
    scale: ItemScale | None = None


@dataclass(frozen=True, slots=True)
class QuizReport:
    """A quiz at one version, by the chosen attempts. Mean, median, spread and standard error in percent.

    `fixed` names the items of the first places of the figures; the places after them are random.
    """

    chosen: Chosen
    people: int
    passed: int
    figures: QuizFigures
    histogram: tuple[int, ...]
    fixed: tuple[str, ...]
    items: tuple[ItemReport, ...]


def quiz_report(
    book: Book, chosen: Chosen, items: Mapping[Hashable, Item[Any]], fitter: Fitter | None = None
) -> QuizReport:
    """Everything about the attempts of a book; `items` are the definitions of all versions in it.

    Items are placed on a scale with people where there is a `fitter` and enough attempts.
    """
    table = book.table(choose(book.attempts, chosen))
    figures = quiz_figures(table.columns, table.totals)
    place_of = dict(zip(table.fixed, figures.places, strict=False))  # the random places come after them
    of_third = thirds(table.totals.values)
    reports = [
        _item(cells, table.totals, of_third, items[cells.version], place_of.get(cells.key)) for cells in table.items()
    ]
    placed = together(table, fitter) if fitter else {}
    reports = [replace(report, scale=placed.get(report.version)) for report in reports]
    return QuizReport(
        chosen=chosen,
        people=len({attempt.person for attempt in table.attempts}),
        passed=sum(attempt.passed for attempt in table.attempts),
        figures=_in_percent(figures, table.unit),
        histogram=histogram([attempt.share for attempt in table.attempts]),
        fixed=tuple(table.fixed),
        items=tuple(sorted(reports, key=lambda report: (report.key, str(report.version)))),
    )


def histogram(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """How many shares fall into each twentieth of the range from nothing to everything; everything is in the last."""
    bars = [0] * BINS
    for share in shares:
        bars[min(max(int(share * BINS), 0), BINS - 1)] += 1
    return tuple(bars)


def _in_percent(figures: QuizFigures, unit: int) -> QuizFigures:
    def scaled(value: float | None) -> float | None:
        return None if value is None else 100 * value / unit

    return replace(
        figures,
        mean=scaled(figures.mean),
        median=scaled(figures.median),
        spread=scaled(figures.spread),
        standard_error=scaled(figures.standard_error),
    )


def _item(
    cells: ItemCells, totals: Series, of_third: Sequence[int], item: Item[Any], place: PlaceFigures | None
) -> ItemReport:
    n, third = len(cells.rows), list(map(of_third.__getitem__, cells.rows))
    beside = _relation(cells, totals, place)
    sample, strength = cells.column.sample(), beside.discrimination
    interval = None if sample is None else facility_interval(sample)
    reach = None if strength is None else correlation_interval(strength / 100, n)
    reach = None if reach is None else Interval(100 * reach.low, 100 * reach.high)
    guess = guess_score(item)
    facility, chance = None if sample is None else sample.mean, None if guess is None else float(guess)
    answers = answer_table(item, _tallies(cells, third))
    evidence = Evidence(n, facility, interval, strength, reach, chance, item.safety, answers)
    return ItemReport(
        key=cells.key,
        version=cells.version,
        is_drawn=cells.is_drawn,
        n=n,
        sample=sample,
        facility=facility,
        facility_interval=interval,
        spread=cells.column.spread,
        discrimination=strength,
        discrimination_interval=reach,
        efficiency=beside.efficiency,
        intended_weight=place.intended_weight if place else None,
        effective_weight=place.effective_weight if place else None,
        thirds=_thirds(cells.column, third),
        guess=chance,
        seconds=typical(cells.seconds),
        answers=answers,
        verdicts=verdicts(evidence),
    )


def _relation(cells: ItemCells, totals: Series, place: PlaceFigures | None) -> Relation:
    if place is not None and len(cells.rows) == totals.n:  # the item is its place
        return Relation(place.discrimination, place.efficiency)
    own = Series(list(map(totals.values.__getitem__, cells.rows)))
    return cells.column.relation(own, drawn=cells.is_drawn)


def _tallies(cells: ItemCells, third: Sequence[int]) -> dict[str | None, Tally]:
    counts = Counter(zip(cells.answers, third, strict=True))
    return {
        cells.texts[code]: Tally(*(counts[code, which] for which in (BOTTOM, MIDDLE, TOP)))
        for code in {code for code, _third in counts}
    }


def _thirds(column: Column, third: Sequence[int]) -> ThirdsDifference | None:
    shares = []
    for wanted in (BOTTOM, TOP):
        inside = list(compress(column.own.values, map(wanted.__eq__, third)))
        if not inside:
            return None
        shares.append(float(Fraction(sum(inside), len(inside) * column.full)))
    return ThirdsDifference(*shares)
