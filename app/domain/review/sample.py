"""The monthly draw of pieces that are read once more, blind, to see whether reviewers agree.

Ten percent of the approvals of a month, and ten percent of the pieces that were sent back: if only approvals were
read again, everybody would know how such a piece went.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

ONE_IN = 10


def draw(seed: str, month: str, decided: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the drawn ids: of each outcome a tenth, rounded up, the same ones whenever it is drawn again.

    `decided` are ids by outcome. An id is drawn by its hash with the seed, so who does not know the seed cannot tell
    beforehand, and a piece that comes late into the month does not move the others much.
    """
    drawn: list[str] = []
    for ids in decided.values():
        ranked = sorted(set(ids), key=lambda name: sha256(f"{seed}:{month}:{name}".encode()).hexdigest())
        drawn += ranked[: -(-len(ranked) // ONE_IN)]
    return drawn


def month_before(now: datetime) -> tuple[str, datetime, datetime]:
    """Return the month before this one as "2026-10" with its first instant and the first one after it."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = end.replace(year=end.year - 1, month=12) if end.month == 1 else end.replace(month=end.month - 1)
    return f"{start:%Y-%m}", start, end
