"""The seven item types and what each refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_items import Numeric, item_adapter
from tests.domain.content.samples import single_choice

COMMON = {k: v for k, v in single_choice().items() if k not in ("options", "type")}
FEEDBACK = {"feedback": "x"}


def option(id: str, correct: bool = False, text: str = "") -> dict[str, Any]:
    return {"id": id, "text": text or f"Text {id}", "correct": correct, **FEEDBACK}


def region(id: str, label: str, correct: bool = False, **place: float) -> dict[str, Any]:
    return {"id": id, "label": label, "x": 0.5, "y": 0.5, "text": "there", "correct": correct, **FEEDBACK, **place}


VALID: dict[str, dict[str, Any]] = {
    "multiple_response": {
        "options": [option("a", True), option("b", True), option("c"), option("d")],
        "scoring": "exact",
    },
    "true_false": {"answer": False, "feedback": {"when_true": "x", "when_false": "y"}},
    "ordering": {"entries": [{"id": i, "text": i} for i in "abc"], "scoring": "distance", "feedback": "x"},
    "matching": {
        "pairs": [{"id": i, "left": f"l{i}", "right": f"r{i}", "feedback": "x"} for i in "abc"],
        "distractors": ["rx"],
        "scoring": "per_pair",
    },
    "numeric": {
        "answer": 225,
        "tolerance": {"kind": "nominal", "value": 1},
        "unit": "mg",
        "feedback": {"correct": "x", "wrong": "y"},
        "common_errors": [{"value": 300, "feedback": "x"}],
    },
    "hotspot": {
        "figure": "figures/a.svg",
        "figure_alt": "x",
        "regions": [region("a", "A", True), region("b", "B"), region("c", "C")],
    },
}


def make(type: str, **changes: Any) -> Any:
    return item_adapter.validate_python({**COMMON, "type": type, **VALID.get(type, {}), **changes})


@pytest.mark.parametrize("type", VALID)
def test_each_type_is_accepted_and_keeps_its_order(type: str) -> None:
    item = make(type)
    assert item.payload["type"] == type
    assert item.kind == "item"


def refused(type: str, sentence: str, **changes: Any) -> None:
    with pytest.raises(ValidationError) as error:
        make(type, **changes)
    assert sentence in str(error.value)


def test_single_choice_has_one_key_and_three_to_five_different_options() -> None:
    base = single_choice()["options"]
    with pytest.raises(ValidationError, match="exactly one option must be correct, here 2 are"):
        item_adapter.validate_python(single_choice(options=[{**o, "correct": i < 2} for i, o in enumerate(base)]))
    with pytest.raises(ValidationError, match="option ids must differ; used twice: a"):
        item_adapter.validate_python(single_choice(options=[base[0], {**base[1], "id": "a"}, base[2]]))
    with pytest.raises(ValidationError, match="option texts must differ"):
        item_adapter.validate_python(single_choice(options=[base[0], {**base[1], "text": "The LABELED one"}, base[2]]))
    with pytest.raises(ValidationError, match="at least 3 items"):
        item_adapter.validate_python(single_choice(options=base[:2]))


def test_multiple_response_has_right_and_wrong_options_and_names_its_scoring() -> None:
    refused("multiple_response", "at least one must be wrong", options=[option(i, True) for i in "abcd"])
    refused("multiple_response", "at least one option must be correct", options=[option(i) for i in "abcd"])
    refused("multiple_response", "scoring", scoring="generous")
    with pytest.raises(ValidationError, match="scoring"):
        item_adapter.validate_python(
            {**COMMON, "type": "multiple_response", "options": VALID["multiple_response"]["options"]}
        )


def test_ordering_and_matching_have_no_two_equal_texts() -> None:
    refused("ordering", "entry texts must differ", entries=[{"id": i, "text": "same"} for i in "abc"])
    refused("ordering", "entry ids must differ", entries=[{"id": "a", "text": i} for i in "abc"])
    refused("matching", "right sides must differ; used twice: rb", distractors=["Rb"])
    pairs = VALID["matching"]["pairs"]
    refused("matching", "left sides must differ", pairs=[pairs[0], {**pairs[1], "left": "la"}, pairs[2]])


def test_a_common_error_may_not_be_right() -> None:
    refused("numeric", "common error 226 would be accepted", common_errors=[{"value": 226, "feedback": "x"}])
    refused(
        "numeric", "geometric tolerance needs an answer above 0", answer=0, tolerance={"kind": "geometric", "value": 1}
    )
    refused("numeric", "answer", answer=True)
    refused("numeric", "answer", answer="225")


@pytest.mark.parametrize(
    ("kind", "value", "inside", "outside"),
    [
        ("nominal", 1, [224, 226], [223.9, 226.1]),
        ("relative", 0.1, [202.5, 247.5], [202.4, 247.6]),
        ("geometric", 0.5, [150, 337.5], [149, 338]),
    ],
)
def test_tolerances(kind: str, value: float, inside: list[float], outside: list[float]) -> None:
    item = make("numeric", tolerance={"kind": kind, "value": value}, common_errors=[])
    assert isinstance(item, Numeric)
    assert [item.accepts(x) for x in inside] == [True, True]
    assert [item.accepts(x) for x in outside] == [False, False]


def test_a_hotspot_has_one_right_region_inside_its_figure() -> None:
    refused("hotspot", "exactly one region must be correct", regions=[region(i, i.upper()) for i in "abc"])
    refused("hotspot", "region labels must differ", regions=[region(i, "A", i == "a") for i in "abc"])
    refused("hotspot", "x", regions=[region("a", "A", True, x=1.2), region("b", "B"), region("c", "C")])
    refused("hotspot", "a hotspot item needs a figure", figure=None, figure_alt=None)


def test_a_figure_comes_with_its_alternative() -> None:
    refused("true_false", "figure and figure_alt belong together", figure="figures/a.svg")
    refused("true_false", "figure", figure="../a.svg", figure_alt="x")
    assert make("true_false", figure="figures/set/a-1.svg", figure_alt="x").figure == "figures/set/a-1.svg"


def test_yes_is_not_a_truth_that_was_meant() -> None:
    refused("true_false", "answer", answer="yes")
    refused("true_false", "difficulty", difficulty=4)
    refused("true_false", "points", points=0)
