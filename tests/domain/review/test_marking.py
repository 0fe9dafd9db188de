"""Who must still read a try, and what its marks lead to."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.review.marking import (
    GivenMark,
    agreed_problems,
    combine,
    differs,
    disagreement,
    plan,
    raised,
    wide_gaps,
)
from app.domain.review.states import Kind
from app.domain.rubric.rubric import rubric_from_dict
from app.domain.rubric.scoring import Result, outcome, score
from tests.domain.rubric.samples import CORE, WEIGHTS, rubric_dict

RUBRIC = rubric_from_dict(rubric_dict())
CERTIFIED = RUBRIC.marks["certified"]
LEVELS = st.fixed_dictionaries({name: st.integers(1, 4) for name in WEIGHTS})


def given_mark(
    kind: Kind, level: int = 4, levels: Mapping[str, int] | None = None, flags: Mapping[str, bool | None] | None = None
) -> GivenMark:
    ratings = dict.fromkeys(WEIGHTS, level) | dict(levels or {})
    return GivenMark(kind, score(RUBRIC, ratings, WEIGHTS), flags or {})


def first(level: int = 4, **more: object) -> GivenMark:
    return given_mark(Kind.FIRST, level, **more)  # type: ignore[arg-type]


def second(level: int = 4, **more: object) -> GivenMark:
    return given_mark(Kind.SECOND, level, **more)  # type: ignore[arg-type]


def third(level: int = 4, **more: object) -> GivenMark:
    return given_mark(Kind.THIRD, level, **more)  # type: ignore[arg-type]


def needs(*marks: GivenMark, capstone: bool = False) -> tuple[Kind | None, tuple[str, ...]]:
    found = plan(CERTIFIED, marks, capstone=capstone)
    return found.needs, found.reasons


def test_a_piece_is_read_first() -> None:
    assert needs() == (Kind.FIRST, ("first",))


@pytest.mark.parametrize(
    ("mark", "capstone", "reasons"),
    [
        (first(4), True, ("capstone",)),
        (first(3), False, ("near_mark",)),
        (first(4, levels={"lip-mapping": 2}), False, ("one_core_level",)),
        (first(3, levels={"lip-mapping": 2}), True, ("capstone", "near_mark", "one_core_level")),
    ],
)
def test_a_second_mark_is_due(mark: GivenMark, capstone: bool, reasons: tuple[str, ...]) -> None:
    assert needs(mark, capstone=capstone) == (Kind.SECOND, reasons)


@pytest.mark.parametrize(
    ("mark", "result"), [(first(4), Result.APPROVED), (first(2), Result.RESUBMIT), (first(1), Result.RESUBMIT)]
)
def test_one_mark_far_from_the_line_is_enough(mark: GivenMark, result: Result) -> None:
    found = plan(CERTIFIED, [mark], capstone=False).verdict
    assert found is not None
    assert (found.outcome.result, found.basis, found.carrier) == (result, "single", Kind.FIRST)


def test_two_marks_that_agree_are_combined_to_the_mean() -> None:
    one, other = first(3, levels={"lip-mapping": 2}), second(3, levels={"building-layers": 2})
    found = plan(CERTIFIED, [one, other], capstone=False).verdict
    assert found is not None
    assert (found.basis, found.carrier) == ("double", None)
    assert found.piece.percent == (one.piece.percent + other.piece.percent) / 2
    assert found.piece.core_levels["lip-mapping"] == 3, "the mean of 2 and 3 is 2.5, which reaches 3 (domain.md 4.8)"
    assert found.outcome.result is Result.APPROVED


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (first(3), second(2), ("other_outcome",)),
        (first(4), second(4, levels={"aftercare": 2}), ("level_gap",)),
        (first(4), second(1), ("other_outcome", "level_gap")),
    ],
)
def test_two_marks_that_disagree_go_to_a_third_marker(
    one: GivenMark, other: GivenMark, reasons: tuple[str, ...]
) -> None:
    assert needs(one, other, capstone=True) == (Kind.THIRD, reasons)


def test_the_agreed_mark_is_the_result() -> None:
    found = plan(CERTIFIED, [first(4), second(1), third(3)], capstone=True).verdict
    assert found is not None
    assert (found.outcome.result, found.basis, found.carrier) == (Result.APPROVED, "agreed", Kind.THIRD)


def test_a_flag_waits_for_somebody_else() -> None:
    assert needs(first(4, flags={"HYG": None})) == (Kind.CONFIRM, ("critical",))
    assert needs(first(4, flags={"HYG": True, "SHP": None})) == (None, ()), "one confirmed fault fails the piece"


def test_a_confirmed_flag_fails_whatever_the_score() -> None:
    found = plan(CERTIFIED, [first(4, flags={"HYG": True})], capstone=True).verdict
    assert found is not None
    assert (found.outcome.result, found.carrier, found.flags) == (Result.FAILED, Kind.FIRST, ("HYG",))
    partly = plan(CERTIFIED, [first(4, flags={"HYG": True, "SHP": False})], capstone=True).verdict
    assert partly is not None
    assert (partly.carrier, partly.flags) == (None, ("HYG",)), "the mark says more than what was confirmed"


def test_levels_decide_when_a_flag_is_not_confirmed() -> None:
    found = plan(CERTIFIED, [first(4, flags={"HYG": False})], capstone=False).verdict
    assert found is not None
    assert (found.outcome.result, found.carrier, found.flags) == (Result.APPROVED, None, ())
    assert needs(first(3, flags={"HYG": False})) == (Kind.SECOND, ("near_mark",))


def test_a_flag_that_both_raise_unknowing_is_confirmed_by_that() -> None:
    found = plan(CERTIFIED, [first(3, flags={"HYG": None}), second(3, flags={"HYG": None})], capstone=False).verdict
    assert found is not None
    assert (found.outcome.result, found.flags) == (Result.FAILED, ("HYG",))
    again = needs(first(3, flags={"HYG": False}), second(3, flags={"HYG": None}))
    assert again == (Kind.CONFIRM, ("critical",)), "a flag that somebody did not confirm needs a look of its own"


@given(LEVELS, LEVELS, st.booleans())
def test_two_marks_lead_to_the_same_whoever_came_first(
    one: dict[str, int], other: dict[str, int], capstone: bool
) -> None:
    this = plan(CERTIFIED, [first(levels=one), second(levels=other)], capstone=capstone)
    that = plan(CERTIFIED, [first(levels=other), second(levels=one)], capstone=capstone)
    assert (this.needs, this.reasons) == (that.needs, that.reasons)
    if this.verdict and that.verdict:
        assert this.verdict.outcome.result is that.verdict.outcome.result
        assert this.verdict.piece.percent == that.verdict.piece.percent


@given(LEVELS, LEVELS)
def test_a_combined_score_lies_between_both_and_its_core_rule_is_the_mean(
    one: dict[str, int], other: dict[str, int]
) -> None:
    a, b = first(levels=one).piece, second(levels=other).piece
    both = combine(a, b)
    assert min(a.percent, b.percent) <= both.percent <= max(a.percent, b.percent)
    for name in CORE:
        assert (both.core_levels[name] >= 3) == (Fraction(one[name] + other[name], 2) >= Fraction(5, 2))


@given(LEVELS, st.booleans())
def test_a_mark_agrees_with_itself(levels: dict[str, int], capstone: bool) -> None:
    one, other = first(levels=levels), second(levels=levels)
    assert disagreement(one, other, CERTIFIED) == ()
    assert combine(one.piece, other.piece) == one.piece
    found = plan(CERTIFIED, [one, other], capstone=capstone)
    assert found.verdict is not None
    assert found.verdict.outcome == outcome(one.piece, CERTIFIED)


@given(st.lists(st.tuples(LEVELS, st.sampled_from([None, True, False])), min_size=1, max_size=3), st.booleans())
def test_a_plan_asks_for_one_thing_or_decides(rows: list[tuple[dict[str, int], bool | None]], capstone: bool) -> None:
    kinds = (Kind.FIRST, Kind.SECOND, Kind.THIRD)
    marks = [
        given_mark(kind, levels=levels, flags={"HYG": known})
        for kind, (levels, known) in zip(kinds, rows, strict=False)
    ]
    found = plan(CERTIFIED, marks, capstone=capstone)
    assert (found.needs is None) == (found.verdict is not None)
    assert found.needs not in {mark.kind for mark in marks}, "nobody is asked for a mark that is in"
    if found.verdict and found.verdict.outcome.result is Result.FAILED:
        assert any(mark.flags["HYG"] is not False for mark in marks), "without a flag that stands nothing fails"


def test_wide_gaps_name_the_criteria() -> None:
    assert wide_gaps(first(4), second(4, levels={"aftercare": 2, "record": 3})) == ("aftercare",)


def test_the_agreed_mark_says_why_it_differs() -> None:
    before = [dict.fromkeys(WEIGHTS, 3), dict.fromkeys(WEIGHTS, 3) | {"lip-mapping": 1}]
    ratings = dict.fromkeys(WEIGHTS, 3) | {"record": 4}
    problems = agreed_problems(RUBRIC.criteria, ratings, {"record": "The set is exemplary."}, before)
    assert [(p.field, p.code) for p in problems] == [("lip-mapping", "change_unexplained")]
    assert agreed_problems(RUBRIC.criteria, ratings, {"record": "x", "lip-mapping": "Within 1 mm."}, before) == []


def test_raised_levels_change_nothing_else() -> None:
    both = combine(first(3).piece, second(2).piece)
    higher = raised(both, RUBRIC, {"lip-mapping": 4})
    assert higher.percent - both.percent == Fraction(14) * (100 - Fraction(135, 2)) / 100
    assert raised(both, RUBRIC, {"lip-mapping": 3}) == both, "the same level keeps the mean that it had"


def test_a_re_mark_differs_by_outcome_or_by_two_levels() -> None:
    same = dict.fromkeys(WEIGHTS, 3)
    assert not differs(Result.APPROVED, same, Result.APPROVED, same | {"record": 4})
    assert differs(Result.APPROVED, same, Result.APPROVED, same | {"record": 1})
    assert differs(Result.RESUBMIT, same, Result.APPROVED, same)
