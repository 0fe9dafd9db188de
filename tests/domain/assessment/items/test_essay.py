"""Essay: it waits for a person, and a person's mark decides."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.assessment.grading import grade_attempt
from app.domain.assessment.items.base import Verdict
from app.domain.assessment.items.essay import Essay, EssayResponse, HandMark
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict

SPEC = quiz_from_dict({"id": "q", "title": "Q", "draws": [{"bank": "b", "count": 1}], "pass_mark": 50})
TEXT = EssayResponse("One reason, and a second one.")


def build(**changes: object) -> Essay:
    return Essay.from_dict(item_dict("essay", **changes))


def test_a_text_waits_and_an_empty_page_does_not() -> None:
    item = build()
    assert item.grade(TEXT).waiting
    assert not item.grade(EssayResponse()).waiting
    assert TEXT.words == 6


def test_a_mark_decides() -> None:
    grade = build().grade_by(TEXT, HandMark({"reason": 1, "words": 1}, "Better."))
    assert (grade.fraction, grade.correct, grade.waiting, grade.feedback) == (Fraction(2, 3), False, False, "Better.")
    assert [(p.verdict, p.earned, p.feedback) for p in grade.parts] == [
        (Verdict.WRONG, "1", "SECRET half"),
        (Verdict.RIGHT, "1", "SECRET yes"),
    ]


def test_a_rubric_that_changes_later_does_not_change_a_mark() -> None:
    grade = build().grade_by(TEXT, HandMark({"gone": 1}, "", Fraction(3, 4)))
    assert grade.fraction == Fraction(3, 4)


def test_a_mark_names_a_level_of_each_criterion() -> None:
    item = build()
    assert item.check_mark({"reason": 2, "words": 0, "other": 9}) == {"reason": 2, "words": 0}
    with pytest.raises(Invalid) as caught:
        item.check_mark({"reason": 3})
    assert [p.field for p in caught.value.problems] == ["reason", "words"]


def test_an_attempt_has_no_verdict_while_a_text_waits() -> None:
    essay, choice = build(), item_from_dict(item_dict("true_false"))
    right = choice.parse_response({"choice": ["false"]})
    waiting = grade_attempt(SPEC, [essay, choice], {"es-1": TEXT, "tf-1": right})
    assert waiting.waiting == ("es-1",)
    marked = grade_attempt(SPEC, [essay, choice], {"es-1": TEXT, "tf-1": right}, {"es-1": HandMark({"reason": 2})})
    assert (marked.waiting, marked.percent) == ((), Fraction(500, 6))


def test_negative_marks_never_make_a_whole_worth_less_than_nothing() -> None:
    rows = [
        {"id": i, "text": f"T {i}", "correct": i == "a", "weight": 1 if i == "a" else -1, "feedback": "x"}
        for i in "abc"
    ]
    item = item_from_dict(item_dict("single_choice", options=rows, scoring="weights", negative=True))
    grade = grade_attempt(SPEC, [item], {"sc-1": item.response_from_json({"chosen": "b"})})
    assert grade.items[0].grade.fraction == -1
    assert (grade.earned, grade.percent, grade.sections[0].earned) == (0, 0, 0)


def test_the_text_is_kept_as_it_was_written() -> None:
    item = build()
    response = item.parse_response({"text": ["  First.\r\n\r\nSecond.\0 "]})
    assert response.text == "First.\n\nSecond."
    assert item.parse_response({"text": ["word " * 4_000]}).words == 4_000, "too many words are for the marker to see"
    with pytest.raises(Invalid):
        item.parse_response({"text": ["x" * 20_001]})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"safety": True}, "cannot be a safety item"),
        ({"words": {"min": 9, "max": 3}}, "most words"),
        ({"words": {"max": None}}, "most words"),
        ({"rubric": []}, "1 to 5 rubric"),
        ({"rubric": [{"id": "a", "title": "A", "levels": [{"points": 1, "text": "x"}]}]}, "two levels or more"),
        (
            {"rubric": [{"id": "a", "title": "A", "levels": [{"points": 0, "text": "x"}, {"points": 1, "text": "y"}]}]},
            "from the most points down to 0",
        ),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(**changes)
