"""Figures that a corrected photo gives: difference to a target, evenness of an area, ITA of skin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.color.convert import Lab
from app.domain.color.difference import ciede2000


@dataclass(frozen=True, slots=True)
class Evenness:
    """How one area holds together: its mean color, the mean dE00 to it, and the dE00 that 95 % stay under."""

    mean: Lab
    spread: float
    p95: float
    count: int


def mean_color(colors: Sequence[Lab]) -> Lab:
    """The mean of L, a and b; raises ValueError for no colors."""
    if not colors:
        raise ValueError("An area needs at least one color.")
    count = len(colors)
    return Lab(
        math.fsum(color.L for color in colors) / count,
        math.fsum(color.a for color in colors) / count,
        math.fsum(color.b for color in colors) / count,
    )


def evenness(colors: Sequence[Lab]) -> Evenness:
    """The evenness of the colors of an area; raises ValueError for no colors. The 95 % are by nearest rank."""
    mean = mean_color(colors)
    differences = sorted(ciede2000(color, mean) for color in colors)
    rank = max(math.ceil(0.95 * len(differences)) - 1, 0)
    return Evenness(mean, math.fsum(differences) / len(differences), differences[rank], len(differences))


class SkinClass(StrEnum):
    """The classes of the individual typology angle, lightest first."""

    VERY_LIGHT = "very_light"
    LIGHT = "light"
    INTERMEDIATE = "intermediate"
    TAN = "tan"
    BROWN = "brown"
    DARK = "dark"


_CLASSES: Final = (
    (55.0, SkinClass.VERY_LIGHT),
    (41.0, SkinClass.LIGHT),
    (28.0, SkinClass.INTERMEDIATE),
    (10.0, SkinClass.TAN),
    (-30.0, SkinClass.BROWN),
)


def ita(color: Lab) -> float | None:
    """The individual typology angle of skin in degrees: arctan((L - 50) / b); None where b is not above 0.

    It means nothing for a bluish color, such as that of a cool lip: skin is always on the yellow side.
    Source: Chardon, Cretois, Hourseau, International Journal of Cosmetic Science 13 (1991), 191-208.
    """
    return math.degrees(math.atan((color.L - 50) / color.b)) if color.b > 0 else None


def skin_class(angle: float) -> SkinClass:
    """The class of an angle by Chardon 1991: very light above 55, light above 41, then 28, 10, -30, and dark."""
    return next((found for limit, found in _CLASSES if angle > limit), SkinClass.DARK)
