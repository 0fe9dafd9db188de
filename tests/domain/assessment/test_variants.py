"""Numbers of one's own: decided by the seed, right for whoever got them, and checked before they are published."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain.assessment.answers import right_answer, wrong_answer
from app.domain.assessment.interchange import gift_writing, moodle_writing, qti_writing
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.items.variants import VariedNumeric
from app.domain.assessment.regrading import carried_over
from app.domain.content.schema_items import item_adapter
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict

PARAMETERS = {"weight": {"low": 50, "high": 80, "step": 5}, "dose": {"low": 3, "high": 4.5, "step": 0.5}}

ONE = {"weight": {"low": 5, "high": 5, "step": 1}}
SLIP = {"value": "=weight * 3", "feedback": "You took 3."}


def varied(**changes: Any) -> dict[str, Any]:
    facts = {
        "prompt": "A client of {weight} kg, at most {dose} mg for each kg. How much?",
        "explanation": "{weight} times {dose}.",
        "parameters": PARAMETERS,
        "answer": "=weight * dose",
        "tolerance": {"kind": "nominal", "value": 0},
        "common_errors": [{"value": "=weight * dose + 100", "feedback": "That is for {weight} kg and a bit more."}],
        "feedback": {"correct": "Yes, for {weight} kg.", "wrong": "No."},
    }
    return item_dict("numeric", **{**facts, **changes})


def built(**changes: Any) -> VariedNumeric:
    item = item_from_dict(varied(**changes))
    assert isinstance(item, VariedNumeric)
    return item


@given(st.text(min_size=1, max_size=40))
def test_each_seed_has_numbers_of_its_own_and_their_answer(seed: str) -> None:
    item = built().for_seed(seed)
    numbers = {name: Fraction(text) for name, text in item.drawn}
    assert 50 <= numbers["weight"] <= 80 and numbers["weight"] % 5 == 0
    assert 3 <= numbers["dose"] <= Fraction(9, 2) and numbers["dose"] * 2 % 1 == 0
    assert item.answer == numbers["weight"] * numbers["dose"]
    texts = dict(item.drawn)
    assert item.prompt == f"A client of {texts['weight']} kg, at most {texts['dose']} mg for each kg. How much?"
    assert built().for_seed(seed) == item, "the same seed, the same numbers"
    assert item.grade(item.parse_response(right_answer(item))).correct
    assert not item.grade(item.parse_response(wrong_answer(item))).correct


def test_learners_get_different_numbers() -> None:
    assert len({built().for_seed(f"seed-{n}").prompt for n in range(200)}) == 28, "all of them turn up"


def test_texts_and_common_errors_follow_the_numbers() -> None:
    item = built().for_seed("any")
    weight = dict(item.drawn)["weight"]
    slip = item.parse_response({"value": [str(float(item.answer) + 100)]})
    assert item.grade(slip).feedback == f"That is for {weight} kg and a bit more."
    assert item.released_view("any")["explanation"].startswith(weight)
    assert "{" not in "".join(str(value) for value in item.released_view("any").values())


def test_without_a_seed_it_shows_the_lowest_numbers() -> None:
    item = built()
    assert (item.answer, item.prompt) == (150, "A client of 50 kg, at most 3 mg for each kg. How much?")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": "How much?"}, "shows no parameter"),
        ({"prompt": "{weight} {dose} {other}"}, "shows dose, other, weight"),
        ({"answer": "=weight * depth"}, "depth, which is no parameter"),
        ({"answer": "=weight *"}, "missing after"),
        ({"parameters": ONE, "prompt": "{weight}", "answer": "=weight", "common_errors": []}, "1 variants"),
        ({"parameters": {**PARAMETERS, "weight": {"low": 0, "high": 9000, "step": 1}}}, "36004 variants"),
        ({"parameters": {**PARAMETERS, "weight": {"low": 9, "high": 1, "step": 1}}}, "from low to high"),
        ({"parameters": {**PARAMETERS, "weight": {"low": 1, "high": 9, "step": 0}}}, "steps above 0"),
        ({"parameters": {**PARAMETERS, "Weight": PARAMETERS["weight"]}}, "lower-case"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        item_from_dict(varied(**changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer": "=weight / (weight - 60)"}, "divides by zero"),
        ({"common_errors": [SLIP]}, "would be right for weight = 50, dose = 3"),
        ({"answer": "=weight / 3"}, "nobody can write the answer"),
    ],
)
def test_the_content_check_tries_every_variant(changes: dict[str, Any], words: str) -> None:
    data = {**varied(**changes), "bank": "bank", "unit": "mg"}
    with pytest.raises(ValidationError, match=words):
        item_adapter.validate_python(data)


def test_the_content_check_takes_formulas_with_parameters_only() -> None:
    assert item_adapter.validate_python({**varied(), "bank": "bank"}).payload["parameters"]["dose"]["step"] == 0.5
    plain = {**item_dict("numeric"), "bank": "bank"}
    assert "parameters" not in item_adapter.validate_python(plain).payload, "the digest of other items stays"
    with pytest.raises(ValidationError, match="a formula needs parameters"):
        item_adapter.validate_python({**plain, "answer": "=2 + 3"})


def test_a_part_of_a_question_has_no_parameters() -> None:
    with pytest.raises(ValueError, match="only a question of its own"):
        Numeric.from_dict(varied())


def test_no_export_pretends_to_hold_them() -> None:
    for written in (gift_writing.write([varied()]), moodle_writing.write([varied()], "", str)):
        assert "differ from learner to learner" in written.left_out["nu-1"]
    assert "differ from learner to learner" in qti_writing.write([varied()], "Title", str).left_out["nu-1"]


def test_a_regrade_is_refused_when_the_numbers_would_be_others() -> None:
    seen = built().for_seed("one")
    same = built(explanation="Better words.").for_seed("one")
    other = built(parameters={**PARAMETERS, "weight": {"low": 51, "high": 81, "step": 5}}).for_seed("one")
    answer = seen.response_to_json(seen.parse_response(right_answer(seen)))
    assert same.grade(carried_over(seen, same, answer)).correct
    with pytest.raises(Invalid, match="other numbers"):
        carried_over(seen, other, answer)
