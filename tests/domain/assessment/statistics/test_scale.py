"""Who is put on a scale, and how sure the place is."""

from __future__ import annotations

import random
from fractions import Fraction
from math import exp

import pytest
from scipy.integrate import quad
from scipy.stats import norm

from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.statistics.book import Book, Cell, Table
from app.domain.assessment.statistics.chosen import Chosen, Sat, choose
from app.domain.assessment.statistics.record import item_from_record, item_record
from app.domain.assessment.statistics.report import quiz_report
from app.domain.assessment.statistics.scale import (
    ENOUGH_FOR_RASCH,
    ENOUGH_FOR_SLOPES,
    MISSING,
    Fit,
    Model,
    Request,
    request,
    scales,
    standard_error,
)
from tests.domain.assessment.samples import item_dict


def sitting(people: int, items: int = 14, drawn: int = 12, seed: int = 3) -> Book:
    """People of whom each draws most of the items; the first item is right for everybody."""
    chance, book = random.Random(seed), Book()
    for person in range(people):
        ability = chance.gauss(0, 1)
        here = [0, *sorted(chance.sample(range(1, items), drawn - 1))]
        right = [n == 0 or chance.random() < 1 / (1 + exp(n / 4 - 1.5 - ability)) for n in here]
        cells = [Cell(f"i{n}", f"i{n}/1", str(int(ok)), 1, None, None) for n, ok in zip(here, right, strict=True)]
        book.add(Sat(person, 1, Fraction(sum(right), drawn), True), cells)
    return book


def table(book: Book) -> Table:
    return book.table(choose(book.attempts, Chosen.FIRST))


def test_a_request_marks_what_was_not_drawn_and_leaves_out_what_everybody_knew() -> None:
    asked = request(table(sitting(200)))
    assert asked is not None
    assert asked.model is Model.RASCH
    assert sorted(map(str, asked.versions)) == sorted(f"i{n}/1" for n in range(1, 14))
    assert all(len(row) == 200 for row in asked.rows)
    drawn = [sum(row[person] != MISSING for row in asked.rows) for person in range(200)]
    assert drawn == [11] * 200


@pytest.mark.parametrize(
    ("people", "items", "drawn", "model"),
    [
        (ENOUGH_FOR_RASCH - 1, 14, 14, None),
        (ENOUGH_FOR_RASCH, 14, 14, Model.RASCH),
        (ENOUGH_FOR_RASCH, 10, 10, None),
        (ENOUGH_FOR_SLOPES, 14, 14, Model.TWO),
        (ENOUGH_FOR_SLOPES, 14, 12, Model.RASCH),
    ],
    ids=["too few people", "enough", "nine items vary", "slopes", "too few for each item's slope"],
)
def test_the_model_follows_the_number_of_attempts(people: int, items: int, drawn: int, model: Model | None) -> None:
    asked = request(table(sitting(people, items, drawn)))
    assert (asked.model if asked else None) is model


def test_the_error_of_a_difficulty_is_that_of_the_information_at_normal_abilities() -> None:
    for slope, difficulty in ((1.0, 0.0), (0.6, -1.5), (2.1, 2.0)):

        def information(ability: float, a: float = slope, b: float = difficulty) -> float:
            right = 1 / (1 + exp(-a * (ability - b)))
            return a * a * right * (1 - right) * float(norm.pdf(ability))

        whole, _error = quad(information, -8, 8, epsabs=1e-12)
        assert standard_error(150, slope, difficulty) == pytest.approx((150 * whole) ** -0.5, rel=1e-6)


def test_a_slope_at_the_bound_of_the_search_is_no_result() -> None:
    asked = Request(Model.TWO, ("a", "b"), ((0, 1, MISSING), (1, 0, 1)))
    found = scales(asked, Fit(slopes=(1.2, 4.0), difficulties=(0.3, 9.0)))
    assert list(found) == ["a"]
    assert (found["a"].n, found["a"].difficulty, found["a"].slope) == (2, 0.3, 1.2)


def test_a_report_carries_the_scale_and_keeps_it() -> None:
    book = sitting(150)
    item = item_from_dict(item_dict("single_choice"))
    definitions = dict.fromkeys(book.versions, item)

    def fitter(asked: Request) -> Fit:
        return Fit((1.1,) * len(asked.rows), tuple(float(n) for n in range(len(asked.rows))))

    placed = {each.version: each.scale for each in quiz_report(book, Chosen.FIRST, definitions, fitter).items}
    assert placed["i0/1"] is None, "everybody knew it"
    assert sum(scale is not None for scale in placed.values()) == 13
    assert all(each.scale is None for each in quiz_report(book, Chosen.FIRST, definitions).items)
    for each in quiz_report(book, Chosen.FIRST, definitions, fitter).items:
        assert item_from_record(item_record(each)) == each
