"""The window of the follow-up photo."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.exercise import exercise_from_dict
from app.domain.practice.healed import HealedAsk, Standing, window_of
from tests.domain.practice.samples import EXERCISE

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        (0, Standing.EARLY),
        (27, Standing.EARLY),
        (28, Standing.OPEN),
        (49, Standing.OPEN),
        (50, Standing.CLOSING),
        (56, Standing.CLOSING),
        (57, Standing.OVER),
    ],
)
def test_a_photo_is_taken_from_the_fourth_to_the_eighth_week(days: int, standing: Standing) -> None:
    window = window_of(HealedAsk(), DAY)
    assert window.standing(DAY + timedelta(days=days)) is standing


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 400))
def test_photos_are_taken_exactly_while_the_window_is_open(first: int, more: int, days: int) -> None:
    window = window_of(HealedAsk(first, first + more), DAY)
    day = DAY + timedelta(days=days)
    assert window.takes(day) == (window.standing(day) in (Standing.OPEN, Standing.CLOSING))


def test_an_exercise_says_whether_it_asks() -> None:
    assert exercise_from_dict(EXERCISE).healed is None
    asked = exercise_from_dict({**EXERCISE, "healed": {"first_week": 5, "last_week": 9, "required": True}})
    assert asked.healed == HealedAsk(5, 9, True)
    with pytest.raises(ValueError, match="first week before the last"):
        exercise_from_dict({**EXERCISE, "healed": {"first_week": 5, "last_week": 5}})
