"""Matching rows to texts, distractors included."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.domain.assessment.items.matching import Matching, MatchResponse
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict

ITEM = Matching.from_dict(item_dict("matching"))
VIEW = ITEM.public_view(1)
ROW = {row["text"]: row["id"] for row in VIEW["rows"]}
TEXT = {choice["text"]: choice["id"] for choice in VIEW["choices"]}


def test_each_right_row_counts() -> None:
    raw = {
        ROW["Patchy"]: [TEXT["Jumping between areas"]],
        ROW["Blowout"]: [TEXT["Hand too fast"]],
        ROW["Gaps"]: [TEXT["Hand too fast"]],
    }
    response = ITEM.parse_response(raw)
    grade = ITEM.grade(response)
    assert (grade.fraction, grade.correct) == (Fraction(2, 3), False)
    assert [part.verdict.value for part in grade.parts] == ["right", "wrong", "right"]
    assert (grade.parts[1].given, grade.parts[1].expected) == ("Hand too fast", "Too deep")
    assert ITEM.response_to_json(response) == {"pairs": {"a": "a", "b": "c", "c": "c"}}
    exact = Matching.from_dict(item_dict("matching", scoring="exact"))
    assert exact.grade(response).fraction == 0


def test_all_right_is_everything_under_both_policies() -> None:
    response = MatchResponse((("a", "a"), ("b", "b"), ("c", "c")))
    for scoring in ("per_pair", "exact"):
        assert Matching.from_dict(item_dict("matching", scoring=scoring)).grade(response).fraction == 1


def test_rows_left_open_are_missed_and_a_distractor_is_wrong() -> None:
    response = ITEM.parse_response({ROW["Gaps"]: [TEXT["Wrong lot"]]})
    assert response.pairs == (("c", "~1"),)
    grade = ITEM.grade(response)
    assert [part.verdict.value for part in grade.parts] == ["missed", "missed", "wrong"]
    assert grade.parts[0].given == ""


def test_two_rows_may_share_a_text() -> None:
    pairs = [
        {"id": "a", "left": "One", "right": "Same"},
        {"id": "b", "left": "Two", "right": "Same"},
        {"id": "c", "left": "Three", "right": "Other"},
    ]
    item = Matching.from_dict(item_dict("matching", pairs=pairs, distractors=None))
    assert len(item.public_view(1)["choices"]) == 2
    assert item.grade(MatchResponse((("a", "a"), ("b", "a"), ("c", "c")))).fraction == 1


def test_the_rows_keep_their_order_and_the_texts_follow_the_seed() -> None:
    assert [row["text"] for row in VIEW["rows"]] == ["Patchy", "Blowout", "Gaps"]
    assert len({tuple(ITEM.option_order(seed)) for seed in range(60)}) > 12
    released = ITEM.released_view(1)
    assert {row["text"]: row["answer"] for row in released["rows"]}["Blowout"] == "Too deep"
    assert ITEM.plain_text(1).splitlines()[1:6] == ["Match:", "1. Patchy", "2. Blowout", "3. Gaps", "with:"]


@pytest.mark.parametrize(
    "raw",
    [
        {ROW["Gaps"]: ["nonsense"]},
        {ROW["Gaps"]: [ROW["Gaps"]]},
        {ROW["Gaps"]: [TEXT["Wrong lot"], TEXT["Too deep"]]},
    ],
)
def test_unknown_or_double_matches_are_refused(raw: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid):
        ITEM.parse_response(raw)


@pytest.mark.parametrize("pairs", [{"x": "a"}, {"a": "x"}])
def test_a_stored_match_of_other_rows_is_refused(pairs: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        ITEM.response_from_json({"pairs": pairs})


def pair(pair_id: str, left: str, right: str) -> dict[str, str]:
    return {"id": pair_id, "left": left, "right": right}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pairs": [pair("a", "L", "R")]}, "needs 2 to 10 pairs"),
        ({"pairs": [pair("a", "L", "R"), pair("a", "M", "S")]}, "two pair ids"),
        ({"pairs": [pair("a", "L", "R"), pair("b", "L", "S")]}, "two left texts"),
        ({"pairs": [pair("a", "L", "R"), pair("b", "M", "R")], "distractors": []}, "two different texts"),
        ({"distractors": ["Too deep"]}, "stands in the list already"),
        ({"distractors": [" "]}, "Distractor 1"),
        ({"distractors": [7]}, "Distractor 1"),
    ],
)
def test_unusable_pairs_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Matching.from_dict(item_dict("matching", **change))
