"""What a reviewer should look at twice: pictures seen before, the code card, the clock of the phone, the order.

Nothing here decides anything. Each finding has an innocent explanation (a phone with a wrong clock, the same empty
station photographed twice), so it is a flag with the two photos side by side, and a person looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from app.domain.practice.code_card import CodeCard, Reading


class Finding(StrEnum):
    """What was found."""

    SAME_PIECE = "same_piece"
    SAME_PHOTO = "same_photo"
    MIRRORED = "mirrored"
    CARD_OTHER = "card_other"
    CARD_UNKNOWN = "card_unknown"
    CARD_MISSING = "card_missing"
    BEFORE_ISSUE = "before_issue"
    OUT_OF_ORDER = "out_of_order"


STATION_SLOTS: Final = frozenset({"f0", "f11"})
"""Photos of the station: the same table looks the same every evening."""
VIDEO_SLOTS: Final = STATION_SLOTS
"""Where a short video is taken in place of a photo: set-up and tear-down, which are sequences of acts."""
CARD_SLOT: Final = "f1"
ORDER: Final[Mapping[str, int]] = {
    "f0": 0, "f1": 1, "f2": 2, "f3": 3, "f4": 4, "f5": 5, "f6": 6, "f7": 7, "f8": 8, "f9": 8, "f10": 8, "f11": 9,
    "healed": 10,
}  # fmt: skip
"""When in the work a photo is taken (domain.md 4.4). The three final views may come in any order."""
NEAR_BITS: Final = 8
"""Of 64. Measured (dependencies.md 98): resizing, JPEG at quality 30, brightness and blur change 0 or 1 bit, another
picture 20 or more; 8 leaves room for a small crop."""
STATION_BITS: Final = 2
"""For photos of the station, which are alike by nature, only what is practically the same file."""
PIECE_MATCHES: Final = 2
"""So many different photos of one other piece, and the piece itself is probably the same."""
MOST_PIECES: Final = 3
"""So many look-alikes are shown, the nearest first; further ones are counted. A reviewer compares no forty pieces."""
CLOCK_SLACK: Final = timedelta(minutes=2)
"""Phones set their clock by the network; a minute or two off means nothing."""
ZONE_SLACK: Final = timedelta(hours=14)
"""Time zones reach from UTC-12 to UTC+14: a capture time without its zone may be off by so much."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of the piece, as far as the checks need it. `has_zone`: the camera wrote its time zone."""

    id: UUID
    slot: str
    taken_at: datetime | None = None
    has_zone: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier photo of another piece that looks like `shot`; `bits` of 64 differ."""

    shot: Shot
    other_id: UUID
    other_entry: UUID
    bits: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding about a photo, with the photo to hold it against (None when there is none)."""

    finding: Finding
    photo_id: UUID
    other_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def is_near(slot: str, bits: int) -> bool:
    """Whether two photos at this distance are worth a look, for a photo in `slot`."""
    return bits <= (STATION_BITS if slot in STATION_SLOTS else NEAR_BITS)


def likeness_flags(matches: Iterable[Match]) -> list[Flag]:
    """One flag for each of the nearest pieces: the piece itself when several photos match, else the nearest photo.

    At most `MOST_PIECES`; the last one's facts say how many `more` there are.
    """
    by_entry: dict[UUID, list[Match]] = defaultdict(list)
    for match in matches:
        if is_near(match.shot.slot, match.bits):
            by_entry[match.other_entry].append(match)
    flags = []
    for found in by_entry.values():
        work = [match for match in found if match.shot.slot not in STATION_SLOTS]
        nearest = min(work or found, key=lambda match: (match.bits, match.shot.slot))
        slots = {match.shot.slot for match in work}
        if len(slots) >= PIECE_MATCHES:
            finding = Finding.SAME_PIECE
        else:
            finding = Finding.MIRRORED if nearest.mirrored else Finding.SAME_PHOTO
        facts = {"bits": nearest.bits, "photos": len({match.shot.id for match in found}), "mirrored": nearest.mirrored}
        flags.append(Flag(finding, nearest.shot.id, nearest.other_id, facts))
    flags.sort(key=lambda flag: (flag.finding is not Finding.SAME_PIECE, flag.facts["bits"]))
    shown, more = flags[:MOST_PIECES], len(flags) - MOST_PIECES
    if more > 0:
        shown[-1] = replace(shown[-1], facts={**shown[-1].facts, "more": more})
    return shown


def card_flag(shot: Shot | None, reading: Reading, other: CodeCard | None) -> Flag | None:
    """A flag for the photo that should show the card of the piece, or None when it does (or was not asked for)."""
    if shot is None or reading is Reading.THIS:
        return None
    finding = {
        Reading.OTHER: Finding.CARD_OTHER,
        Reading.UNKNOWN: Finding.CARD_UNKNOWN,
        Reading.NONE: Finding.CARD_MISSING,
    }[reading]
    return Flag(finding, shot.id, facts={"code": other.code} if other else {})


def time_flag(shots: Sequence[Shot], issued_at: datetime) -> Flag | None:
    """A flag for the photo whose camera time lies furthest before the piece got its code, or None."""
    early = [
        (issued_at - shot.taken_at, shot)
        for shot in shots
        if shot.taken_at is not None
        and shot.taken_at < issued_at - (CLOCK_SLACK if shot.has_zone else ZONE_SLACK + CLOCK_SLACK)
    ]
    if not early:
        return None
    gap, shot = max(early, key=lambda one: one[0])
    facts = {"taken_at": shot.taken_at.isoformat() if shot.taken_at else "", "issued_at": issued_at.isoformat()}
    return Flag(Finding.BEFORE_ISSUE, shot.id, facts={**facts, "minutes": int(gap / timedelta(minutes=1))})


def order_flags(shots: Sequence[Shot]) -> list[Flag]:
    """A flag for each step of the work whose photo is older than that of the step before.

    Only times that the same kind of clock wrote (both with a zone, or both without) are compared.
    """
    flags = []
    for has_zone in (True, False):
        timed = [(shot.taken_at, shot) for shot in shots if shot.taken_at is not None and shot.has_zone is has_zone]
        stages: dict[int, list[tuple[datetime, Shot]]] = defaultdict(list)
        for taken_at, shot in timed:
            if shot.slot in ORDER:
                stages[ORDER[shot.slot]].append((taken_at, shot))
        for before, after in pairwise(sorted(stages)):
            last, late = max(stages[before], key=lambda one: one[0])
            first, early = min(stages[after], key=lambda one: one[0])
            if first < last - CLOCK_SLACK:
                facts = {"taken_at": first.isoformat(), "other_taken_at": last.isoformat()}
                flags.append(Flag(Finding.OUT_OF_ORDER, early.id, late.id, facts))
    return flags
