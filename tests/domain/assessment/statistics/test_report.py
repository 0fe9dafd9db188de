"""The whole report on random attempts, against numpy on the same attempts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import pytest

from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.statistics.book import Book, Cell
from app.domain.assessment.statistics.chosen import Chosen, Sat
from app.domain.assessment.statistics.intervals import clopper_pearson
from app.domain.assessment.statistics.report import BINS, QuizReport, histogram, quiz_report
from app.domain.assessment.statistics.verdicts import Finding
from tests.domain.assessment.samples import item_dict
from tests.domain.assessment.statistics.reference import discrimination, reference

ITEM = item_from_dict(item_dict("single_choice"))
FIXED, POOL, DRAWN = 6, 12, 4
SHARES = ["0", "1/3", "1/2", "1"]


@dataclass(frozen=True)
class Sheet:
    """One attempt as plain data."""

    sat: Sat
    cells: list[Cell]

    def share(self, key: str) -> float | None:
        return next((float(Fraction(cell.share)) for cell in self.cells if cell.key == key), None)


def sheets(seed: int, people: int = 60) -> list[Sheet]:
    """Six items that all have, two of three points, one of them in two versions; four drawn out of twelve."""
    chance, found = random.Random(seed), []
    for person in range(people):
        ability = chance.random()

        def earn(partial: bool, ability: float = ability) -> str:
            value = 0.7 * ability + 0.4 * chance.random()
            return SHARES[min(3, int(value * 4))] if partial else ("1" if value > 0.55 else "0")

        cells = [
            Cell(f"f{n}", f"f{n}/{1 + (n == 0 and person % 3 == 0)}", earn(n % 2 == 1), 3 if n < 2 else 1, None, 9.0)
            for n in range(FIXED)
        ]
        cells += [
            Cell(
                f"d{n}", f"d{n}/1", share := earn(False), 1, f'{{"chosen": "{"c" if share == "1" else "a"}"}}', 20.0 + n
            )
            for n in chance.sample(range(POOL), DRAWN)
        ]
        share = sum(Fraction(cell.share) * cell.points for cell in cells) / sum(cell.points for cell in cells)
        found.append(Sheet(Sat(person, 1, share, share > Fraction(1, 2)), cells))
    return found


def report_on(attempts: list[Sheet], chosen: Chosen = Chosen.FIRST, item: Any = ITEM) -> QuizReport:
    book = Book()
    for attempt in attempts:
        book.add(attempt.sat, attempt.cells)
    return quiz_report(book, chosen, dict.fromkeys(book.versions, item))


@pytest.mark.parametrize("seed", range(6))
def test_every_number_is_that_of_numpy(seed: int) -> None:
    attempts = sheets(seed)
    found = report_on(attempts)
    points = np.array([[float(Fraction(c.share)) * c.points for c in sheet.cells] for sheet in attempts])
    highest = np.array([3, 3, *[1] * (FIXED + DRAWN - 2)], dtype=float)
    known, whole = reference(points, highest), highest.sum()
    for name in ("skewness", "kurtosis", "cic", "error_ratio"):
        assert getattr(found.figures, name) == pytest.approx(known[name], rel=1e-9), name
    for name in ("mean", "median", "spread", "standard_error"):
        assert getattr(found.figures, name) == pytest.approx(100 * known[name] / whole, rel=1e-9), name
    for place, expected in zip(found.figures.places, known["places"], strict=True):
        for name, value in expected.items():
            assert getattr(place, name) == pytest.approx(value, rel=1e-9, abs=1e-9), name
    totals = points.sum(axis=1)
    for item in found.items:
        had = [n for n, sheet in enumerate(attempts) if any(cell.version == item.version for cell in sheet.cells)]
        marks = np.array([attempts[n].share(item.key) or 0.0 for n in had])
        worth = 3 if item.key in ("f0", "f1") else 1
        others = totals[had] - (0 if item.is_drawn else marks * worth)
        expected = discrimination(marks, others)
        assert item.is_drawn == item.key.startswith("d")
        assert (item.n, item.facility) == (len(had), pytest.approx(marks.mean(), rel=1e-9))
        assert item.spread == pytest.approx(marks.std(ddof=1), rel=1e-9)
        assert item.discrimination == pytest.approx(expected["discrimination"], rel=1e-9, abs=1e-9)
        assert item.efficiency == pytest.approx(expected["efficiency"], rel=1e-9, abs=1e-9)
        ordered = np.sort(totals)
        low, high = ordered[len(ordered) // 3 - 1], ordered[-(len(ordered) // 3)]
        bottom, top = marks[totals[had] <= low], marks[totals[had] >= high]
        if len(bottom) and len(top):
            assert item.thirds is not None
            assert item.thirds.difference == pytest.approx(top.mean() - bottom.mean(), rel=1e-9, abs=1e-12)
        else:
            assert item.thirds is None
        if item.is_drawn:
            assert item.facility_interval == clopper_pearson(int(marks.sum()), len(had))
            assert (item.intended_weight, item.effective_weight) == (None, None)
        if item.seconds is not None:
            expected_seconds = 9.0 if item.key.startswith("f") else 20.0 + int(item.key[1:])
            assert item.seconds == median([expected_seconds])


def test_the_order_of_the_attempts_does_not_matter() -> None:
    attempts = sheets(3)
    found = report_on(attempts)
    mixed = list(attempts)
    random.Random(9).shuffle(mixed)
    assert report_on(mixed) == found


def test_items_have_a_table_of_answers_a_guess_and_a_verdict() -> None:
    found = report_on(sheets(1, 400))
    drawn = next(item for item in found.items if item.key == "d0")
    chosen = {row.text: row.tally.all for row in drawn.answers.rows}
    assert chosen["Text c"] == round((drawn.facility or 0) * drawn.n)
    assert sum(chosen.values()) == drawn.n == drawn.answers.seen.all
    assert drawn.guess == 0.25
    assert drawn.verdicts[0].finding is not Finding.TOO_FEW


def test_who_passed_and_how_many_people() -> None:
    attempts = sheets(2, 10)
    again = [Sheet(Sat(0, 2, Fraction(1), True), attempts[0].cells)]
    everybody = report_on([*attempts, *again], Chosen.ALL)
    assert (everybody.figures.n, everybody.people) == (11, 10)
    assert everybody.passed == sum(sheet.sat.passed for sheet in [*attempts, *again])
    assert report_on([*attempts, *again], Chosen.FIRST).figures.n == 10


def test_one_attempt_has_what_one_attempt_can_have() -> None:
    found = report_on(sheets(4, 1))
    assert (found.figures.n, found.figures.cic, found.figures.spread) == (1, None, None)
    assert {item.verdicts[0].finding for item in found.items} == {Finding.TOO_FEW}
    assert all(item.discrimination is None and item.thirds is None for item in found.items)


def test_bars_of_the_histogram_hold_everybody() -> None:
    bars = histogram([Fraction(0), Fraction(1, 20), Fraction(1, 21), Fraction(99, 100), Fraction(1)])
    assert len(bars) == BINS
    assert (bars[0], bars[1], bars[-1]) == (2, 1, 2)
