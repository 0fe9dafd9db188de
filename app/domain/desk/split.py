"""An even split of waiting pieces over reviewers: who has least takes next; nobody gets what they must not review."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """A piece that waits, and the reviewers who must not get it (own work, a colleague's)."""

    submission_id: UUID
    sent_at: datetime
    barred: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Split:
    """Who gets which piece, what everybody has then, and the pieces that nobody may take."""

    pairs: Mapping[UUID, UUID]
    loads: Mapping[UUID, int]
    left: tuple[UUID, ...]


def even_split(pieces: Sequence[Waiting], loads: Mapping[UUID, int], away: Collection[UUID] = ()) -> Split:
    """Propose who reviews what. `loads` says how many pieces each reviewer has already; `away` get none.

    Pieces with the fewest possible reviewers are placed first, then the oldest; a piece goes to the reviewer with the
    least, and among equals always to the same one, so that the same queue gives the same proposal. Without barred
    reviewers the loads end at most one apart, unless they were further apart before.
    """
    present = sorted(set(loads) - set(away))
    total = {reviewer: loads[reviewer] for reviewer in present}
    pairs: dict[UUID, UUID] = {}
    left: list[UUID] = []
    for piece in sorted(pieces, key=lambda p: (-len(p.barred.intersection(present)), p.sent_at, p.submission_id)):
        able = [reviewer for reviewer in present if reviewer not in piece.barred]
        if not able:
            left.append(piece.submission_id)
            continue
        chosen = min(able, key=lambda reviewer: (total[reviewer], reviewer))
        pairs[piece.submission_id] = chosen
        total[chosen] += 1
    return Split(pairs, total, tuple(left))
