"""Months on the calendar, and the window of renewal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.renewal import (
    RenewalPhase,
    add_months,
    proof_valid_until,
    renewal_window,
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


def test_a_credential_expires_at_the_same_time_of_day() -> None:
    issued = datetime(2024, 2, 29, 9, 30, tzinfo=UTC)
    assert valid_until(issued, 24) == datetime(2026, 2, 28, 9, 30, tzinfo=UTC)


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
            due - second,
            due,
            window.grace_until - second,
            window.grace_until,
            window.lapses_at - second,
            window.lapses_at,
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
