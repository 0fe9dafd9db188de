"""The log as a reader sees it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.practice.completeness import Record
from app.domain.practice.record import RecordLine, log_keys, plan_of, record_parts
from app.domain.procedure import Step
from tests.domain.practice.samples import PIECE, RECORDS


def line(part: str, name: str) -> RecordLine:
    parts = record_parts({"piece": PIECE, **RECORDS}, list(Step))
    return next(found for each in parts for found in each.lines if found.key == f"{part}.{name}")


def test_the_whole_log_comes_in_the_order_of_the_steps() -> None:
    parts = record_parts({"piece": PIECE, **RECORDS}, [Step.LIP_MAPPING, Step.NUMBING])
    assert [part.part for part in parts] == ["piece", "lip-mapping", "numbing"]
    assert log_keys([Step.LIP_MAPPING]) == {
        "piece.skin_type",
        "piece.skin_tone",
        "piece.worked_on",
        "piece.started",
        "piece.ended",
        "piece.minutes",
        "piece.question",
        "piece.reflection",
        "lip-mapping.method",
        "lip-mapping.points",
        "lip-mapping.symmetry_mm",
        "lip-mapping.border",
        "lip-mapping.approval",
    }


def test_choices_have_their_words_and_numbers_their_units() -> None:
    assert line("piece", "skin_type").value == "Flat lip pad"
    assert line("piece", "minutes").value == "105 min"
    assert line("lip-mapping", "symmetry_mm").value == "0,5 mm"
    assert line("consultation", "decision_reason") == RecordLine(
        "consultation.decision_reason", "Reason for the decision", "No history.", is_long=True
    )


def test_several_choices_are_joined_and_unknown_values_stay_as_they_are() -> None:
    records: dict[str, Record] = {
        "pigment-application": {"movements": ["pendulum", "whip"], "needle": "9xx"},
    }
    lines = {found.label: found.value for found in record_parts(records, [Step.PIGMENT_APPLICATION])[1].lines}
    assert (lines["Movements"], lines["Needle"], lines["Voltage"]) == ("Pendulum, Whip", "9xx", "")


def test_the_numbing_plan_stands_beside_its_ceiling() -> None:
    plan = plan_of({"weight_kg": "60", "lidocaine_percent": "4", "planned_g": "1,5"})
    assert plan is not None
    assert (plan.planned_mg, plan.ceiling_mg, plan.ceiling_g) == (60, 270, Fraction("6.75"))


@pytest.mark.parametrize(
    "record", [{}, {"weight_kg": "60", "lidocaine_percent": "four", "planned_g": "1"}, {"weight_kg": "1/0"}]
)
def test_a_plan_without_its_numbers_is_no_plan(record: Record) -> None:
    assert plan_of(record) is None
