"""When the pieces that wait now will have their result, as a range.

Pieces are taken oldest first, so what comes later does not hold up what waits now: the queue is cleared when as many
results were given as pieces wait. How many a day brings is drawn from the last whole weeks, week by week and weekday
by weekday, so that weekends and busy times stay as they are (a block bootstrap; Kuensch 1989). A thousand seeded
futures give the range that holds four out of five of them. Weeks in which the queue ran empty count with what was
given, not with what could have been, so the forecast is rather too careful than too bold. Holidays are not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import sqrt
from random import Random
from statistics import fmean, variance

from app.domain.assessment.statistics.distributions import t_quantile
from app.domain.assessment.statistics.intervals import CONFIDENCE, Interval
from app.domain.turnaround.figures import monday_of

WEEKS = 8
"""How far back it looks at most."""
ENOUGH_WEEKS = 4
ENOUGH_RESULTS = 20
FUTURES = 1000
LONGEST = 180
"""Days after which a future counts as "not within half a year"."""
SEED = 48
SIDE = 0.1


class Outlook(StrEnum):
    """What can be said."""

    EMPTY = "empty"
    TOO_LITTLE = "too_little"
    RANGE = "range"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The queue of `waiting` pieces is cleared between `soonest` and `latest` (four out of five futures).

    `latest` is None when more than one in ten futures take longer than half a year (OPEN). `weeks` and `results` are
    what it rests on. `growth` is by how many pieces the queue grows in a week, with its interval: None as a range.
    """

    outlook: Outlook
    waiting: int
    weeks: int
    results: int
    soonest: date | None = None
    latest: date | None = None
    growth: float | None = None
    growth_interval: Interval | None = None

    @property
    def is_growing(self) -> bool:
        """True when more comes than goes, and this is hardly chance."""
        return self.growth_interval is not None and self.growth_interval.low > 0


def forecast(
    waiting: int, results: Iterable[datetime], arrivals: Iterable[datetime], now: datetime, *, seed: int = SEED
) -> Forecast:
    """The forecast for `waiting` pieces from the instants of results and arrivals of the last weeks.

    Only whole weeks (Monday to Sunday, UTC) before the present one count, the first one after the first piece came.
    """
    given = Counter(at.astimezone(UTC).date() for at in results)
    came = Counter(at.astimezone(UTC).date() for at in arrivals)
    mondays = _whole_weeks([*given, *came], now)
    total = sum(given[day] for monday in mondays for day in _days(monday))
    if not waiting:
        return Forecast(Outlook.EMPTY, 0, len(mondays), total)
    if len(mondays) < ENOUGH_WEEKS or total < ENOUGH_RESULTS:
        return Forecast(Outlook.TOO_LITTLE, waiting, len(mondays), total)
    weeks = [[given[day] for day in _days(monday)] for monday in mondays]
    random = Random(seed)
    futures = sorted(_days_to_clear(waiting, weeks, now.astimezone(UTC).weekday(), random) for _ in range(FUTURES))
    soonest, latest = futures[int(SIDE * FUTURES)], futures[int((1 - SIDE) * FUTURES) - 1]
    today = now.astimezone(UTC).date()
    growth, interval = _growth([sum(came[day] - given[day] for day in _days(monday)) for monday in mondays])
    return Forecast(
        outlook=Outlook.RANGE if latest <= LONGEST else Outlook.OPEN,
        waiting=waiting,
        weeks=len(mondays),
        results=total,
        soonest=today + timedelta(days=soonest) if soonest <= LONGEST else None,
        latest=today + timedelta(days=latest) if latest <= LONGEST else None,
        growth=growth,
        growth_interval=interval,
    )


def _whole_weeks(days: Sequence[date], now: datetime) -> list[date]:
    this = monday_of(now)
    begun = min(days, default=this)
    whole = monday_of(begun) if begun == monday_of(begun) else monday_of(begun) + timedelta(weeks=1)
    first = max(min(whole, this), this - timedelta(weeks=WEEKS))
    return [first + timedelta(weeks=number) for number in range((this - first).days // 7)]


def _days(monday: date) -> list[date]:
    return [monday + timedelta(days=number) for number in range(7)]


def _days_to_clear(waiting: int, weeks: Sequence[Sequence[int]], weekday: int, random: Random) -> int:
    """How many days one future takes; more than LONGEST when it does not get there."""
    left, week = waiting, random.choice(weeks)
    for day in range(1, LONGEST + 1):
        at = (weekday + day) % 7
        if at == 0:
            week = random.choice(weeks)
        left -= week[at]
        if left <= 0:
            return day
    return LONGEST + 1


def _growth(changes: Sequence[int]) -> tuple[float, Interval]:
    """The mean change of the queue in a week, with the interval of Student's t over weeks."""
    mean = fmean(changes)
    reach = t_quantile(0.5 + CONFIDENCE / 2, len(changes) - 1) * sqrt(variance(changes) / len(changes))
    return mean, Interval(mean - reach, mean + reach)
