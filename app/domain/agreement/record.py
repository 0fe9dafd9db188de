"""A report as plain JSON and back, to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.domain.agreement.alpha import Alpha
from app.domain.agreement.drift import Month, Trend
from app.domain.agreement.kappa import Kappa
from app.domain.agreement.report import CriterionLine, Figures, PairLine, Report, ReviewerLine, Share, Whole
from app.domain.agreement.severity import Severity
from app.domain.agreement.verdicts import Firmness, Leaning
from app.domain.assessment.statistics.intervals import Interval

RECIPE = 2
"""Count up when the figures are worked out otherwise; what was kept under an older recipe is worked out again."""

Data = Mapping[str, Any]


def to_record(report: Report) -> dict[str, Any]:
    """The report as JSON takes it."""
    data = asdict(report)
    for name in ("since", "until"):
        data[name] = data[name].isoformat() if data[name] else None
    return data


def from_record(data: Data) -> Report:
    """The report that was kept."""
    return Report(
        pieces=data["pieces"],
        since=_instant(data["since"]),
        until=_instant(data["until"]),
        whole=_whole(data["whole"]),
        criteria=tuple(_criterion(line) for line in data["criteria"]),
        pairs=tuple(_pair(line) for line in data["pairs"]),
        reviewers=tuple(_reviewer(line) for line in data["reviewers"]),
        groups=data["groups"],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _interval(data: Data | None) -> Interval | None:
    return Interval(**data) if data else None


def _share(data: Data) -> Share:
    return Share(data["value"], _interval(data["interval"]))


def _alpha(data: Data | None) -> Alpha | None:
    return Alpha(data["value"], data["n"], _interval(data["interval"])) if data else None


def _figures(data: Data | None) -> Figures | None:
    if data is None:
        return None
    return Figures(_share(data["exact"]), _share(data["adjacent"]), Kappa(**data["kappa"]) if data["kappa"] else None)


def _whole(data: Data | None) -> Whole | None:
    if data is None:
        return None
    return Whole(
        same_result=_share(data["same_result"]),
        exact=_share(data["exact"]),
        adjacent=_share(data["adjacent"]),
        alpha=_alpha(data["alpha"]),
    )


def _criterion(data: Data) -> CriterionLine:
    return CriterionLine(
        data["criterion"],
        data["pieces"],
        _figures(data["figures"]),
        _alpha(data["alpha"]),
        Firmness(data["firmness"]),
    )


def _pair(data: Data) -> PairLine:
    one, other = data["reviewers"]
    return PairLine((one, other), data["pieces"], _figures(data["figures"]), Firmness(data["firmness"]))


def _reviewer(data: Data) -> ReviewerLine:
    severity = data["severity"]
    return ReviewerLine(
        data["reviewer"],
        data["pieces"],
        _figures(data["figures"]),
        Firmness(data["firmness"]),
        Severity(**severity) if severity else None,
        Leaning(data["leaning"]),
        _trend(data["trend"]),
    )


def _trend(data: Data | None) -> Trend | None:
    if data is None:
        return None
    months = tuple(Month(m["name"], m["pieces"], m["value"], _interval(m["interval"])) for m in data["months"])
    return Trend(months, data["slope"], _interval(data["interval"]))
