"""Time per item."""

from __future__ import annotations

from app.domain.assessment.statistics.pace import LEAST, seconds_per_item, typical


def test_an_item_takes_the_time_since_the_save_before() -> None:
    assert seconds_per_item(100, [130, 190, 150]) == [30, 40, 20]


def test_an_item_without_an_answer_has_no_time() -> None:
    assert seconds_per_item(0, [None, 10, None]) == [None, 10, None]


def test_a_clock_that_ran_backward_takes_no_time() -> None:
    assert seconds_per_item(100, [90]) == [0]


def test_the_typical_time_is_the_median_of_enough() -> None:
    assert typical([5.0] * (LEAST - 1)) is None
    assert typical([5.0] * LEAST + [900.0]) == 5
