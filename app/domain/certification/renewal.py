"""Clocks: months on the calendar, the end of validity, and the window in which a certificate is renewed.

A certificate prints a day, so that whole day counts, and it is a day of UTC wherever the holder is: a studio in
Auckland and one in Lisbon get the same answer at the same moment.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

Day = TypeVar("Day", date, datetime)

LATE_MONTHS = 12
LAST_SECOND = time(23, 59, 59)
REMINDERS = (90, 30, 7)
"""Days before an end at which its owner is reminded, once each."""


def add_months(day: Day, months: int) -> Day:
    """Return the same day so many months later (or earlier), or the last day of a month that is too short.

    29 February plus 12 months is 28 February; 31 January plus one month is the end of February.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def end_of_day(day: date) -> datetime:
    """Return the last second of a day in UTC."""
    return datetime.combine(day, LAST_SECOND, UTC)


def valid_until(issued_at: datetime, months: int) -> datetime:
    """Return the last instant at which a credential issued now is valid: the end of its last day in UTC."""
    return end_of_day(add_months(issued_at.astimezone(UTC).date(), months))


def renewed_until(due_at: datetime, months: int, grace_days: int, now: datetime) -> datetime:
    """Return until when a renewal made now holds.

    Up to the end of the grace it counts on from the old end, so that nobody loses time by being early nor gains any
    by being late; after that it counts from today. An end on 29 February goes to the 28th and stays there.
    """
    on_time = now <= due_at + timedelta(days=grace_days)
    return valid_until(due_at if on_time else now, months)


def due_reminder(end: date, today: date) -> int | None:
    """Return which reminder is due (90, 30 or 7), the most urgent one only; None for none, and after the end.

    The same number comes back on many days: whoever sends keeps it to one mail by end and number.
    """
    left = (end - today).days
    return min((days for days in REMINDERS if 0 <= left <= days), default=None)


class RenewalPhase(StrEnum):
    """Where a credential stands in its renewal; `grace` is shown as "Expired, renewal in progress"."""

    NOT_YET = "not_yet"
    OPEN = "open"
    GRACE = "grace"
    LATE = "late"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """The instants of a renewal: it opens, it is due (expiry), the grace ends, the full set is asked again."""

    opens_at: datetime
    due_at: datetime
    grace_until: datetime
    lapses_at: datetime

    def phase(self, now: datetime) -> RenewalPhase:
        """Return the phase at this instant; each end still belongs to what it ends, as the status says too."""
        if now < self.opens_at:
            return RenewalPhase.NOT_YET
        if now <= self.due_at:
            return RenewalPhase.OPEN
        if now <= self.grace_until:
            return RenewalPhase.GRACE
        return RenewalPhase.LATE if now <= self.lapses_at else RenewalPhase.LAPSED


def renewal_window(due_at: datetime, window_days: int, grace_days: int) -> RenewalWindow:
    """Return the window around an expiry: days before, days of grace after, and a year until everything is new."""
    return RenewalWindow(
        opens_at=due_at - timedelta(days=window_days),
        due_at=due_at,
        grace_until=due_at + timedelta(days=grace_days),
        lapses_at=add_months(due_at, LATE_MONTHS),
    )


def proof_valid_until(issued: date, expires: date | None, max_age_months: int | None) -> date | None:
    """Return the last day on which a proof counts: its own expiry or our age limit, whichever is first."""
    ends = [end for end in (expires, None if max_age_months is None else add_months(issued, max_age_months)) if end]
    return min(ends, default=None)
