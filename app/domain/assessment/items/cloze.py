"""Cloze: a text with gaps, each a choice, a short text or a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import common_fields, policy_of, text_of
from app.domain.assessment.items.nested import Builder, Composite, Nested, nested_of
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.short_text import ShortText
from app.domain.assessment.items.single_choice import SingleChoice
from app.domain.assessment.shuffle import Seed

GAPS: Mapping[str, Builder] = {
    SingleChoice.type: SingleChoice.from_dict,
    ShortText.type: ShortText.from_dict,
    Numeric.type: Numeric.from_dict,
}
_GAP = re.compile(r"\{\{\s*([a-z0-9_-]+)\s*\}\}")


@dataclass(frozen=True, kw_only=True)
class Cloze(Composite):
    """`lines` is the text: each line alternates words and gaps (the place of the gap, from 0)."""

    type: ClassVar[str] = "cloze"

    lines: tuple[tuple[str | int, ...], ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cloze:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        gaps = nested_of(data, "gaps", 1, 10, GAPS)
        text = text_of(data, "text", f"Item {item_id}")
        if gap_ids(text) != [gap.id for gap in gaps]:
            raise ValueError(f"The text of item {item_id} must name each of its gaps once, in their order: {{{{id}}}}.")
        scoring = policy_of(data, item_id, "shares", ["shares"])
        return cls(**common, scoring=scoring, nested=gaps, lines=_lines(text))

    def _text(self, gap: Mapping[int, str]) -> list[str]:
        return ["".join(gap[p] if isinstance(p, int) else p for p in line) for line in self.lines]

    def _gaps(self, seed: Seed, released: bool) -> list[dict[str, Any]]:
        views = []
        for number, gap in enumerate(self.nested, start=1):
            view = gap.item.released_view(seed) if released else gap.item.public_view(seed)
            views.append({**view, "prefix": gap.prefix, "number": number})
        return views

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"lines": [list(line) for line in self.lines], "gaps": self._gaps(seed, released=False)}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"gaps": self._gaps(seed, released=True)}

    def _plain_lines(self, seed: Seed) -> list[str]:
        blanks = {place: f"({place + 1}) ________" for place in range(len(self.nested))}
        choices = [
            f"({place + 1}) " + " / ".join(option["text"] for option in gap.item.public_view(seed)["options"])
            for place, gap in enumerate(self.nested)
            if isinstance(gap.item, SingleChoice)
        ]
        return self._text({place: _blank(gap, blanks[place]) for place, gap in enumerate(self.nested)}) + choices


def gap_ids(text: str) -> list[str]:
    """Return the ids of the gaps that a text names, in order."""
    return _GAP.findall(text)


def _blank(gap: Nested, line: str) -> str:
    return f"{line} {gap.item.unit}".rstrip() if isinstance(gap.item, Numeric) else line


def _lines(text: str) -> tuple[tuple[str | int, ...], ...]:
    place, lines = 0, []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        pieces: list[str | int] = []
        for index, piece in enumerate(_GAP.split(line)):
            if index % 2:
                pieces.append(place)
                place += 1
            elif piece:
                pieces.append(piece)
        lines.append(tuple(pieces))
    return tuple(lines)
