"""An item in every state that a student can see it in, made from the item alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.assessment.answers import right_answer, wrong_answer
from app.domain.assessment.items.base import Item
from app.domain.assessment.release import EVERYTHING, item_view


class State(StrEnum):
    """What was answered, and whether the outcome is shown."""

    UNANSWERED = "unanswered"
    RIGHT = "right"
    WRONG = "wrong"
    RELEASED_RIGHT = "released-right"
    RELEASED_WRONG = "released-wrong"
    RELEASED_UNANSWERED = "released-unanswered"

    @property
    def is_released(self) -> bool:
        """True when the student sees the outcome with key and feedback."""
        return self.value.startswith("released")


@dataclass(frozen=True, slots=True)
class Preview:
    """The item as the page has it before the hand-in, the answer as form fields, and the outcome once released."""

    state: State
    item: Mapping[str, Any]
    form: Mapping[str, list[str]]
    outcome: Mapping[str, Any] | None


def preview(item: Item[Any], state: State) -> Preview:
    """Return the item in a state; the order of its options and its drawn numbers are always the same ones."""
    seed = item.id
    item = item.for_seed(seed)
    raw: Mapping[str, list[str]] = {}
    if state in (State.RIGHT, State.RELEASED_RIGHT):
        raw = right_answer(item)
    elif state in (State.WRONG, State.RELEASED_WRONG):
        raw = wrong_answer(item)
    response = item.parse_response(raw)
    outcome = item_view(item, response, item.grade(response), EVERYTHING, seed) if state.is_released else None
    return Preview(state, item.public_view(seed), item.to_form(response), outcome)
