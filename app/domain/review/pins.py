"""Pins of several marks on one list, so that a student reads of one fault once."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Any, Protocol, TypeVar

SAME_SPOT = 0.05
"""Pins that are closer than this part of the photo mean the same spot: as far apart as two people point."""


class Placed(Protocol):
    """A pin, as far as this goes: photo, place in fractions of it, what it says."""

    @property
    def photo_id(self) -> Any: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def criterion(self) -> str: ...
    @property
    def defect(self) -> str: ...
    @property
    def note(self) -> str: ...


P = TypeVar("P", bound=Placed)


def on_one_list(marks: Sequence[Sequence[P]]) -> list[tuple[P, str]]:
    """Return the pins of all marks in order, each with its note; a fault that a later mark pinned too stands once.

    The same are pins of different marks on one photo, at one spot, with one fault of one criterion. What the later
    one adds in words follows the note of the first. Two pins of one mark are never taken for the same.
    """
    found: list[tuple[P, list[str]]] = []
    for pins in marks:
        earlier = list(found)
        for pin in pins:
            twin = next((notes for other, notes in earlier if _is_same(other, pin)), None)
            if twin is None:
                found.append((pin, [pin.note]))
            elif pin.note.strip() and pin.note not in twin:
                twin.append(pin.note)
    return [(pin, "\n\n".join(note for note in notes if note.strip())) for pin, notes in found]


def _is_same(one: Placed, other: Placed) -> bool:
    return (one.photo_id, one.criterion, one.defect) == (other.photo_id, other.criterion, other.defect) and (
        hypot(one.x - other.x, one.y - other.y) <= SAME_SPOT
    )
