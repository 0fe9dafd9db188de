"""Multiple response: the policy on the item decides what a half-right answer is worth."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.assessment.items.multiple_response import MultipleResponse, TickResponse
from tests.domain.assessment.samples import item_dict, options

F = Fraction


def build(scoring: str, **changes: object) -> MultipleResponse:
    return MultipleResponse.from_dict(item_dict("multiple_response", scoring=scoring, **changes))


@pytest.mark.parametrize(
    ("scoring", "worth"),
    [
        ("exact", F(0)),
        ("right_minus_wrong_correct", F(1, 3)),
        ("right_minus_wrong_options", F(1, 5)),
        ("per_decision", F(3, 5)),
        ("proportional_correct", F(0)),
        ("halves", F(1, 4)),
    ],
)
def test_two_right_and_one_wrong_under_each_policy(scoring: str, worth: Fraction) -> None:
    item = build(scoring)
    grade = item.grade(TickResponse(frozenset("abd")))
    assert (grade.fraction, grade.correct) == (worth, False)
    assert item.grade(TickResponse(frozenset("abc"))).fraction == 1


def test_a_blank_is_worth_nothing_even_where_the_formula_would_pay() -> None:
    assert build("per_decision").grade(TickResponse()).fraction == 0


def test_weights_may_pay_in_full_for_an_answer_that_is_not_right() -> None:
    rows = [{**row, "weight": "1/3" if row["correct"] else 0} for row in options("abcde", "abc")]
    item = build("weights", options=rows)
    grade = item.grade(TickResponse(frozenset("abcde")))
    assert (grade.fraction, grade.correct) == (1, False)
    assert item.grade(TickResponse(frozenset("a"))).fraction == F(1, 3)


def test_weights_must_be_complete() -> None:
    with pytest.raises(ValueError, match="each option needs a weight"):
        build("weights")


@pytest.mark.parametrize("right", ["", "abcde"])
def test_there_is_something_right_and_something_wrong(right: str) -> None:
    with pytest.raises(ValueError, match="at least one right and one wrong"):
        build("exact", options=options("abcde", right))


def test_ticks_are_read_and_stored_in_the_authors_order() -> None:
    item = build("exact")
    shown = {option["text"]: option["id"] for option in item.public_view(2)["options"]}
    response = item.parse_response({"choice": [shown["Text e"], shown["Text a"], shown["Text a"]]})
    assert response == TickResponse(frozenset("ae"))
    assert item.response_to_json(response) == {"chosen": ["a", "e"]}
    assert item.to_form(response) == {"choice": [shown["Text a"], shown["Text e"]]}


def test_the_order_follows_the_seed_unless_the_author_fixed_it() -> None:
    assert build("exact").option_order(1) != build("exact").option_order(2)
    assert build("exact", shuffle=False).option_order(1) == list("abcde")


def test_the_released_view_names_the_right_options() -> None:
    shown = build("exact").released_view(4)["options"]
    assert sorted(o["text"] for o in shown if o["correct"]) == ["Text a", "Text b", "Text c"]
