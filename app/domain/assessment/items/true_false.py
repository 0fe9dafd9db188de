"""True or false: one statement, with a text for each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import common_fields, policy_of
from app.domain.assessment.items.options import (
    Option,
    lettered,
)
from app.domain.assessment.items.pick import PickItem
from app.domain.assessment.shuffle import Seed


@dataclass(frozen=True, kw_only=True)
class TrueFalse(PickItem):
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

    def option_order(self, seed: Seed) -> list[str]:
        """Return true, false: people expect this order, so no seed changes it."""
        return [option.id for option in self.options]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.public() for option in self.options]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [option.released() for option in self.options]}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return lettered([option.text for option in self.options])
