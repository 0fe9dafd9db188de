"""What pydantic finds, said in sentences with places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.content.problems import Place, Report
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_lessons import LessonFront
from app.domain.content.schema_practice import Slot
from app.domain.content.validation import build, run
from tests.domain.content.samples import single_choice

FILE = Path("x.yaml")


def said(data: Any, model: type = Slot) -> list[str]:
    report = Report()
    assert build(model, data, Place(FILE), report) is None
    return [f"{p.code}: {p.sentence}" for p in report.problems]


def said_of_item(**changes: Any) -> list[str]:
    report = Report()
    assert run(lambda: item_adapter.validate_python(single_choice(**changes)), Place(FILE), report) is None
    return [f"{p.code}: {p.sentence}" for p in report.problems]


def test_a_good_block_becomes_a_spec() -> None:
    report = Report()
    slot = build(Slot, {"id": "f1", "label": " Blank ", "hint": "Whole pad."}, Place(FILE), report)
    assert slot == Slot(id="f1", label="Blank", hint="Whole pad.", required=True)
    assert report.problems == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labl": "x"}, "unknown-key: labl is not a key of this block. Did you mean label?"),
        ({"zzzzzz": 1}, "unknown-key: zzzzzz is not a key of this block."),
        ({"label": True}, "bad-value: label must be text; YAML reads True as yes or no. Put it in quotes."),
        ({"label": 90}, "bad-value: label must be text; YAML reads 90 as a number. Put it in quotes."),
        ({"label": None}, "bad-value: label must be text; YAML reads None as nothing. Put it in quotes."),
        ({"label": ["a"]}, "bad-value: label must be text; YAML reads ['a'] as a list. Put it in quotes."),
        ({"label": "  "}, "bad-value: label is empty."),
        ({"id": "F1"}, "bad-value: id is 'F1', which does not have the form ^f[0-9]{1,2}$."),
        ({"required": "no"}, "bad-value: required: Input should be a valid boolean."),
    ],
)
def test_each_fault_has_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert said({"id": "f1", "label": "Blank", "hint": "Whole pad.", **changes}) == [sentence]


def test_all_faults_are_told_at_once() -> None:
    assert said({"id": "f1", "hint": 3, "required": 1}) == [
        "missing-key: label is missing.",
        "bad-value: hint must be text; YAML reads 3 as a number. Put it in quotes.",
        "bad-value: required: Input should be a valid boolean.",
    ]


def test_what_is_no_block_at_all() -> None:
    assert said("text")[0].startswith("bad-value: This block: Input should be a valid dictionary")


def test_a_date_is_named_a_date() -> None:
    import datetime as dt

    assert said({"id": "f1", "label": dt.date(2026, 1, 2), "hint": "x"}) == [
        "bad-value: label must be text; YAML reads datetime.date(2026, 1, 2) as a date. Put it in quotes."
    ]


def test_a_value_outside_the_vocabulary_lists_it() -> None:
    data = {"id": "a", "title": "T", "step": "lips", "topic": "art", "minutes": 7}
    data |= {"objectives": [{"id": "o", "text": "x"}], "summary": ["a", "b", "c"], "sources": [{"title": "x"}]}
    step, topic = said(data, LessonFront)
    assert step.startswith("bad-value: step is 'lips'; allowed are ")
    assert "'lip-mapping'" in step
    assert topic == "bad-value: topic is 'art'; allowed are 'technique', 'color' or 'hygiene'."


def test_the_place_inside_an_item_leaves_out_the_type_that_only_the_schema_names() -> None:
    options = single_choice()["options"]
    options[2].pop("feedback")
    assert said_of_item(options=options) == ["missing-key: options[3].feedback is missing."]


def test_an_unknown_and_a_missing_type() -> None:
    assert said_of_item(type="riddle")[0].startswith("bad-value: type is 'riddle'; allowed are single_choice, ")
    data = single_choice()
    data.pop("type")
    report = Report()
    assert run(lambda: item_adapter.validate_python(data), Place(FILE), report) is None
    assert report.problems[0].sentence.startswith("type is missing; it is one of single_choice, ")


def test_a_rule_of_the_whole_block_speaks_for_itself() -> None:
    options = [{**option, "correct": False} for option in single_choice()["options"]]
    assert said_of_item(options=options) == ["bad-value: Exactly one option must be correct, here 0 are."]
