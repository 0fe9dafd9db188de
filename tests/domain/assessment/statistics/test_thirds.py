"""Thirds, with ties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.statistics.thirds import BOTTOM, MIDDLE, TOP, Cuts, cuts, thirds


def test_six_attempts_make_three_pairs() -> None:
    assert cuts([10, 20, 30, 40, 50, 60]) == Cuts(20, 50)
    assert thirds([60, 10, 30, 20, 50, 40]) == [TOP, BOTTOM, MIDDLE, BOTTOM, TOP, MIDDLE]


def test_equal_totals_stay_together() -> None:
    assert thirds([1, 1, 1, 1, 5, 9]) == [BOTTOM, BOTTOM, BOTTOM, BOTTOM, TOP, TOP]


def test_there_are_no_thirds_of_two_people_or_of_equals() -> None:
    assert cuts([1, 2]) is None
    assert cuts([5, 5, 5, 5]) is None
    assert thirds([5, 5, 5]) == [MIDDLE, MIDDLE, MIDDLE]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_outer_thirds_hold_at_least_a_third_and_the_top_beats_the_bottom(totals: list[int]) -> None:
    found = thirds(totals)
    bottom = [total for total, third in zip(totals, found, strict=True) if third == BOTTOM]
    top = [total for total, third in zip(totals, found, strict=True) if third == TOP]
    if cuts(totals) is not None:
        assert min(len(bottom), len(top)) >= len(totals) // 3
        assert max(bottom) < min(top)
