"""The figures of a quiz against an independent implementation with numpy, by hand, and where they are undefined."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.domain.assessment.statistics.classical import (
    Column,
    QuizFigures,
    cic,
    effective_weights,
    quiz_figures,
    relation,
)
from app.domain.assessment.statistics.moments import Series
from tests.domain.assessment.statistics.reference import reference

Marks = NDArray[np.int64]


def figures(marks: Marks, highest: list[int]) -> QuizFigures:
    """The figures of attempts (rows) at places (columns) with these highest marks."""
    columns = [
        Column(column.tolist(), column.tolist(), top, top * len(column))
        for column, top in zip(marks.T, highest, strict=True)
    ]
    return quiz_figures(columns, Series(marks.sum(axis=1).tolist()))


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_is_that_of_the_reference(seed: int) -> None:
    chance = np.random.default_rng(seed)
    people, places = int(chance.integers(4, 200)), int(chance.integers(2, 30))
    highest = chance.integers(1, 12, places)
    ability = chance.random((people, 1))
    marks = np.floor((ability * 0.6 + chance.random((people, places)) * 0.5) * (highest + 0.99)).astype(int)
    marks = np.minimum(marks, highest)
    found, known = figures(marks, highest.tolist()), reference(marks.astype(float), highest.astype(float))
    for name in ("mean", "median", "spread", "skewness", "kurtosis", "cic", "error_ratio", "standard_error"):
        assert getattr(found, name) == pytest.approx(known[name], rel=1e-9, abs=1e-9), name
    for place, expected in zip(found.places, known["places"], strict=True):
        for name, value in expected.items():
            assert getattr(place, name) == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_a_small_quiz_by_hand() -> None:
    # Three people, two places of one point: (1, 1), (1, 0), (0, 0). Totals 2, 1, 0.
    found = figures(np.array([[1, 1], [1, 0], [0, 0]]), [1, 1])
    first, second = found.places
    assert (found.mean, found.median, found.spread) == (1, 1, 1)
    assert found.skewness == 0
    # V = 1/3 at both places, V(T) = 1: alpha = 2/1 (1 - 2/3) = 2/3.
    assert found.cic == pytest.approx(200 / 3)
    assert found.error_ratio == pytest.approx(100 * sqrt(1 / 3))
    assert found.standard_error == pytest.approx(sqrt(1 / 3))
    # C(x1, x2) = 1/6, V = 1/3 each: 50; sorted, the two are the same columns but for one: 1/6.
    assert (first.discrimination, first.efficiency) == pytest.approx((50, 100))
    assert first.facility == pytest.approx(2 / 3)
    assert second.facility == pytest.approx(1 / 3)
    assert first.spread == pytest.approx(sqrt(1 / 3))
    assert (first.intended_weight, first.effective_weight) == pytest.approx((50, 50))


def test_consistency_may_be_far_below_zero() -> None:
    places = [Series([0, 1, 0, 2, 1]), Series([2, 1, 2, 0, 0])]
    totals = Series([2, 2, 2, 2, 1])
    # V = 0.7 and 1, V(T) = 0.2: 2 (1 - 1.7 / 0.2) = -15.
    assert cic(places, totals) == pytest.approx(-1500)


def test_consistency_is_undefined_for_few_people_few_places_or_equal_totals() -> None:
    assert cic([Series([0, 1]), Series([1, 0])], Series([1, 1])) is None
    assert cic([Series([0, 1, 1])], Series([0, 1, 1])) is None
    assert cic([Series([0, 1, 0]), Series([1, 0, 1])], Series([1, 1, 1])) is None
    found = figures(np.array([[0, 1], [1, 0], [0, 1]]), [1, 1])
    assert (found.cic, found.error_ratio, found.standard_error) == (None, None, None)


def test_discrimination_is_undefined_when_nobody_differs() -> None:
    same = relation(Series([1, 1, 1]), Series([3, 4, 5]))
    assert (same.discrimination, same.efficiency) == (None, None)
    rest = relation(Series([0, 1, 1]), Series([4, 4, 4]))
    assert (rest.discrimination, rest.efficiency) == (None, None)
    alone = relation(Series([1]), Series([3]))
    assert (alone.discrimination, alone.efficiency) == (None, None)


def test_a_place_that_works_against_the_quiz_has_no_effective_weight() -> None:
    against, good, better = Series([2, 1, 0]), Series([0, 1, 2]), Series([0, 2, 4])
    totals = Series([2, 4, 6])
    # C with the totals: -2, 2, 4.
    shares = [100 * root / (sqrt(2) + 2) for root in (sqrt(2), 2)]
    assert effective_weights([against, good, better], totals) == [None, *map(pytest.approx, shares)]
    assert effective_weights([Series([1, 1])], Series([1, 1])) == [None]


def test_nothing_to_win_has_no_facility() -> None:
    column = Column([0, 0], [0, 0], 1, 0)
    assert (column.facility, column.spread, column.sample()) == (None, None, None)
    assert quiz_figures([column], Series([0, 0])).places[0].intended_weight == 0


def test_one_person_has_a_facility_and_nothing_else() -> None:
    found = figures(np.array([[1, 0]]), [1, 1])
    assert (found.n, found.mean, found.spread, found.cic) == (1, 1, None, None)
    assert (found.places[0].facility, found.places[0].spread) == (1, None)
    nobody = quiz_figures([], Series([]))
    assert (nobody.n, nobody.mean, nobody.median) == (0, None, None)


def test_all_or_nothing_marks_count_the_right_and_partial_ones_do_not() -> None:
    right = Column([0, 4, 4], [0, 4, 4], 4, 12).sample()
    partial = Column([0, 2, 4], [0, 2, 4], 4, 12).sample()
    assert right is not None and (right.n, right.right, right.mean) == (3, 2, pytest.approx(2 / 3))
    assert partial is not None and (partial.right, partial.mean, partial.variance) == (None, 0.5, pytest.approx(0.25))


def test_both_forms_of_the_marks_have_the_same_rows() -> None:
    with pytest.raises(ValueError, match="both forms"):
        Column([1], [1, 0], 1, 1)


TABLES = st.integers(1, 6).flatmap(
    lambda places: st.lists(st.lists(st.integers(-2, 4), min_size=places, max_size=places), min_size=1, max_size=25)
)


@given(TABLES, st.randoms())
def test_figures_keep_to_their_ranges_and_forget_the_order(rows: list[list[int]], chance) -> None:  # type: ignore[no-untyped-def]
    marks = np.array(rows)
    found = figures(marks, [4] * marks.shape[1])
    mixed = list(rows)
    chance.shuffle(mixed)
    assert figures(np.array(mixed), [4] * marks.shape[1]) == found
    assert found.cic is None or found.cic <= 100 + 1e-9
    weights = [place.effective_weight for place in found.places if place.effective_weight is not None]
    assert not weights or sum(weights) == pytest.approx(100)
    assert sum(place.intended_weight for place in found.places) == pytest.approx(100)
    for place in found.places:
        assert place.discrimination is None or abs(place.discrimination) <= 100 + 1e-9
        assert place.efficiency is None or place.efficiency <= 100 + 1e-9
