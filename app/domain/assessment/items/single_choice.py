"""Single choice: exactly one of three to five options is right; others may be worth a part, or cost one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from app.domain.assessment.items.base import common_fields, negative_of, policy_of
from app.domain.assessment.items.options import (
    Option,
    PickResponse,
    lettered,
    one_correct,
    options_of,
    pick_weights,
)
from app.domain.assessment.items.pick import PickItem
from app.domain.assessment.scoring import ONE, ZERO, clamp
from app.domain.assessment.shuffle import Seed, shuffled


@dataclass(frozen=True, kw_only=True)
class SingleChoice(PickItem):
    """One right option among several; `shuffle` false keeps the author's order (a scale, for example)."""

    type: ClassVar[str] = "single_choice"

    options: tuple[Option, ...]
    shuffle: bool = True

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SingleChoice:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        options = options_of(data, common["id"], 2, 8)
        one_correct(options, common["id"])
        scoring = policy_of(data, common["id"], "exact", ["exact", "weights"])
        if scoring == "weights":
            pick_weights(options, common["id"])
        return cls(
            **common,
            scoring=scoring,
            negative=negative_of(data, common["id"], scoring),
            options=options,
            shuffle=bool(data.get("shuffle", True)),
        )

    def _fraction(self, response: PickResponse, correct: bool) -> Fraction:
        if self.scoring != "weights" or not response.answered:
            return super()._fraction(response, correct)
        picked = next(option for option in self.options if option.id == response.chosen)
        return clamp(picked.weight or ZERO, -ONE if self.negative else ZERO)

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
