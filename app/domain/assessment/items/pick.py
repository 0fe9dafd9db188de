"""What every item has in common of which one option is picked: its field, what is stored, and how it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from app.domain.assessment.items.base import Item, ItemGrade, RawResponse
from app.domain.assessment.items.options import (
    Option,
    PickResponse,
    option_part,
    parse_pick,
    pick_from_json,
    pick_to_form,
)
from app.domain.assessment.scoring import ONE, ZERO


@dataclass(frozen=True, kw_only=True)
class PickItem(Item[PickResponse]):
    """An item with `options`, one of which is right and one of which is picked."""

    if TYPE_CHECKING:
        # A field here, a property there; at run time a property in this place would become the field's default.
        @property
        def options(self) -> tuple[Option, ...]:
            """What there is to pick from."""

    def parse_response(self, raw: RawResponse) -> PickResponse:
        """Read the field `choice`."""
        return parse_pick(self.options, raw)

    def to_form(self, response: PickResponse) -> dict[str, list[str]]:
        """Return the field `choice`."""
        return pick_to_form(self.options, response)

    def response_to_json(self, response: PickResponse) -> dict[str, Any]:
        """Return {"chosen": id or None}."""
        return {"chosen": response.chosen}

    def response_from_json(self, data: Mapping[str, Any]) -> PickResponse:
        """Rebuild from {"chosen": id or None}."""
        return pick_from_json(self.options, data)

    def grade(self, response: PickResponse) -> ItemGrade:
        """All points for the right option; for another or for no answer what `_fraction` says, normally none."""
        parts = tuple(option_part(option, option.id == response.chosen) for option in self.options)
        correct = any(part.chosen and part.key for part in parts)
        return ItemGrade(self._fraction(response, correct), correct, response.answered, parts)

    def _fraction(self, response: PickResponse, correct: bool) -> Fraction:
        return ONE if correct else ZERO
