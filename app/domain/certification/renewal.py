"""Clocks: months on the calendar, the end of validity, and the window in which a certificate is renewed."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

Day = TypeVar("Day", date, datetime)

LATE_MONTHS = 12


def add_months(day: Day, months: int) -> Day:
    """Return the same day so many months later (or earlier), or the last day of a month that is too short.

    29 February plus 12 months is 28 February; 31 January plus one month is the end of February.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def valid_until(issued_at: datetime, months: int) -> datetime:
    """Return the instant at which a credential issued now expires."""
    return add_months(issued_at, months)


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
        """Return the phase at this instant; the due instant itself is already the grace."""
        if now < self.opens_at:
            return RenewalPhase.NOT_YET
        if now < self.due_at:
            return RenewalPhase.OPEN
        if now < self.grace_until:
            return RenewalPhase.GRACE
        return RenewalPhase.LATE if now < self.lapses_at else RenewalPhase.LAPSED


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
