"""What all item types share: reading the dict, and telling nothing before release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain.assessment.items.base import public_id
from app.domain.assessment.items.registry import ITEM_TYPES, item_from_dict
from app.domain.assessment.scoring import POLICY_SENTENCES
from tests.domain.assessment.samples import item_dict, options

CHANGES = [
    ({"id": " "}, "has no id"),
    ({"prompt": None}, "has no prompt"),
    ({"step": "lunch"}, "names the step 'lunch'"),
    ({"step": None}, "has no step"),
    ({"topic": "magic"}, "names the topic 'magic'"),
    ({"points": 0}, "points of item"),
    ({"points": True}, "points of item"),
    ({"points": 1.5}, "points of item"),
    ({"difficulty": 4}, "difficulty of item"),
    ({"figure": "figures/x.svg", "figure_alt": None}, "without a text alternative"),
    ({"scoring": "generous"}, "asks for the scoring 'generous'"),
]


@pytest.mark.parametrize("kind", ITEM_TYPES)
@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_nonsense_is_refused_with_a_sentence(kind: str, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        item_from_dict(item_dict(kind, **change))


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_the_facts_of_an_item_are_kept(kind: str) -> None:
    safety = kind != "essay"  # nobody could say that one is right
    item = item_from_dict(item_dict(kind, points=3, difficulty=2, safety=safety))
    assert (item.type, item.points, item.difficulty, item.safety) == (kind, 3, 2, safety)
    assert (item.section, item.topic, item.objective) == ("lip-mapping", "technique", "obj-map-points")
    assert (item.lesson, item.source) == ("lip-map-points", "P14")


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_the_public_view_tells_no_key_and_no_feedback(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    view = item.public_view("seed")
    text = json.dumps(view)
    assert "SECRET" not in text
    assert "MODEL-ANSWER" not in text
    for word in ("correct", "feedback", "weight", "explanation", "source", "lesson", "scoring", "answer", "place"):
        assert f'"{word}"' not in text
    assert view["prompt"] == "Which one?"
    assert set(view) <= {
        *("type", "section", "points", "prompt", "figure", "figure_alt", "figure_svg"),
        *("options", "entries", "rows", "choices", "unit", "case_sensitive", "max_length", "lines", "gaps"),
        *("by_hex", "axes", "tolerance", "card", "parts", "least_words", "most_words", "criteria"),
    }


OTHER_KEYS: dict[str, dict[str, Any]] = {
    "short_text": {"accepted": ["philtrum"], "patterns": [], "common_errors": []},
    "color_match": {"target": {"L": 10, "C": 5, "h": 200}},
    "essay": {"model": "Another model with quite other words."},
}


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_two_items_that_differ_only_in_their_key_look_the_same(kind: str) -> None:
    sample = item_dict(kind)
    other = json.loads(json.dumps(sample))
    if kind in ("single_choice", "multiple_response", "hotspot", "picture_choice"):
        rows = other["options" if kind != "hotspot" else "regions"]
        for row in rows:
            row["correct"] = not row["correct"]
            row["feedback"] = "OTHER"
        if kind != "multiple_response":
            for index, row in enumerate(rows):
                row["correct"] = index == len(rows) - 1
    elif kind == "true_false":
        other["answer"] = True
    elif kind == "numeric":
        other |= {"answer": 7, "tolerance": {"kind": "relative", "value": 0.1}, "common_errors": []}
    elif kind == "matching":
        rights = [pair["right"] for pair in other["pairs"]]
        for pair, right in zip(other["pairs"], rights[1:] + rights[:1], strict=True):
            pair["right"] = right
    elif kind in OTHER_KEYS:
        other |= OTHER_KEYS[kind]
    elif kind == "cloze":
        other["gaps"][0]["options"] = options("abc", "c")
        other["gaps"][1]["answer"] = 5
        other["gaps"][2]["accepted"] = ["philtrum"]
    elif kind == "case":
        other["parts"][0]["options"] = options("abc", "c")
        other["parts"][1]["options"] = options("abcd", "d")
        other["parts"][2]["entries"].reverse()
    else:
        other["entries"].reverse()
    first, second = item_from_dict(sample).public_view(7), item_from_dict(other).public_view(7)
    assert unordered(first) == unordered(second)


def unordered(value: Any) -> Any:
    """Lists as sorted texts: the order shown comes from the seed, not from the key."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(json.dumps(unordered(item), sort_keys=True) for item in value)
    return value


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_the_released_view_adds_why(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    view = item.released_view("seed")
    assert "SECRET" in json.dumps(view)
    assert ("MODEL-ANSWER" in json.dumps(view)) == (kind == "essay")
    assert view["scoring_name"]
    assert view["explanation"] == "EXPLANATION-SECRET"
    assert view["lesson"] == "lip-map-points"
    assert view["scoring_sentence"] == POLICY_SENTENCES[view["scoring"]]


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_plain_text_prints_the_question_without_its_key(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    text = item.plain_text()
    assert text.startswith("Which one?")
    assert "SECRET" not in text
    assert "MODEL-ANSWER" not in text
    assert item.plain_text() == text
    assert item.plain_text(item.id) == text


def test_a_figure_is_described_in_plain_text() -> None:
    item = item_from_dict(item_dict("hotspot"))
    assert item.plain_text().splitlines() == [
        "Which one?",
        "[Figure: A mouth with lettered points.]",
        "A. Peak",
        "B. Dip",
        "C. Corner",
    ]


def test_public_ids_come_from_what_is_read_anyway() -> None:
    assert public_id("i", "option", "Text") == public_id("i", "option", "Text")
    assert len({public_id("i", k, t) for k in ("option", "entry") for t in ("A", "B")}) == 4


@pytest.mark.parametrize("kind", ["riddle", None, 3, ["single_choice"]])
def test_an_unknown_type_is_refused(kind: object) -> None:
    with pytest.raises(ValueError, match="no item type"):
        item_from_dict({"type": kind, "id": "x"})
