"""True or false."""

from __future__ import annotations

import pytest

from app.domain.assessment.items.options import PickResponse
from app.domain.assessment.items.true_false import TrueFalse
from tests.domain.assessment.samples import item_dict


@pytest.mark.parametrize(("answer", "right"), [(True, "true"), (False, "false")])
def test_the_right_answer_earns_the_points(answer: bool, right: str) -> None:
    item = TrueFalse.from_dict(item_dict("true_false", answer=answer))
    worth = {choice: item.grade(item.parse_response({"choice": [choice]})).fraction for choice in ("true", "false")}
    assert worth == {"true": int(right == "true"), "false": int(right == "false")}


def test_each_answer_has_its_own_text() -> None:
    item = TrueFalse.from_dict(item_dict("true_false"))
    chosen = [part for part in item.grade(PickResponse("true")).parts if part.chosen]
    assert [(part.verdict.value, part.feedback) for part in chosen] == [("wrong", "SECRET true")]


def test_true_stands_before_false_under_every_seed() -> None:
    item = TrueFalse.from_dict(item_dict("true_false", feedback=None))
    assert {tuple(item.option_order(seed)) for seed in range(10)} == {("true", "false")}
    assert [o["id"] for o in item.public_view(1)["options"]] == ["true", "false"]
    assert item.plain_text().splitlines()[1:] == ["A. True", "B. False"]


@pytest.mark.parametrize("answer", ["true", 1, None])
def test_the_answer_must_be_plain(answer: object) -> None:
    with pytest.raises(ValueError, match="true or false"):
        TrueFalse.from_dict(item_dict("true_false", answer=answer))
