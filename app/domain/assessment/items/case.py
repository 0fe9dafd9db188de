"""Case: the card of a fictional client and several questions about her."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import common_fields, policy_of, text_of
from app.domain.assessment.items.color_match import ColorMatch
from app.domain.assessment.items.hotspot import Hotspot
from app.domain.assessment.items.matching import Matching
from app.domain.assessment.items.multiple_response import MultipleResponse
from app.domain.assessment.items.nested import Builder, Composite, nested_of
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.ordering import Ordering
from app.domain.assessment.items.picture_choice import PictureChoice
from app.domain.assessment.items.short_text import ShortText
from app.domain.assessment.items.single_choice import SingleChoice
from app.domain.assessment.items.true_false import TrueFalse
from app.domain.assessment.shuffle import Seed

# Everything that a machine can mark and that has no parts of its own.
PARTS: Mapping[str, Builder] = {
    SingleChoice.type: SingleChoice.from_dict,
    MultipleResponse.type: MultipleResponse.from_dict,
    TrueFalse.type: TrueFalse.from_dict,
    Ordering.type: Ordering.from_dict,
    Matching.type: Matching.from_dict,
    Numeric.type: Numeric.from_dict,
    ShortText.type: ShortText.from_dict,
    Hotspot.type: Hotspot.from_dict,
    PictureChoice.type: PictureChoice.from_dict,
    ColorMatch.type: ColorMatch.from_dict,
}


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the card: a name, and facts as (what, text)."""

    name: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Case(Composite):
    """A client card with two to six questions; wholly right when each of them is."""

    type: ClassVar[str] = "case"

    card: Card

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Case:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        parts = nested_of(data, "parts", 2, 6, PARTS)
        scoring = policy_of(data, item_id, "shares", ["shares"])
        return cls(**common, scoring=scoring, nested=parts, card=_card(item_id, data.get("card") or {}))

    def _parts(self, seed: Seed, released: bool) -> list[dict[str, Any]]:
        total = sum(part.share for part in self.nested)
        views = []
        for number, part in enumerate(self.nested, start=1):
            view = part.item.released_view(seed) if released else part.item.public_view(seed)
            views.append({**view, "prefix": part.prefix, "number": number, "share": part.share, "of": total})
        return views

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        facts = [{"what": what, "text": text} for what, text in self.card.facts]
        return {"card": {"name": self.card.name, "facts": facts}, "parts": self._parts(seed, released=False)}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"parts": self._parts(seed, released=True)}

    def _plain_lines(self, seed: Seed) -> list[str]:
        lines = [self.card.name, *(f"{what}: {text}" for what, text in self.card.facts)]
        for number, part in enumerate(self.nested, start=1):
            lines += [f"{number}) {line}" if at == 0 else line for at, line in enumerate(_printed(part.item, seed))]
        return lines


def _printed(item: Any, seed: Seed) -> list[str]:
    printed: str = item.plain_text(seed)
    return printed.splitlines()


def _card(item_id: str, data: Mapping[str, Any]) -> Card:
    name = text_of(data, "name", f"The card of item {item_id}")
    facts = data.get("facts") or ()
    if not facts or not all(fact.get("what") and fact.get("text") for fact in facts):
        raise ValueError(f"The card of item {item_id} needs facts, each with what it is about and a text.")
    return Card(name, tuple((str(fact["what"]), str(fact["text"])) for fact in facts))
