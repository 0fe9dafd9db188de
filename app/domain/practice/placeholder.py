"""The color that stands in the place of a photo until its bytes are there.

Pages allow no color of their own in the markup, so the mean color of a photo becomes the nearest of a few that the
stylesheet knows by number.
"""

from __future__ import annotations

import re
from typing import Final

PALETTE: Final = (
    "#efe3da", "#d9bfae", "#c29a86", "#a5745f", "#7d5042", "#523229",
    "#c98a84", "#9c4f4b", "#b3aca8", "#6b6460", "#171011",
)  # fmt: skip
"""Skin from fair to deep, lips, grays, near black. static/css/work.css has the same, as .tint-0 and so on."""


_COLOR: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def nearest_tint(mean: str) -> int | None:
    """The place in `PALETTE` of the color nearest to `mean` (#rrggbb), or None when that is no color."""
    if _COLOR.fullmatch(mean) is None:
        return None
    wanted = _parts(mean)
    return min(range(len(PALETTE)), key=lambda place: _apart(wanted, _parts(PALETTE[place])))


def _parts(color: str) -> list[int]:
    return [int(part, 16) for part in _COLOR.findall(color)[0]]


def _apart(one: list[int], other: list[int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
