"""How the levels of one step move from piece to piece: the points of a small drawing, and one word for where to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

WIDTH, HEIGHT, EDGE = 320, 96, 10
"""Units of the drawing; level 1 lies on the lower edge line, level 4 on the upper one."""
LOWEST, HIGHEST = 1, 4
WINDOW = 3
MOVED = Fraction(1, 2)


class Direction(StrEnum):
    """Where a step is going; `new` while there are too few pieces to tell."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Point:
    """One piece: its number, the level it got, and where it lies in the drawing."""

    piece: int
    level: int
    x: float
    y: float


def points_of(levels: Sequence[tuple[int, int]]) -> tuple[Point, ...]:
    """Return the points of (piece, level) in order, spread evenly over the width; one alone lies in the middle."""
    count = len(levels)
    step = (WIDTH - 2 * EDGE) / (count - 1) if count > 1 else 0.0
    first = EDGE if count > 1 else WIDTH / 2
    return tuple(
        Point(piece, level, round(first + place * step, 1), y_of(level)) for place, (piece, level) in enumerate(levels)
    )


def y_of(level: int) -> float:
    """Return the height of a level in the drawing; y grows downward. Levels outside 1 to 4 lie on the nearest edge."""
    held = min(max(level, LOWEST), HIGHEST)
    return round(HEIGHT - EDGE - (held - LOWEST) * (HEIGHT - 2 * EDGE) / (HIGHEST - LOWEST), 1)


def direction_of(levels: Sequence[int]) -> Direction:
    """Compare the mean of the last three levels with the mean of the three before: half a level is a move."""
    if len(levels) < 2 * WINDOW:
        return Direction.NEW
    last, before = levels[-WINDOW:], levels[-2 * WINDOW : -WINDOW]
    moved = Fraction(sum(last) - sum(before), WINDOW)
    if moved >= MOVED:
        return Direction.RISING
    return Direction.FALLING if moved <= -MOVED else Direction.STEADY
