"""Waiting times: quantiles by hand and by definition, weeks, and silence where there is too little."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.turnaround.figures import Wait, by_reviewer, by_week, monday_of, quantile, turnaround

PROMISE = timedelta(hours=48)
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


def wait(hours: float, sent: datetime = MONDAY, reviewer: str = "ann", taken: float | None = None) -> Wait:
    at = None if taken is None else sent + timedelta(hours=taken)
    return Wait(sent, at, sent + timedelta(hours=hours), reviewer)


class TestQuantile:
    def test_by_hand(self):
        """The classic example of the nearest rank: 15, 20, 35, 40, 50."""
        values = [timedelta(hours=n) for n in (50, 15, 40, 20, 35)]
        shares = {0.05: 15, 0.3: 20, 0.4: 20, 0.5: 35, 1.0: 50}
        assert {share: quantile(values, share) / timedelta(hours=1) for share in shares} == shares

    @given(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), min_size=1), st.floats(0.01, 1))
    def test_at_least_the_share_is_not_slower_and_it_is_the_smallest_such_value(self, values, share):
        found = quantile(values, share)
        assert found in values
        assert sum(value <= found for value in values) >= share * len(values) - 1e-9
        assert sum(value < found for value in values) < share * len(values) + 1e-9


class TestTurnaround:
    def test_by_hand(self):
        found = turnaround(
            [wait(hours, taken=hours - 2) for hours in (5, 10, 20, 30, 40, 47, 48, 49, 60, 100)], PROMISE
        )
        assert found.n == 10
        assert (found.median, found.ninetieth) == (timedelta(hours=40), timedelta(hours=60))
        assert found.kept == 0.7, "48 hours to the second keep the promise"
        assert found.kept_interval.low == pytest.approx(0.3475, abs=5e-5)  # Clopper and Pearson for 7 of 10
        assert found.kept_interval.high == pytest.approx(0.9333, abs=5e-5)
        assert found.handling == timedelta(hours=2)

    def test_nine_results_are_too_few(self):
        found = turnaround([wait(5)] * 9, PROMISE)
        assert (found.n, found.median, found.ninetieth, found.kept) == (9, None, None, None)

    def test_handling_is_unknown_where_nobody_knows_when_it_was_taken(self):
        assert turnaround([wait(5)] * 10, PROMISE).handling is None

    def test_by_reviewer(self):
        found = by_reviewer([wait(5)] * 10 + [wait(60, reviewer="bea")] * 12, PROMISE)
        assert {name: (line.n, line.kept) for name, line in found.items()} == {"ann": (10, 1.0), "bea": (12, 0.0)}


class TestWeeks:
    def test_a_week_ends_on_sunday_in_utc(self):
        assert monday_of(datetime(2026, 11, 8, 23, 59, tzinfo=UTC)) == date(2026, 11, 2)
        assert monday_of(datetime(2026, 11, 9, 0, 0, tzinfo=UTC)) == date(2026, 11, 9)

    def test_quiet_weeks_are_there_too(self):
        waits = [wait(5)] * 10 + [wait(5, MONDAY + timedelta(weeks=2))]
        arrivals = [MONDAY, MONDAY + timedelta(weeks=2), MONDAY + timedelta(weeks=3)]
        found = by_week(waits, arrivals, PROMISE, MONDAY + timedelta(weeks=3))
        assert [(week.monday.day, week.arrived, week.turnaround.n) for week in found] == [
            (2, 1, 10),
            (9, 0, 0),
            (16, 1, 1),
            (23, 1, 0),
        ]
        assert by_week([], [], PROMISE, MONDAY) == []
