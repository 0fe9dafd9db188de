"""Multiple response: any number of options may be right; the scoring policy is named on the item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    RawResponse,
    common_fields,
    negative_of,
    policy_of,
    values_of,
)
from app.domain.assessment.items.options import (
    CHOICE,
    Option,
    author_id,
    full_weights,
    known_id,
    lettered,
    option_part,
    options_of,
)
from app.domain.assessment.scoring import CHOICE_POLICIES, ONE, ZERO, Ticks, choice_score, weights
from app.domain.assessment.shuffle import Seed, shuffled


@dataclass(frozen=True, slots=True)
class TickResponse:
    """The ticked options, by the author's ids; nothing ticked is unanswered."""

    chosen: frozenset[str] = frozenset()

    @property
    def answered(self) -> bool:
        """True when at least one option is ticked."""
        return bool(self.chosen)


@dataclass(frozen=True, kw_only=True)
class MultipleResponse(Item[TickResponse]):
    """Several options, one or more of them right and one or more wrong."""

    type: ClassVar[str] = "multiple_response"

    options: tuple[Option, ...]
    shuffle: bool = True

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> MultipleResponse:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        options = options_of(data, common["id"], 3, 10)
        right = sum(option.correct for option in options)
        if not 0 < right < len(options):
            raise ValueError(f"Item {common['id']} needs at least one right and one wrong option.")
        scoring = policy_of(data, common["id"], "exact", [*CHOICE_POLICIES, "weights"])
        if scoring == "weights" and any(option.weight is None for option in options):
            raise ValueError(f"Item {common['id']} is scored by weights, so each option needs a weight.")
        if scoring == "weights":
            full_weights(options, common["id"])
        return cls(
            **common,
            scoring=scoring,
            negative=negative_of(data, common["id"], scoring),
            options=options,
            shuffle=bool(data.get("shuffle", True)),
        )

    def parse_response(self, raw: RawResponse) -> TickResponse:
        """Read the field `choice`, any number of values."""
        return TickResponse(frozenset(author_id(self.options, value) for value in values_of(raw, CHOICE)))

    def to_form(self, response: TickResponse) -> dict[str, list[str]]:
        """Return the field `choice`."""
        return {CHOICE: [option.public_id for option in self.options if option.id in response.chosen]}

    def response_to_json(self, response: TickResponse) -> dict[str, Any]:
        """Return {"chosen": [ids in the author's order]}."""
        return {"chosen": [option.id for option in self.options if option.id in response.chosen]}

    def response_from_json(self, data: Mapping[str, Any]) -> TickResponse:
        """Rebuild from {"chosen": [ids]}."""
        return TickResponse(frozenset(known_id(self.options, value) for value in data.get("chosen") or ()))

    def grade(self, response: TickResponse) -> ItemGrade:
        """Apply the item's policy. Nothing ticked earns nothing, also where the bare formula would pay."""
        parts = tuple(option_part(option, option.id in response.chosen) for option in self.options)
        correct = all(part.chosen == part.key for part in parts)
        fraction = self._fraction(response) if response.answered else ZERO
        return ItemGrade(fraction, correct, response.answered, parts)

    def _fraction(self, response: TickResponse) -> Fraction:
        if self.scoring == "weights":
            weight_of = {option.id: option.weight or ZERO for option in self.options}
            return weights(weight_of, response.chosen, -ONE if self.negative else ZERO)
        right = sum(option.correct and option.id in response.chosen for option in self.options)
        ticks = Ticks(
            options=len(self.options),
            correct=sum(option.correct for option in self.options),
            right=right,
            wrong=len(response.chosen) - right,
        )
        return choice_score(self.scoring, ticks, negative=self.negative)

    def option_order(self, seed: Seed) -> list[str]:
        """Return the option ids as shown under this seed."""
        ids = [option.id for option in self.options]
        return shuffled(ids, seed, self.id) if self.shuffle else ids

    def _shown(self, seed: Seed) -> list[Option]:
        by_id = {option.id: option for option in self.options}
        return [by_id[option_id] for option_id in self.option_order(seed)]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.public() for option in self._shown(seed)]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.released() for option in self._shown(seed)]}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return lettered([option.text for option in self._shown(seed)])
