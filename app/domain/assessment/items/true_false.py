"""True or false: one statement, with a text for each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import Item, ItemGrade, RawResponse, common_fields, policy_of
from app.domain.assessment.items.options import (
    Option,
    PickResponse,
    lettered,
    option_part,
    parse_pick,
    pick_from_json,
    pick_to_form,
)
from app.domain.assessment.scoring import ONE, ZERO
from app.domain.assessment.shuffle import Seed


@dataclass(frozen=True, kw_only=True)
class TrueFalse(Item[PickResponse]):
    """A statement that holds or does not. The choices `true` and `false` are always in this order."""

    type: ClassVar[str] = "true_false"

    options: tuple[Option, Option]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TrueFalse:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        answer = data.get("answer")
        if not isinstance(answer, bool):
            raise ValueError(f"Item {common['id']} needs the answer true or false.")
        feedback = data.get("feedback") or {}
        options = (
            Option("true", "true", "True", answer, feedback.get("when_true") or ""),
            Option("false", "false", "False", not answer, feedback.get("when_false") or ""),
        )
        return cls(**common, scoring=policy_of(data, common["id"], "exact", ["exact"]), options=options)

    def parse_response(self, raw: RawResponse) -> PickResponse:
        """Read the field `choice`: "true" or "false"."""
        return parse_pick(self.options, raw)

    def to_form(self, response: PickResponse) -> dict[str, list[str]]:
        """Return the field `choice`."""
        return pick_to_form(self.options, response)

    def response_to_json(self, response: PickResponse) -> dict[str, Any]:
        """Return {"chosen": "true", "false" or None}."""
        return {"chosen": response.chosen}

    def response_from_json(self, data: Mapping[str, Any]) -> PickResponse:
        """Rebuild from {"chosen": ...}."""
        return pick_from_json(self.options, data)

    def grade(self, response: PickResponse) -> ItemGrade:
        """All points for the right answer, none for the other or for no answer."""
        parts = tuple(option_part(option, option.id == response.chosen) for option in self.options)
        correct = any(part.chosen and part.key for part in parts)
        return ItemGrade(ONE if correct else ZERO, correct, response.answered, parts)

    def option_order(self, seed: Seed) -> list[str]:
        """Return true, false: people expect this order, so no seed changes it."""
        return [option.id for option in self.options]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.public() for option in self.options]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.released() for option in self.options]}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return lettered([option.text for option in self.options])
