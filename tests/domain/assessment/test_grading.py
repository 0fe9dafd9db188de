"""Grading whole attempts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.grading import AttemptMark, final_mark, grade_attempt
from app.domain.assessment.items.base import Item, ItemGrade
from app.domain.assessment.items.multiple_response import TickResponse
from app.domain.assessment.items.options import PickResponse
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.items.single_choice import SingleChoice
from app.domain.assessment.quiz import AttemptPolicy, QuizSpec, quiz_from_dict
from tests.domain.assessment.samples import item_dict

F = Fraction


def spec(**changes: object) -> QuizSpec:
    return quiz_from_dict({"id": "q", "title": "Q", "draws": [{"bank": "b", "count": 1}], "pass_mark": 80, **changes})


def choice(name: str, step: str = "numbing", points: int = 1, safety: bool = False) -> Item[Any]:
    return item_from_dict(item_dict("single_choice", id=name, step=step, points=points, safety=safety))


RIGHT, WRONG = PickResponse("c"), PickResponse("a")


def test_points_percent_and_sections_are_exact() -> None:
    partial = item_from_dict(
        item_dict("multiple_response", id="m", step="aftercare", points=2, scoring="right_minus_wrong_correct")
    )
    items = [choice("a", points=3), partial, choice("b"), choice("c", "aftercare")]
    grade = grade_attempt(spec(), items, {"a": RIGHT, "m": TickResponse(frozenset("ab")), "b": WRONG, "c": None})
    assert (grade.earned, grade.possible, grade.percent) == (F(13, 3), 7, F(1300, 21))
    assert [(s.section, s.earned, s.possible, s.items, s.correct) for s in grade.sections] == [
        ("numbing", F(3), 4, 2, 1),
        ("aftercare", F(4, 3), 3, 2, 0),
    ]
    assert [s.percent for s in grade.sections] == [F(75), F(400, 9)]
    assert grade.sections[0].title == "Numbing"
    assert grade.correct == 1
    assert not grade.passed
    assert [(r.code, r.sentence) for r in grade.reasons] == [
        ("below_mark", "80% is needed; this attempt reached 61.9%.")
    ]


def test_the_mark_itself_passes_and_a_hair_below_does_not() -> None:
    items = [choice(str(n)) for n in range(5)]
    answers = {str(n): RIGHT for n in range(4)}
    assert grade_attempt(spec(), items, answers).passed
    assert not grade_attempt(spec(pass_mark=80.01), items, answers).passed


def test_a_missed_safety_item_fails_whatever_the_score() -> None:
    items = [choice(str(n), safety=n < 2) for n in range(10)]
    answers = {str(n): RIGHT if n else WRONG for n in range(10)}
    grade = grade_attempt(spec(safety_must_pass=True), items, answers)
    assert (grade.percent, grade.safety_missed, grade.passed) == (90, ("0",), False)
    assert grade.reasons[0].code == "safety_missed"
    assert grade.reasons[0].sentence.startswith("One safety question was not right.")
    blank = grade_attempt(spec(safety_must_pass=True, pass_mark=0), items, {})
    assert blank.reasons[0].sentence.startswith("2 safety questions were")
    lenient = grade_attempt(spec(safety_must_pass=False), items, answers)
    assert lenient.passed
    assert lenient.safety_missed == ("0",)


def test_partial_credit_does_not_satisfy_a_safety_item() -> None:
    item = item_from_dict(item_dict("multiple_response", safety=True, scoring="per_decision"))
    grade = grade_attempt(spec(pass_mark=50, safety_must_pass=True), [item], {"mr-1": TickResponse(frozenset("ab"))})
    assert grade.percent == 80
    assert not grade.passed


def test_each_section_below_its_floor_is_named() -> None:
    items = [choice("a"), choice("b"), choice("c", "aftercare"), choice("d", "hygiene")]
    grade = grade_attempt(spec(pass_mark=50, section_floor=70), items, {"a": RIGHT, "b": WRONG, "d": RIGHT})
    assert [(r.code, r.section, r.sentence) for r in grade.reasons] == [
        ("section_below_floor", "numbing", "Numbing needs at least 70%; it reached 50%."),
        ("section_below_floor", "aftercare", "Aftercare needs at least 70%; it reached 0%."),
    ]


def test_the_record_is_json_with_exact_numbers() -> None:
    grade = grade_attempt(spec(section_floor=50), [choice("a"), choice("b", safety=True)], {"a": RIGHT})
    record = json.loads(json.dumps(grade.summary()))
    assert record["percent"] == "50"
    assert record["items"] == {"a": {"fraction": "1", "points": 1}, "b": {"fraction": "0", "points": 1}}
    assert record["sections"] == [{"section": "numbing", "earned": "1", "possible": 2, "items": 2, "correct": 1}]
    assert (record["passed"], record["correct"], record["safety_missed"]) == (False, 1, ["b"])
    assert [reason["code"] for reason in record["reasons"]] == ["below_mark"]


@pytest.mark.parametrize(
    ("items", "answers", "sentence"),
    [
        ([], {}, "at least one item"),
        ([choice("a"), choice("a")], {}, "none twice"),
        ([choice("a")], {"b": RIGHT}, "not drawn"),
    ],
)
def test_faults_of_ours_are_loud(items: list[Item[Any]], answers: Mapping[str, PickResponse], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        grade_attempt(spec(), items, answers)


@dataclass(frozen=True, kw_only=True)
class Generous(SingleChoice):
    def grade(self, response: PickResponse) -> ItemGrade:
        return ItemGrade(F(101, 100), True, True)


def test_a_grade_out_of_range_is_never_recorded() -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        grade_attempt(spec(), [Generous.from_dict(item_dict("single_choice"))], {})


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["a", "b", "c", None]), st.booleans()), min_size=1))
def test_scores_stay_in_range_and_sections_add_up(rows: list[tuple[int, str | None, bool]]) -> None:
    items = [choice(str(n), "numbing" if even else "hygiene", points) for n, (points, _, even) in enumerate(rows)]
    answers = {str(n): PickResponse(picked) for n, (_, picked, _) in enumerate(rows)}
    grade = grade_attempt(spec(), items, answers)
    assert 0 <= grade.percent <= 100
    assert sum(section.earned for section in grade.sections) == grade.earned
    assert sum(section.possible for section in grade.sections) == grade.possible
    assert grade.passed == (grade.percent >= 80)
    shuffled_grade = grade_attempt(spec(), items[::-1], answers)
    assert (shuffled_grade.percent, shuffled_grade.passed) == (grade.percent, grade.passed)
    assert grade_attempt(spec(), items, answers) == grade


MARKS = [AttemptMark(F(60), False), AttemptMark(F(95), False), AttemptMark(F(85), True), AttemptMark(F(70), False)]


@pytest.mark.parametrize(
    ("policy", "mark"),
    [
        (AttemptPolicy.BEST, AttemptMark(F(85), True)),
        (AttemptPolicy.LAST, AttemptMark(F(70), False)),
        (AttemptPolicy.FIRST, AttemptMark(F(60), False)),
        (AttemptPolicy.MEAN, AttemptMark(F(155, 2), False)),
    ],
)
def test_which_attempt_counts(policy: AttemptPolicy, mark: AttemptMark) -> None:
    assert final_mark(policy, MARKS, F(80)) == mark
    assert final_mark(policy, [], F(80)) is None


def test_a_mean_passes_with_one_full_pass_among_the_attempts() -> None:
    assert final_mark(AttemptPolicy.MEAN, MARKS, F(77)) == AttemptMark(F(155, 2), True)
    assert final_mark(AttemptPolicy.MEAN, MARKS[:2], F(77)) == AttemptMark(F(155, 2), False)
