"""The ledger: nothing is changed, everything adds up, nothing falls below zero."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.hours import (
    EARNED,
    CorrectionRefused,
    Line,
    Source,
    correction_minutes,
    left_of,
    totals,
)

DAY = date(2026, 11, 22)
EARNINGS = st.lists(st.tuples(st.sampled_from(EARNED), st.integers(0, 600)), max_size=8)
WISHES = st.lists(st.tuples(st.integers(0, 7), st.integers(-50, 700), st.sampled_from(["too long", "no", ""])))


def earned(rows: list[tuple[Source, int]]) -> list[Line]:
    return [Line(f"{source.value}:{n}", source, minutes, DAY) for n, (source, minutes) in enumerate(rows)]


def correct(lines: list[Line], line: Line, true_minutes: int, reason: str = "counted twice") -> list[Line]:
    minutes = correction_minutes(line, lines, true_minutes, reason)
    return [*lines, Line(f"correction:{len(lines)}", Source.CORRECTION, minutes, DAY, "", line.key, reason)]


@given(EARNINGS, WISHES)
def test_no_line_and_no_sum_ever_falls_below_zero_and_corrections_only_append(
    rows: list[tuple[Source, int]], wishes: list[tuple[int, int, str]]
) -> None:
    lines = earned(rows)
    for place, true_minutes, reason in wishes:
        if place >= len(rows):
            continue
        before = list(lines)
        try:
            lines = correct(lines, lines[place], true_minutes, reason)
        except CorrectionRefused:
            assert lines == before
            continue
        assert lines[:-1] == before, "what stood there stands there still"
        assert left_of(lines[place], lines) == true_minutes
    found = totals(lines)
    assert all(minutes >= 0 for minutes in found.by_source.values())
    assert found.minutes == sum(left_of(line, lines) for line in lines[: len(rows)])
    assert found.minutes <= totals(earned(rows)).minutes


def test_a_correction_counts_against_the_source_of_its_line() -> None:
    lines = earned([(Source.LESSON, 60), (Source.PRACTICE, 105), (Source.SUPERVISED, 120)])
    corrected = correct(lines, lines[1], 45)
    assert totals(corrected).by_source == {Source.LESSON: 60, Source.PRACTICE: 45, Source.SUPERVISED: 120}
    assert totals(corrected).minutes == 225


def test_a_correction_of_a_line_that_is_gone_counts_nothing() -> None:
    orphan = Line("correction:1", Source.CORRECTION, -60, DAY, corrects="practice:gone", reason="why")
    assert totals([*earned([(Source.LESSON, 60)]), orphan]).minutes == 60


@pytest.mark.parametrize(
    ("true_minutes", "reason", "field"),
    [(-1, "a reason", "minutes"), (105, "a reason", "minutes"), (106, "a reason", "minutes"), (50, " no ", "reason"),
     (50, "x" * 301, "reason")],
)  # fmt: skip
def test_what_is_no_correction_is_refused_at_its_field(true_minutes: int, reason: str, field: str) -> None:
    lines = earned([(Source.PRACTICE, 105)])
    with pytest.raises(CorrectionRefused) as refused:
        correction_minutes(lines[0], lines, true_minutes, reason)
    assert refused.value.field == field


def test_a_correction_is_not_corrected() -> None:
    lines = correct(earned([(Source.PRACTICE, 105)]), earned([(Source.PRACTICE, 105)])[0], 50)
    with pytest.raises(CorrectionRefused):
        correction_minutes(lines[-1], lines, 0, "a reason")


def test_a_lesson_is_credited_by_rule_and_not_corrected() -> None:
    lines = earned([(Source.LESSON, 105)])
    with pytest.raises(CorrectionRefused, match="fixed share"):
        correction_minutes(lines[0], lines, 50, "a reason")
