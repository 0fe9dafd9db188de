"""Months on the calendar, and the window of renewal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.renewal import (
    RenewalPhase,
    add_months,
    due_reminder,
    end_of_day,
    proof_valid_until,
    renewal_window,
    renewed_until,
    valid_until,
)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 2, 28), 12, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(2026, 11, 22), 2, date(2027, 1, 22)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -13, date(2024, 12, 15)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_keep_the_day_where_the_month_is_long_enough(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(0, 240))
def test_months_move_the_month_by_exactly_so_many(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day <= start.day
    assert add_months(end, -months).day in (start.day, end.day)


@pytest.mark.parametrize(
    ("issued", "end"),
    [
        (datetime(2024, 2, 29, 9, 30, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), date(2026, 2, 28)),
        # Midday of the first in Auckland is still the last of the month in UTC, and that is the day that is printed.
        (datetime(2026, 6, 1, 9, 0, tzinfo=timezone(timedelta(hours=12))), date(2028, 5, 31)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=timezone(timedelta(hours=-8))), date(2028, 7, 1)),
    ],
)
def test_the_last_day_counts_as_a_whole_and_is_a_day_of_utc(issued: datetime, end: date) -> None:
    until = valid_until(issued, 24)
    assert until == datetime(end.year, end.month, end.day, 23, 59, 59, tzinfo=UTC)
    assert until == end_of_day(end)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(0, 60), st.integers(0, 800))
def test_a_renewal_neither_takes_time_nor_gives_any(issued: date, grace: int, late: int) -> None:
    due = valid_until(end_of_day(issued), 24)
    early, on_time = due - timedelta(days=90), due + timedelta(days=grace)
    assert renewed_until(due, 24, grace, early) == renewed_until(due, 24, grace, on_time) == valid_until(due, 24)
    after = on_time + timedelta(seconds=1, days=late)
    assert renewed_until(due, 24, grace, after) == valid_until(after, 24) > after


def test_an_end_on_the_leap_day_moves_to_the_day_before_and_stays() -> None:
    due = valid_until(datetime(2026, 2, 28, tzinfo=UTC), 24)
    assert due.date() == date(2028, 2, 28)
    leap = valid_until(datetime(2024, 2, 29, tzinfo=UTC), 48)
    assert leap.date() == date(2028, 2, 29)
    first = renewed_until(leap, 24, 30, leap)
    assert (first.date(), renewed_until(first, 24, 30, first).date()) == (date(2030, 2, 28), date(2032, 2, 28))


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(-200, 200))
def test_the_most_urgent_reminder_alone_is_due(end: date, left: int) -> None:
    found = due_reminder(end, end - timedelta(days=left))
    if left > 90 or left < 0:
        assert found is None
    else:
        assert found == (7 if left <= 7 else 30 if left <= 30 else 90)


def test_the_window_goes_through_its_phases() -> None:
    due = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    window = renewal_window(due, 90, 30)
    second = timedelta(seconds=1)
    assert window.opens_at == datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    assert window.lapses_at == datetime(2028, 3, 1, 12, 0, tzinfo=UTC)
    assert [
        window.phase(instant)
        for instant in (
            window.opens_at - second,
            window.opens_at,
            due,
            due + second,
            window.grace_until,
            window.grace_until + second,
            window.lapses_at,
            window.lapses_at + second,
        )
    ] == [
        RenewalPhase.NOT_YET,
        RenewalPhase.OPEN,
        RenewalPhase.OPEN,
        RenewalPhase.GRACE,
        RenewalPhase.GRACE,
        RenewalPhase.LATE,
        RenewalPhase.LATE,
        RenewalPhase.LAPSED,
    ]


@pytest.mark.parametrize(
    ("expires", "months", "end"),
    [
        (None, None, None),
        (date(2026, 6, 1), None, date(2026, 6, 1)),
        (None, 12, date(2027, 1, 10)),
        (date(2026, 6, 1), 12, date(2026, 6, 1)),
        (date(2028, 6, 1), 12, date(2027, 1, 10)),
    ],
)
def test_a_proof_ends_at_whichever_comes_first(expires: date | None, months: int | None, end: date | None) -> None:
    assert proof_valid_until(date(2026, 1, 10), expires, months) == end
