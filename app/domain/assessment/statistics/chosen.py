"""Which attempts the numbers stand on: it changes them, so it is said beside them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Chosen(StrEnum):
    """Of each person: the first attempt (nobody has met the items yet), the last, the best, or all of them."""

    FIRST = "first"
    LAST = "last"
    BEST = "best"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sat:
    """A finished attempt: whose, the how many-th, the exact share of the points, whether it passed."""

    person: Hashable
    number: int
    share: Fraction
    passed: bool


def choose(attempts: Sequence[Sat], chosen: Chosen) -> list[int]:
    """The places in `attempts` of those that count, ascending.

    The best is a passed attempt before a failed one, then the higher share, then the earlier: as the mark that
    counts is chosen.
    """
    if chosen is Chosen.ALL:
        return list(range(len(attempts)))
    of_person: dict[Hashable, int] = {}
    for place, attempt in enumerate(attempts):
        held = of_person.get(attempt.person)
        if held is None or _goes_before(attempt, attempts[held], chosen):
            of_person[attempt.person] = place
    return sorted(of_person.values())


def _goes_before(attempt: Sat, other: Sat, chosen: Chosen) -> bool:
    if chosen is Chosen.FIRST:
        return attempt.number < other.number
    if chosen is Chosen.LAST:
        return attempt.number > other.number
    mine, theirs = (attempt.passed, attempt.share), (other.passed, other.share)
    return mine > theirs or (mine == theirs and attempt.number < other.number)
