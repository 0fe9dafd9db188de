"""Reports as JSON and back, so that what was worked out can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.domain.assessment.statistics.answers import AnswerRow, AnswerTable, Tally
from app.domain.assessment.statistics.chosen import Chosen
from app.domain.assessment.statistics.classical import PlaceFigures, QuizFigures
from app.domain.assessment.statistics.intervals import Interval, Sample
from app.domain.assessment.statistics.report import ItemReport, QuizReport, ThirdsDifference
from app.domain.assessment.statistics.scale import ItemScale, Model
from app.domain.assessment.statistics.verdicts import Finding, Verdict

RECIPE = 2
"""Goes up when the same attempts would give other numbers or verdicts: then what is kept is worked out again."""

Data = Mapping[str, Any]


def item_record(report: ItemReport) -> dict[str, Any]:
    """An item's report as JSON."""
    return {**asdict(report), "version": str(report.version)}


def item_from_record(data: Data) -> ItemReport:
    """The report that `item_record` wrote; its version is text."""
    return ItemReport(
        **{
            **data,
            "sample": _or_none(Sample, data["sample"]),
            "facility_interval": _or_none(Interval, data["facility_interval"]),
            "discrimination_interval": _or_none(Interval, data["discrimination_interval"]),
            "thirds": _or_none(ThirdsDifference, data["thirds"]),
            "scale": _scale(data.get("scale")),
            "answers": _answers(data["answers"]),
            "verdicts": tuple(
                Verdict(Finding(row["finding"]), tuple(row["options"]), row["sure"]) for row in data["verdicts"]
            ),
        }
    )


def quiz_record(report: QuizReport) -> dict[str, Any]:
    """A quiz's report as JSON, without its items: those have rows of their own."""
    data = asdict(report)
    del data["items"]
    return data


def quiz_from_record(data: Data) -> QuizReport:
    """The report that `quiz_record` wrote, without its items."""
    figures = dict(data["figures"])
    figures["places"] = tuple(PlaceFigures(**place) for place in figures["places"])
    return QuizReport(
        chosen=Chosen(data["chosen"]),
        people=data["people"],
        passed=data["passed"],
        figures=QuizFigures(**figures),
        histogram=tuple(data["histogram"]),
        fixed=tuple(data["fixed"]),
        items=(),
    )


def _answers(data: Data) -> AnswerTable:
    return AnswerTable(
        rows=tuple(AnswerRow(**{**row, "tally": Tally(**row["tally"])}) for row in data["rows"]),
        seen=Tally(**data["seen"]),
        left=Tally(**data["left"]),
        rarer=Tally(**data["rarer"]),
    )


def _scale(data: Data | None) -> ItemScale | None:
    return None if data is None else ItemScale(**{**data, "model": Model(data["model"])})


def _or_none(kind: Any, data: Data | None) -> Any:
    return None if data is None else kind(**data)
