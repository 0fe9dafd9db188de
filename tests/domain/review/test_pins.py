"""A fault that two reviewers pinned stands once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.domain.review.pins import on_one_list


@dataclass(frozen=True)
class Pin:
    """A pin as the rule sees it."""

    x: float
    y: float
    note: str = "Here."
    defect: str = "GAP"
    criterion: str = "layers"
    photo_id: str = "front"


HERE = Pin(0.5, 0.5)


def test_the_same_fault_of_two_marks_stands_once_with_both_notes() -> None:
    listed = on_one_list([[HERE], [Pin(0.53, 0.53, "Left of the bow.")], [Pin(0.5, 0.5)]])
    assert listed == [(HERE, "Here.\n\nLeft of the bow.")]


@pytest.mark.parametrize(
    "other",
    [
        Pin(0.56, 0.5),
        Pin(0.5, 0.5, defect="TRM"),
        Pin(0.5, 0.5, criterion="application"),
        Pin(0.5, 0.5, photo_id="macro"),
    ],
)
def test_another_fault_stands_by_itself(other: Pin) -> None:
    assert on_one_list([[HERE], [other]]) == [(HERE, "Here."), (other, "Here.")]


def test_two_pins_of_one_mark_stay_two() -> None:
    assert [pin for pin, _note in on_one_list([[HERE, HERE]])] == [HERE, HERE]


def test_an_empty_note_adds_nothing() -> None:
    assert on_one_list([[Pin(0.5, 0.5, "")], [HERE], [Pin(0.5, 0.5, " ")]])[0][1] == "Here."
