"""Single choice: one right option."""

from __future__ import annotations

import pytest

from app.domain.assessment.items.options import PickResponse
from app.domain.assessment.items.single_choice import SingleChoice
from tests.domain.assessment.samples import item_dict, options


def test_only_the_right_option_earns_the_points() -> None:
    item = SingleChoice.from_dict(item_dict("single_choice"))
    assert [item.grade(PickResponse(i)).fraction for i in ("a", "b", "c", "d", None)] == [0, 0, 1, 0, 0]


def test_the_grade_tells_option_by_option_what_was_right() -> None:
    item = SingleChoice.from_dict(item_dict("single_choice"))
    grade = item.grade(PickResponse("a"))
    assert [part.verdict.value for part in grade.parts] == ["wrong", "neutral", "missed", "neutral"]


def test_a_page_answer_is_read_by_public_id() -> None:
    item = SingleChoice.from_dict(item_dict("single_choice"))
    shown = {option["text"]: option["id"] for option in item.public_view(5)["options"]}
    assert item.parse_response({"choice": [f" {shown['Text c']} "]}) == PickResponse("c")
    assert item.response_to_json(PickResponse("c")) == {"chosen": "c"}


def test_the_order_follows_the_seed_unless_the_author_fixed_it() -> None:
    item = SingleChoice.from_dict(item_dict("single_choice"))
    assert len({tuple(item.option_order(seed)) for seed in range(60)}) > 12
    fixed = SingleChoice.from_dict(item_dict("single_choice", shuffle=False))
    assert all(fixed.option_order(seed) == list("abcd") for seed in range(20))


def test_the_released_view_names_the_right_option() -> None:
    item = SingleChoice.from_dict(item_dict("single_choice"))
    shown = item.released_view(3)["options"]
    assert [option["text"] for option in shown if option["correct"]] == ["Text c"]
    assert [option["text"] for option in shown] == [o["text"] for o in item.public_view(3)["options"]]


def test_two_right_options_are_refused() -> None:
    with pytest.raises(ValueError, match="exactly one right option"):
        SingleChoice.from_dict(item_dict("single_choice", options=options("abc", "ab")))
