"""Marks that can be compared: who gave which levels to which piece, on their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

ENOUGH = 20
"""Below so many pieces marked twice no figure is shown; it would say more about chance than about people."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One reviewer's independent mark of one piece: levels (1 to 4) by criterion, and the result that they came to."""

    piece: str
    reviewer: str
    at: datetime
    levels: Mapping[str, int]
    result: str


def marked_twice(marks: Iterable[Mark]) -> list[tuple[Mark, ...]]:
    """The marks by piece, each in the order of time, of the pieces that two reviewers and more marked.

    Of several marks by one person the first counts. Pieces are in the order of their first mark.
    """
    by_piece: dict[str, dict[str, Mark]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.piece, mark.reviewer)):
        by_piece.setdefault(mark.piece, {}).setdefault(mark.reviewer, mark)
    return [tuple(found.values()) for found in by_piece.values() if len(found) > 1]
