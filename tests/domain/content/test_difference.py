"""What changed between two versions, in the fields and words of the author."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.content.difference import Change, Mark, differences

ITEM = {
    "id": "x",
    "prompt": "How far may they differ?",
    "points": 1.0,
    "safety": False,
    "figure": None,
    "options": [
        {"id": "a", "text": "Up to 1 mm", "correct": True},
        {"id": "b", "text": "Up to 3 mm", "correct": False},
    ],
}


def paths(before: object, after: object) -> list[tuple[tuple[str, ...], str | None, str | None]]:
    return [(c.path, c.before, c.after) for c in differences(before, after)]  # type: ignore[arg-type]


def test_the_same_is_no_change() -> None:
    assert differences(ITEM, ITEM) == []


def test_fields_come_in_the_order_of_the_bank_and_entries_by_their_id() -> None:
    after = {**ITEM, "prompt": "How far?", "safety": True, "points": 2.0}
    after["options"] = [{**ITEM["options"][0], "correct": False}, {**ITEM["options"][1], "correct": True}]  # type: ignore[index]
    assert paths(ITEM, after) == [
        (("safety",), "false", "true"),
        (("points",), "1", "2"),
        (("prompt",), "How far may they differ?", "How far?"),
        (("options", "a", "correct"), "true", "false"),
        (("options", "b", "correct"), "false", "true"),
    ]


def test_a_new_a_gone_and_a_moved_entry() -> None:
    first, second = ITEM["options"]  # type: ignore[misc]
    new = {"id": "c", "text": "Up to 5 mm", "correct": False}
    assert paths(ITEM, {**ITEM, "options": [second, new]}) == [
        (("options", "a"), "id: a; text: Up to 1 mm; correct: true", None),
        (("options", "c"), None, "id: c; text: Up to 5 mm; correct: false"),
    ]
    assert paths(ITEM, {**ITEM, "options": [second, first]}) == [(("options", "order"), "a, b", "b, a")]


def test_entries_without_ids_are_compared_by_place() -> None:
    assert paths({"draws": [{"bank": "a"}, {"bank": "b"}]}, {"draws": [{"bank": "a"}, {"bank": "c"}]}) == [
        (("draws", "2", "bank"), "b", "c")
    ]


def test_a_new_field_and_a_drawing() -> None:
    after = {**ITEM, "figure": "figures/x.svg", "figure_svg": "<svg/>"}
    changes = differences(ITEM, after)
    assert [(c.path, c.before) for c in changes] == [(("figure",), None), (("figure_svg",), None)]
    assert [c.is_drawing for c in changes] == [False, True]


def test_words_are_merged() -> None:
    words = Change(("prompt",), "How far may they differ?", "How far must they differ?").words
    assert words == (
        (Mark.SAME, "How far "),
        (Mark.GONE, "may"),
        (Mark.NEW, "must"),
        (Mark.SAME, " they differ?"),
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_merged_words_hold_both_texts(before: str, after: str) -> None:
    words = Change(("prompt",), before, after).words
    assert "".join(text for mark, text in words if mark is not Mark.NEW) == before
    assert "".join(text for mark, text in words if mark is not Mark.GONE) == after
