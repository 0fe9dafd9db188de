"""For every type: responses survive the form and the database, and grades are sound and repeatable."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.items.base import Item, Verdict
from app.domain.assessment.items.nested import Composite
from app.domain.assessment.items.registry import ITEM_TYPES, item_from_dict
from app.domain.assessment.scoring import CHOICE_POLICIES, NEGATIVE_POLICIES, ORDERING_RULES
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict

SCORINGS: dict[str, list[str]] = {
    "multiple_response": list(CHOICE_POLICIES),
    "ordering": list(ORDERING_RULES),
    "matching": ["per_pair", "exact"],
}


TYPED: dict[str, dict[str, list[list[str]]]] = {
    "short_text": {"text": [["Cupid\u2019s BOW"], ["the bow of the upper lip"], [" philtrum "], ["not Cupid's bow"]]},
    "essay": {"text": [["One  two\r\n\r\nthree"], ["x" * 500]]},
    "color_match": {
        "L": [["48"], ["49.5"], ["0"]],
        "C": [["41"], ["150"]],
        "h": [["27"], ["360"], ["27\u00b0"]],
    },
}


def raw_answer(data: st.DataObject, item: Item[Any]) -> dict[str, list[str]]:
    """Draw any answer that a page could send for this item."""
    if isinstance(item, Composite):
        return {p.prefix + name: v for p in item.nested for name, v in raw_answer(data, p.item).items()}
    view = item.public_view(data.draw(st.integers(0, 9)))
    if item.type in TYPED:
        return {name: data.draw(st.sampled_from([[], *texts])) for name, texts in TYPED[item.type].items()}
    if item.type == "numeric":
        return {"value": data.draw(st.sampled_from([[], ["225"], [f"300 {view['unit']}"], ["0,5"], ["1 000"], ["-3"]]))}
    if item.type == "matching":
        choices = ["", *[choice["id"] for choice in view["choices"]]]
        return {row["id"]: [data.draw(st.sampled_from(choices))] for row in view["rows"]}
    if item.type == "ordering":
        order = data.draw(st.permutations([entry["id"] for entry in view["entries"]]))
        if data.draw(st.booleans()):
            return {"order": order[: data.draw(st.integers(0, len(order)))]}
        return {name: [str(place)] for place, name in enumerate(order, 1) if data.draw(st.booleans())}
    ids = [option["id"] for option in view["options"]]
    most = len(ids) if item.type == "multiple_response" else 1
    return {"choice": data.draw(st.lists(st.sampled_from(ids), max_size=most, unique=True))}


def any_item(data: st.DataObject) -> Item[Any]:
    kind = data.draw(st.sampled_from(ITEM_TYPES))
    changes: dict[str, Any] = {"scoring": data.draw(st.sampled_from(SCORINGS[kind]))} if kind in SCORINGS else {}
    if changes.get("scoring") in NEGATIVE_POLICIES:
        changes["negative"] = data.draw(st.booleans())
    return item_from_dict(item_dict(kind, **changes))


@given(st.data())
def test_a_response_survives_the_form_and_the_database(data: st.DataObject) -> None:
    item = any_item(data)
    response = item.parse_response(raw_answer(data, item))
    assert item.parse_response(item.to_form(response)) == response
    stored = json.loads(json.dumps(item.response_to_json(response)))
    assert item.response_from_json(stored) == response


@given(st.data())
def test_grades_are_in_range_and_repeatable(data: st.DataObject) -> None:
    item = any_item(data)
    response = item.parse_response(raw_answer(data, item))
    grade = item.grade(response)
    assert isinstance(grade.fraction, Fraction)
    assert (-1 if item.negative else 0) <= grade.fraction <= 1
    assert grade.correct == (grade.fraction == 1)
    assert grade.waiting == (item.by_hand and grade.answered)
    assert grade.answered == response.answered
    assert grade.answered or grade.fraction == 0
    assert item.grade(response) == grade
    right = [part.verdict in (Verdict.RIGHT, Verdict.NEUTRAL) for part in grade.parts]
    if item.type not in ("ordering", "essay") or item.scoring == "absolute_position":
        assert all(right) == grade.correct


@given(st.data(), st.integers(), st.integers())
def test_the_order_shown_never_changes_the_grade(data: st.DataObject, one: int, two: int) -> None:
    item = any_item(data)
    assert sorted(item.option_order(one)) == sorted(item.option_order(two))
    assert item.option_order(one) == item.option_order(one)
    raw = raw_answer(data, item)
    assert item.grade(item.parse_response(raw)) == item.grade(item.parse_response(dict(raw)))


STORED: dict[str, dict[str, Any]] = {
    "single_choice": {"chosen": "b"},
    "multiple_response": {"chosen": ["a", "d"]},
    "true_false": {"chosen": "true"},
    "ordering": {"places": list("gabcdef")},
    "matching": {"pairs": {"a": "b", "c": "~1"}},
    "numeric": {"text": "224,5"},
    "hotspot": {"chosen": "r3"},
    "short_text": {"text": "Cupid's bow"},
    "cloze": {"parts": {"force": {"chosen": "a"}, "depth": {"text": "0,8"}}},
    "picture_choice": {"chosen": "b"},
    "color_match": {"L": "48", "h": "27.5"},
    "case": {"parts": {"p1": {"chosen": "a"}, "p2": {"chosen": ["a", "c"]}, "p3": {"places": [None, "x", None]}}},
    "essay": {"text": "First this.\n\nThen that."},
}


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_what_is_stored_is_plain_and_comes_back_through_page_and_database(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    response = item.response_from_json(STORED[kind])
    assert response.answered
    assert item.response_to_json(response) == STORED[kind]
    assert item.parse_response(item.to_form(response)) == response


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_nothing_sent_is_unanswered_and_worth_nothing(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    response = item.parse_response({"unrelated": ["x"], "choice": ["", "  "], "value": [""]})
    assert not response.answered
    assert item.parse_response({}) == response
    assert item.response_from_json({}) == response
    grade = item.grade(response)
    assert (grade.fraction, grade.correct, grade.answered) == (0, False, False)


@pytest.mark.parametrize("kind", ["single_choice", "multiple_response", "true_false", "hotspot", "picture_choice"])
def test_an_unknown_choice_is_refused(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    with pytest.raises(Invalid) as caught:
        item.parse_response({"choice": ["nonsense"]})
    assert caught.value.problems[0].code == "unknown_choice"
    with pytest.raises(Invalid):
        item.response_from_json({"chosen": ["gone"] if kind == "multiple_response" else "gone"})


@pytest.mark.parametrize("kind", ["single_choice", "multiple_response", "hotspot", "picture_choice"])
def test_the_ids_that_authors_use_are_not_accepted_from_a_page(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    for option_id in item.option_order(1):
        with pytest.raises(Invalid):
            item.parse_response({"choice": [option_id]})


@pytest.mark.parametrize("kind", ["single_choice", "true_false", "hotspot", "picture_choice"])
def test_two_picks_at_once_are_refused(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    ids = [option["id"] for option in item.public_view(1)["options"]]
    with pytest.raises(Invalid, match="Choose one answer only"):
        item.parse_response({"choice": ids[:2]})
