"""When a digest is due: at the person's hour, once a day, also where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.notices import digest_slot

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.sampled_from(ZONES), st.integers(0, 23))
def test_the_slot_is_the_last_time_that_the_clock_said_the_hour(now: datetime, name: str, hour: int) -> None:
    zone = ZoneInfo(name)
    slot = digest_slot(now, zone, hour)
    assert slot.daily_until <= now
    assert now - slot.daily_until < timedelta(hours=26), "a day, and what a clock may be put back"
    assert slot.weekly_until <= slot.daily_until
    assert slot.weekly_until.astimezone(zone).date().weekday() == 0
    assert digest_slot(slot.daily_until, zone, hour) == slot
    # The day names the digest: it must not go back, and two slots must not share one.
    later = digest_slot(now + timedelta(hours=30), zone, hour)
    assert later.day > slot.day


@pytest.mark.parametrize(
    ("now", "zone", "hour", "day", "until"),
    [
        ((2026, 11, 23, 12, 59), "America/New_York", 8, (2026, 11, 22), (2026, 11, 22, 13)),
        ((2026, 11, 23, 13, 0), "America/New_York", 8, (2026, 11, 23), (2026, 11, 23, 13)),
        # In Berlin the clock goes from 2 to 3 on 2026-03-29: two o'clock is then the moment of the change.
        ((2026, 3, 29, 12, 0), "Europe/Berlin", 2, (2026, 3, 29), (2026, 3, 29, 1)),
        # On 2026-10-25 it says two twice: the first time counts.
        ((2026, 10, 25, 12, 0), "Europe/Berlin", 2, (2026, 10, 25), (2026, 10, 25, 0)),
    ],
)
def test_known_days(now: tuple, zone: str, hour: int, day: tuple, until: tuple) -> None:  # type: ignore[type-arg]
    slot = digest_slot(datetime(*now, tzinfo=UTC), ZoneInfo(zone), hour)
    assert (slot.day, slot.daily_until) == (date(*day), datetime(*until, tzinfo=UTC))
