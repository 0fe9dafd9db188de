"""Ordering: with script, without script, half done, and under each rule."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.items.ordering import Ordering, OrderResponse
from app.domain.assessment.scoring import ORDERING_RULES
from app.domain.errors import Invalid
from tests.domain.assessment.samples import STEPS, item_dict

ITEM = Ordering.from_dict(item_dict("ordering"))
PUBLIC = {entry.id: entry.public_id for entry in ITEM.entries}


@pytest.mark.parametrize("rule", ORDERING_RULES)
def test_the_rule_on_the_item_decides(rule: str) -> None:
    item = Ordering.from_dict(item_dict("ordering", scoring=rule))
    assert item.grade(OrderResponse(tuple("abcdefg"))).fraction == 1
    swapped = item.grade(OrderResponse(tuple("abdcefg")))
    assert swapped.correct is False
    assert 0 <= swapped.fraction < 1


def test_numbering_and_dragging_read_the_same() -> None:
    numbered = ITEM.parse_response({PUBLIC[entry]: [str(place)] for place, entry in enumerate("gfedcba", 1)})
    dragged = ITEM.parse_response({"order": [PUBLIC[entry] for entry in "gfedcba"]})
    assert numbered == dragged == OrderResponse(tuple("gfedcba"))


def test_a_half_done_order_is_kept_and_counts_what_is_placed() -> None:
    response = ITEM.parse_response({PUBLIC["a"]: ["1"], PUBLIC["c"]: ["3"], PUBLIC["g"]: ["2"]})
    assert response.places == ("a", "g", "c", None, None, None, None)
    grade = ITEM.grade(response)
    assert grade.fraction == Fraction(2, 7)
    assert [part.verdict.value for part in grade.parts][:3] == ["right", "missed", "right"]
    assert grade.parts[6].verdict.value == "wrong"
    assert (grade.parts[6].given, grade.parts[6].expected) == ("2", "7")
    assert ITEM.response_from_json({"places": list(response.places)}) == response


def test_a_short_drag_list_fills_the_first_places() -> None:
    assert ITEM.parse_response({"order": [PUBLIC["b"]]}).places == ("b", *[None] * 6)


@pytest.mark.parametrize(
    "raw",
    [
        {"order": ["nonsense"]},
        {"order": [PUBLIC["a"], PUBLIC["a"]]},
        {PUBLIC["a"]: ["0"]},
        {PUBLIC["a"]: ["8"]},
        {PUBLIC["a"]: ["first"]},
        {PUBLIC["a"]: ["²"]},
        {PUBLIC["a"]: ["2"], PUBLIC["b"]: ["2"]},
    ],
)
def test_orders_that_cannot_be_are_refused(raw: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as caught:
        ITEM.parse_response(raw)
    assert caught.value.problems


@pytest.mark.parametrize("places", [["a"], [*"abcdefx"], [*"abcdeff"]])
def test_a_stored_order_of_other_entries_is_refused(places: list[str]) -> None:
    with pytest.raises(Invalid):
        ITEM.response_from_json({"places": places})


@given(st.integers())
def test_the_order_first_shown_is_never_the_right_one(seed: int) -> None:
    item = Ordering.from_dict(item_dict("ordering", entries=item_dict("ordering")["entries"][:3]))
    assert item.option_order(seed) != ["a", "b", "c"]
    assert sorted(item.option_order(seed)) == ["a", "b", "c"]


def test_the_released_view_tells_the_right_order() -> None:
    view = ITEM.released_view(1)
    assert view["right_order"] == STEPS
    assert {entry["text"]: entry["place"] for entry in view["entries"]} == dict(zip(STEPS, range(1, 8), strict=True))
    assert ITEM.grade(OrderResponse(tuple("abcdefg"))).feedback == "SECRET order"


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([{"id": "a", "text": "A"}], "needs 3 to 10 entries"),
        ([{"id": "a", "text": "A"}, {"id": "a", "text": "B"}, {"id": "c", "text": "C"}], "two entry ids"),
        ([{"id": "a", "text": "A"}, {"id": "b", "text": "A"}, {"id": "c", "text": "C"}], "two entries"),
    ],
)
def test_unusable_entries_are_refused(entries: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Ordering.from_dict(item_dict("ordering", entries=entries))
