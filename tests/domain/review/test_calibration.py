"""Calibration and the monthly draw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.review.calibration import agreement, differences, is_asked, months_later, passes
from app.domain.review.sample import draw, month_before

AGREED = [{"a": 1 + place % 4, "b": 4 - place % 4} for place in range(20)]


def test_the_same_levels_agree_fully() -> None:
    assert agreement([(levels, levels) for levels in AGREED]) == pytest.approx(1)
    assert agreement([]) is None
    assert agreement([({"a": 3}, {"a": 3})]) is None, "one level everywhere says nothing"


def test_kappa_is_the_quadratic_weighted_one() -> None:
    # By hand: levels 1, 2, 3, 4 against 2, 2, 3, 3. Squared distances 1 + 0 + 0 + 1; expected 22 by all pairs of 16.
    marks = [({"a": given}, {"a": agreed}) for given, agreed in ((1, 2), (2, 2), (3, 3), (4, 3))]
    expected = sum((one - other) ** 2 for one in (1, 2, 3, 4) for other in (2, 2, 3, 3)) / 4
    assert agreement(marks) == pytest.approx(1 - 2 / expected)


@pytest.mark.parametrize(
    ("kappa", "pieces", "passed"), [(0.6, 20, True), (0.5999, 20, False), (0.9, 19, False), (None, 20, False)]
)
def test_the_floor(kappa: float | None, pieces: int, passed: bool) -> None:
    assert passes(kappa, pieces) is passed


def test_differences_name_kind_and_strict_criteria() -> None:
    marks = [({"a": 3, "b": 2}, {"a": 2, "b": 3}), ({"a": 4, "b": 3}, {"a": 4, "b": 3})]
    kind, strict = differences(marks)
    assert (kind.criterion, kind.mean, kind.same, kind.pieces) == ("a", 0.5, 1, 2)
    assert (strict.criterion, strict.mean) == ("b", -0.5)


def test_nobody_is_asked_before_there_are_twenty_pieces() -> None:
    assert (is_asked(19), is_asked(20)) == (False, True)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [((2026, 11, 22), 12, (2027, 11, 22)), ((2027, 1, 31), 1, (2027, 2, 28)), ((2026, 12, 31), 2, (2027, 2, 28))],
)
def test_months_later(day: tuple[int, int, int], months: int, later: tuple[int, int, int]) -> None:
    assert months_later(datetime(*day, tzinfo=UTC), months) == datetime(*later, tzinfo=UTC)


@given(st.lists(st.uuids().map(str), max_size=80, unique=True), st.text(max_size=8))
def test_a_tenth_of_each_outcome_is_drawn_and_the_draw_can_be_repeated(ids: list[str], seed: str) -> None:
    half = len(ids) // 2
    decided = {"approved": ids[:half], "resubmit": ids[half:]}
    drawn = draw(seed, "2026-10", decided)
    assert len(drawn) == sum(-(-len(group) // 10) for group in decided.values())
    assert set(drawn) <= set(ids)
    turned = {name: list(reversed(group)) for name, group in decided.items()}
    assert draw(seed, "2026-10", turned) == drawn


def test_another_month_draws_others() -> None:
    ids = [str(number) for number in range(200)]
    assert draw("s", "2026-10", {"approved": ids}) != draw("s", "2026-11", {"approved": ids})
    assert draw("s", "2026-10", {"approved": ids}) != draw("t", "2026-10", {"approved": ids})


@pytest.mark.parametrize(("now", "month"), [((2026, 11, 1), "2026-10"), ((2027, 1, 31), "2026-12")])
def test_the_month_before(now: tuple[int, int, int], month: str) -> None:
    found, start, end = month_before(datetime(*now, 8, 30, tzinfo=UTC))
    assert (found, start.day, end) == (month, 1, datetime(now[0], now[1], 1, tzinfo=UTC))
    assert f"{start:%Y-%m}" == month
