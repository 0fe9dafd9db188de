"""How long pieces wait for their result: median, 90th percentile, the share within the promise, week by week.

Quantiles are the nearest rank (an observed waiting time, never one in between): "nine out of ten had their result
within this time" is then literally true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

from app.domain.assessment.statistics.intervals import Interval, clopper_pearson

ENOUGH = 10
"""Below so many results there are no quantiles: the 90th percentile of nine would be the slowest one."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One result: when the piece was sent, taken (None: not known) and decided, and who decided."""

    sent_at: datetime
    taken_at: datetime | None
    decided_at: datetime
    reviewer: str

    @property
    def length(self) -> timedelta:
        """From sending to the result."""
        return self.decided_at - self.sent_at


@dataclass(frozen=True, slots=True)
class Turnaround:
    """Waiting times of `n` results; None where there are too few for a figure.

    `kept` is the share within the promise, with its interval. `handling` is the median from taking to deciding.
    """

    n: int
    median: timedelta | None
    ninetieth: timedelta | None
    kept: float | None
    kept_interval: Interval | None
    handling: timedelta | None


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday on: how many pieces came, how many got their result, and how long these had waited."""

    monday: date
    arrived: int
    turnaround: Turnaround


def quantile(values: Sequence[timedelta], share: float) -> timedelta:
    """The nearest-rank quantile: the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def turnaround(waits: Iterable[Wait], promise: timedelta) -> Turnaround:
    """The figures of these results against a promise."""
    found = list(waits)
    if len(found) < ENOUGH:
        return Turnaround(len(found), None, None, None, None, None)
    lengths = [wait.length for wait in found]
    kept = sum(length <= promise for length in lengths)
    handling = [wait.decided_at - wait.taken_at for wait in found if wait.taken_at is not None]
    return Turnaround(
        n=len(found),
        median=quantile(lengths, 0.5),
        ninetieth=quantile(lengths, 0.9),
        kept=kept / len(found),
        kept_interval=clopper_pearson(kept, len(found)),
        handling=quantile(handling, 0.5) if len(handling) >= ENOUGH else None,
    )


def by_reviewer(waits: Iterable[Wait], promise: timedelta) -> dict[str, Turnaround]:
    """The figures of each reviewer."""
    grouped: dict[str, list[Wait]] = {}
    for wait in waits:
        grouped.setdefault(wait.reviewer, []).append(wait)
    return {reviewer: turnaround(found, promise) for reviewer, found in grouped.items()}


def monday_of(at: datetime | date) -> date:
    """The Monday of the week (UTC) that an instant lies in."""
    day = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return day - timedelta(days=day.weekday())


def by_week(waits: Iterable[Wait], arrivals: Iterable[datetime], promise: timedelta, until: datetime) -> list[Week]:
    """Week by week from the first that has anything to the one of `until`, weeks without anything included."""
    decided: dict[date, list[Wait]] = {}
    for wait in waits:
        decided.setdefault(monday_of(wait.decided_at), []).append(wait)
    arrived: dict[date, int] = {}
    for at in arrivals:
        arrived[monday_of(at)] = arrived.get(monday_of(at), 0) + 1
    if not decided and not arrived:
        return []
    first, last = min([*decided, *arrived]), monday_of(until)
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return [Week(day, arrived.get(day, 0), turnaround(decided.get(day, ()), promise)) for day in mondays]
