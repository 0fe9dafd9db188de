"""The weakest and the best third of the attempts, by their total.

Attempts with equal totals stay together, so that nobody's third depends on the order of the rows: a third may hold
more than a third of the attempts. When the two would meet (nearly everybody has the same total) there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOTTOM, MIDDLE, TOP = range(3)
"""Where an attempt stands by its total."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The highest total of the bottom third and the lowest of the top third."""

    low: int
    high: int

    def third(self, total: int) -> int:
        """BOTTOM, MIDDLE or TOP."""
        if total <= self.low:
            return BOTTOM
        return TOP if total >= self.high else MIDDLE


def cuts(totals: Sequence[int]) -> Cuts | None:
    """Where the thirds end; None for fewer than three attempts, or when the outer thirds would meet."""
    size = len(totals) // 3
    if size == 0:
        return None
    ordered = sorted(totals)
    low, high = ordered[size - 1], ordered[-size]
    return Cuts(low, high) if low < high else None


def thirds(totals: Sequence[int]) -> list[int]:
    """The third of each attempt; everybody is in the middle when there are no thirds."""
    edges = cuts(totals)
    return [MIDDLE if edges is None else edges.third(total) for total in totals]
