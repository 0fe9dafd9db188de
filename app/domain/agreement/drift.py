"""Whether a reviewer grows stricter or milder over time.

Each piece that the reviewer shared gives one value: what the colleagues' levels lead to expect, corrected by the
colleagues' own severities, less the reviewer's levels. Months are means of these with intervals of Student's t; the
trend is the slope of a straight line (least squares) in levels per month. Colleagues count as constant, so a drift of
everybody at once cannot be seen here; calibration pieces show that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import fmean, variance

from app.domain.agreement.marks import ENOUGH, Mark
from app.domain.agreement.severity import Severity
from app.domain.assessment.statistics.distributions import t_quantile
from app.domain.assessment.statistics.intervals import CONFIDENCE, Interval

MONTH = timedelta(days=365.25 / 12)
ENOUGH_IN_A_MONTH = 5
ENOUGH_MONTHS = 3
_SIDE = 0.5 + CONFIDENCE / 2


@dataclass(frozen=True, slots=True)
class Month:
    """Severity in one month ("2026-11"); nothing but the count when fewer than five pieces were shared in it."""

    name: str
    pieces: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The months in order, and the slope in levels per month; None for less than three months or twenty pieces."""

    months: tuple[Month, ...]
    slope: float | None
    interval: Interval | None

    @property
    def is_clear(self) -> bool:
        """True when the interval leaves out "no drift"."""
        return self.interval is not None and not self.interval.low <= 0 <= self.interval.high


def trends(pieces: Sequence[Sequence[Mark]], found: Mapping[str, Severity]) -> dict[str, Trend]:
    """The trend of each reviewer in `found`."""
    values: dict[str, list[tuple[datetime, float]]] = {reviewer: [] for reviewer in found}
    own = {reviewer: severity.own for reviewer, severity in found.items()}
    # Leads are measured from the mean of all; months are shown as severity is, from the mean of the colleagues.
    shift = {reviewer: severity.value - severity.own for reviewer, severity in found.items()}
    for piece in pieces:
        for mark in piece:
            if mark.reviewer in values:
                value = _lead(mark, piece, own)
                if value is not None:
                    values[mark.reviewer].append((mark.at.astimezone(UTC), value + shift[mark.reviewer]))
    return {reviewer: trend(points) for reviewer, points in values.items()}


def _lead(mark: Mark, piece: Sequence[Mark], own: Mapping[str, float]) -> float | None:
    """How much lower this mark lies than its partners' (those too new to have a severity count as they are)."""
    if len(piece) == 2:  # nearly all are, and there are many
        other = piece[0] if piece[1] is mark else piece[1]
        shared = mark.levels.keys() & other.levels.keys()
        apart = sum(other.levels[name] - mark.levels[name] for name in shared)
        return own.get(other.reviewer, 0.0) + apart / len(shared) if shared else None
    leads = []
    for criterion, level in mark.levels.items():
        others = [
            other.levels[criterion] + own.get(other.reviewer, 0.0)
            for other in piece
            if other is not mark and criterion in other.levels
        ]
        if others:
            leads.append(fmean(others) - level)
    return fmean(leads) if leads else None


def trend(points: Sequence[tuple[datetime, float]]) -> Trend:
    """The trend of values at instants."""
    by_month: dict[str, list[float]] = {}
    for at, value in sorted(points):
        by_month.setdefault(f"{at:%Y-%m}", []).append(value)
    months = tuple(_month(name, values) for name, values in by_month.items())
    if len(points) < ENOUGH or len(months) < ENOUGH_MONTHS:
        return Trend(months, None, None)
    start = min(at for at, _value in points)
    times = [(at - start) / MONTH for at, _value in points]
    levels = [value for _at, value in points]
    middle, mean = fmean(times), fmean(levels)
    spread = sum((time - middle) ** 2 for time in times)
    slope = sum((time - middle) * (value - mean) for time, value in zip(times, levels, strict=True)) / spread
    left = sum((value - mean - slope * (time - middle)) ** 2 for time, value in zip(times, levels, strict=True))
    reach = t_quantile(_SIDE, len(points) - 2) * sqrt(left / (len(points) - 2) / spread)
    return Trend(months, slope, Interval(slope - reach, slope + reach))


def _month(name: str, values: Sequence[float]) -> Month:
    if len(values) < ENOUGH_IN_A_MONTH:
        return Month(name, len(values), None, None)
    mean = fmean(values)
    reach = t_quantile(_SIDE, len(values) - 1) * sqrt(variance(values, mean) / len(values))
    return Month(name, len(values), mean, Interval(mean - reach, mean + reach))
