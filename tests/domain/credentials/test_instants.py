"""Times: one spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.credentials.instants import iso, parse_iso


def test_times_are_utc_whole_seconds_with_z() -> None:
    moment = datetime(2026, 11, 22, 23, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=-5)))
    assert iso(moment) == "2026-11-23T04:30:00Z"
    assert parse_iso("2026-11-23T04:30:00Z") == datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        iso(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23", "2026-11-23T04:30:00", "2026-11-23T04:30:00+00:00", "2026-11-23T04:30:00.5Z",
        "2026-11-23t04:30:00z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T04:30:00Z ",
        "２０２６-11-23T04:30:00Z", "", None, 5,
    ],
)  # fmt: skip
def test_other_spellings_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"time|day|hour|unconverted"):
        parse_iso(text)
