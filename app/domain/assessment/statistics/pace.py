"""Time per item, read from when answers were saved.

Nobody is watched while reading. What is known is when each answer was saved last; the time of an item is the time
since the save before it (for the first one, since the start). It holds reading, thinking and any pause, and whoever
comes back to an item moves its time to the end: so only the median over many attempts means something.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

LEAST = 10
"""Times that a median needs before it is shown."""


def seconds_per_item(started: float, saved: Sequence[float | None]) -> list[float | None]:
    """The seconds that each item took, from instants in seconds; None for an item without a saved answer."""
    order = sorted((at, place) for place, at in enumerate(saved) if at is not None)
    found: list[float | None] = [None] * len(saved)
    before = started
    for at, place in order:
        found[place] = max(0.0, at - before)
        before = at
    return found


def typical(seconds: Sequence[float]) -> float | None:
    """The median of the times to a tenth of a second; None when there are too few."""
    return round(median(seconds), 1) if len(seconds) >= LEAST else None
