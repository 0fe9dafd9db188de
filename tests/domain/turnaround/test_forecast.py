"""The forecast: certain worlds have a certain answer, uncertain ones are covered as often as promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.turnaround.forecast import FUTURES, LONGEST, Outlook, forecast

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A Sunday."""


def daily(rate: int, weeks: int = 8, only: tuple[int, ...] = tuple(range(7))) -> list[datetime]:
    found = []
    for back in range(1, weeks * 7 + 7):
        day = NOW - timedelta(days=back)
        if day.weekday() in only:
            found += [day] * rate
    return found


class TestCertainWorlds:
    def test_five_a_day(self):
        found = forecast(23, daily(5), daily(5), NOW)
        assert found.outlook is Outlook.RANGE
        assert (found.soonest, found.latest) == (date(2026, 11, 27), date(2026, 11, 27))
        assert found.weeks == 8
        assert found.growth == 0
        assert not found.is_growing

    def test_nobody_works_at_weekends(self):
        """Ten pieces at two a day from Monday: Friday. Eleven: the Monday after."""
        work = daily(2, only=(0, 1, 2, 3, 4))
        assert forecast(10, work, work, NOW).latest == date(2026, 11, 27)
        assert forecast(11, work, work, NOW).latest == date(2026, 11, 30)

    def test_more_comes_than_goes(self):
        found = forecast(5, daily(2), daily(4), NOW)
        assert found.growth == 14
        assert found.is_growing
        assert found.latest == date(2026, 11, 25), "what comes later does not hold up what waits now"

    def test_nothing_waits(self):
        found = forecast(0, daily(5), daily(5), NOW)
        assert (found.outlook, found.soonest, found.latest) == (Outlook.EMPTY, None, None)

    def test_not_within_half_a_year(self):
        found = forecast(5000, daily(1), daily(1), NOW)
        assert (found.outlook, found.soonest, found.latest) == (Outlook.OPEN, None, None)


class TestTooLittle:
    def test_less_than_four_weeks(self):
        found = forecast(5, daily(9, weeks=2), daily(9, weeks=2), NOW)
        assert found.outlook is Outlook.TOO_LITTLE
        assert found.weeks < 4
        assert found.soonest is None

    def test_less_than_twenty_results(self):
        few = [NOW - timedelta(days=7 * week + 3) for week in range(1, 8)]
        found = forecast(5, few, daily(5), NOW)
        assert (found.outlook, found.results) == (Outlook.TOO_LITTLE, 7)

    def test_neither_is_the_week_in_which_the_first_piece_came(self):
        thursday = datetime(2026, 11, 5, tzinfo=UTC)
        monday = thursday - timedelta(days=3)
        assert forecast(5, [thursday], [thursday], NOW).weeks == 1
        assert forecast(5, [monday], [monday], NOW).weeks == 2

    def test_the_present_week_is_not_whole(self):
        assert forecast(5, [NOW] * 100, [NOW] * 100, NOW).weeks == 0


class TestAlways:
    @given(st.integers(1, 400), st.lists(st.integers(0, 12), min_size=28, max_size=56), st.integers(0, 9))
    def test_range_is_ordered_and_seeded(self, waiting, days, seed):
        results = [NOW - timedelta(days=7 + back) for back, many in enumerate(days) for _ in range(many)]
        one, two = (forecast(waiting, results, results, NOW, seed=seed) for _ in range(2))
        assert one == two
        if one.latest is not None:
            assert NOW.date() < one.soonest <= one.latest <= NOW.date() + timedelta(days=LONGEST)

    def test_a_longer_queue_is_never_cleared_earlier(self):
        random = Random(2)
        results = [NOW - timedelta(days=random.randint(7, 56)) for _ in range(200)]
        latest = [forecast(waiting, results, results, NOW).latest for waiting in (5, 20, 60, 120)]
        assert latest == sorted(latest)

    def test_four_out_of_five_real_futures_lie_within(self):
        """Days bring 0 to 8 results; forecasts from eight weeks against what then happened."""
        hits, tries, random = 0, 150, Random(7)
        for _ in range(tries):
            past = [NOW - timedelta(days=7 + back) for back in range(56) for _ in range(random.randint(0, 8))]
            found = forecast(60, past, past, NOW)
            left, day = 60, NOW.date()
            while left > 0:
                day += timedelta(days=1)
                left -= random.randint(0, 8)
            hits += found.soonest <= day <= found.latest
        assert hits / tries == pytest.approx(0.8, abs=0.12)
        assert FUTURES == 1000
