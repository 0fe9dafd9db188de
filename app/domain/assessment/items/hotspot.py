"""Point at the picture: lettered regions on a figure, always also a list of choices to pick from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.exact import to_fraction
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
    one_correct,
)
from app.domain.assessment.items.pick import PickItem
from app.domain.assessment.shuffle import Seed


@dataclass(frozen=True, slots=True)
class Region:
    """Where a lettered marker stands: x and y as shares of the figure's width and height, 0 to 1."""

    option: Option
    label: str
    x: float
    y: float

    def place(self) -> dict[str, Any]:
        """Return the marker; none of it says which one is right."""
        return {"label": self.label, "x": self.x, "y": self.y}


@dataclass(frozen=True, kw_only=True)
class Hotspot(PickItem):
    """A figure with lettered markers, exactly one of them right."""

    type: ClassVar[str] = "hotspot"

    regions: tuple[Region, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Hotspot:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        if not common["figure"]:
            raise ValueError(f"Item {item_id} points at a picture but has no figure.")
        regions = tuple(_region(item_id, row) for row in entries_of(data, "regions", item_id, 2, 10))
        distinct([region.option.id for region in regions], "region ids", item_id)
        distinct([region.label for region in regions], "labels", item_id)
        one_correct([region.option for region in regions], item_id)
        return cls(**common, scoring=policy_of(data, item_id, "exact", ["exact"]), regions=regions)

    @property
    def options(self) -> tuple[Option, ...]:
        """The regions as options to pick from."""
        return tuple(region.option for region in self.regions)

    def option_order(self, seed: Seed) -> list[str]:
        """Return the region ids by label: the letters stand on the figure, so no seed moves them."""
        return [region.option.id for region in self._shown()]

    def _shown(self) -> list[Region]:
        return sorted(self.regions, key=lambda region: region.label)

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [{**region.option.public(), **region.place()} for region in self._shown()]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"options": [{**region.option.released(), **region.place()} for region in self._shown()]}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return [f"{region.label}. {region.option.text}" for region in self._shown()]


def _region(item_id: str, row: Mapping[str, Any]) -> Region:
    region_id = text_of(row, "id", f"A region of item {item_id}")
    label = text_of(row, "label", f"Region {region_id} of item {item_id}")
    text = text_of(row, "text", f"Region {region_id} of item {item_id}")
    x, y = to_fraction(row.get("x")), to_fraction(row.get("y"))
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(f"Region {region_id} of item {item_id} lies outside its figure.")
    option = Option(
        id=region_id,
        public_id=public_id(item_id, "region", label),
        text=text,
        correct=bool(row.get("correct", False)),
        feedback=row.get("feedback") or "",
    )
    return Region(option, label, float(x), float(y))
