"""Picture choice: the options are drawings, each with words for who does not see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import (
    common_fields,
    distinct,
    entries_of,
    policy_of,
    public_id,
    text_of,
)
from app.domain.assessment.items.options import (
    Option,
    lettered,
    one_correct,
)
from app.domain.assessment.items.pick import PickItem
from app.domain.assessment.shuffle import Seed, shuffled


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing to choose; the words of its option are its text alternative."""

    option: Option
    svg: str

    def drawing(self) -> dict[str, Any]:
        """Return what may be shown before release."""
        return {"figure_svg": self.svg}


@dataclass(frozen=True, kw_only=True)
class PictureChoice(PickItem):
    """Two to six drawings, exactly one of them right."""

    type: ClassVar[str] = "picture_choice"

    pictures: tuple[Picture, ...]
    shuffle: bool = True

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PictureChoice:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        pictures = tuple(_picture(item_id, row) for row in entries_of(data, "options", item_id, 2, 6))
        distinct([picture.option.id for picture in pictures], "option ids", item_id)
        distinct([picture.option.public_id for picture in pictures], "text alternatives", item_id)
        one_correct([picture.option for picture in pictures], item_id)
        scoring = policy_of(data, item_id, "exact", ["exact"])
        return cls(**common, scoring=scoring, pictures=pictures, shuffle=bool(data.get("shuffle", True)))

    @property
    def options(self) -> tuple[Option, ...]:
        """The drawings as options to pick from."""
        return tuple(picture.option for picture in self.pictures)

    def option_order(self, seed: Seed) -> list[str]:
        """Return the option ids as shown under this seed."""
        ids = [option.id for option in self.options]
        return shuffled(ids, seed, self.id) if self.shuffle else ids

    def _shown(self, seed: Seed) -> list[Picture]:
        by_id = {picture.option.id: picture for picture in self.pictures}
        return [by_id[option_id] for option_id in self.option_order(seed)]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [{**p.option.public(), **p.drawing()} for p in self._shown(seed)]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [{**p.option.released(), **p.drawing()} for p in self._shown(seed)]}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return lettered([f"[Figure: {picture.option.text}]" for picture in self._shown(seed)])


def _picture(item_id: str, row: Mapping[str, Any]) -> Picture:
    option_id = text_of(row, "id", f"An option of item {item_id}")
    alt = text_of(row, "figure_alt", f"Option {option_id} of item {item_id}")
    option = Option(
        id=option_id,
        public_id=public_id(item_id, "picture", alt),
        text=alt,
        correct=bool(row.get("correct", False)),
        feedback=row.get("feedback") or "",
    )
    return Picture(option, row.get("figure_svg") or "")
