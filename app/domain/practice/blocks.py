"""When a confirmed critical fault keeps a student from sending further pieces (domain.md 4.7, rules 4 to 6).

4. A hygiene or sharps fault: the hygiene refresher comes before the next piece.
5. A second one within six months: a talk with an instructor as well.
6. A reused photo or somebody else's work: nothing goes on, also what waits already, until the certification committee
   has decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

SAFETY = frozenset({"HYG", "SHP"})
DUPLICATE = "DUP"
WINDOW = timedelta(days=183)
"""Six months, counted in days so that no month is luckier than another."""
REFRESHER = "refresher-hygiene"
"""The quiz that lifts the first kind of block; its pass mark of 90 % stands in its file."""


class BlockKind(StrEnum):
    """What a student is waiting for before pieces can be sent again."""

    REFRESHER = "refresher"
    MEETING = "meeting"
    COMMITTEE = "committee"


class BlockEnd(StrEnum):
    """How a block ended."""

    PASSED = "passed"
    MET = "met"
    DECIDED = "decided"
    OVERTURNED = "overturned"


END_OF: dict[BlockKind, BlockEnd] = {
    BlockKind.REFRESHER: BlockEnd.PASSED,
    BlockKind.MEETING: BlockEnd.MET,
    BlockKind.COMMITTEE: BlockEnd.DECIDED,
}


def blocks_after(codes: Collection[str], at: datetime, safety_faults: Iterable[datetime]) -> list[BlockKind]:
    """Return the blocks that a failed piece brings.

    `codes` are its confirmed critical faults, `safety_faults` the instants of earlier hygiene and sharps faults
    (of other pieces) that still stand.
    """
    found = []
    if SAFETY.intersection(codes):
        found.append(BlockKind.REFRESHER)
        if any(at - WINDOW <= earlier <= at for earlier in safety_faults):
            found.append(BlockKind.MEETING)
    if DUPLICATE in codes:
        found.append(BlockKind.COMMITTEE)
    return found
