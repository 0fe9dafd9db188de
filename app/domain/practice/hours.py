"""The hours ledger: lines that are only ever added, and corrections that are lines of their own.

A line says what counted, when, and from which source. A wrong line is never changed: a correction names it, takes
minutes off and gives the reason. A person may correct their own lines downward only; more hours need a session that
somebody else signs for. So no line, and no sum over lines, can fall below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_REASON = 300
SHORTEST_REASON = 5
SELF_REPORTED: frozenset[str] = frozenset({"practice", "supervised"})
"""Sources whose minutes the person wrote down; a lesson counts a fixed share of its course (ADR 0007)."""
LONGEST_SESSION = 12 * 60
"""Minutes; nobody works longer than this in one session with care."""


class Source(StrEnum):
    """Where hours come from."""

    LESSON = "lesson"
    PRACTICE = "practice"
    SUPERVISED = "supervised"
    CORRECTION = "correction"


EARNED = (Source.LESSON, Source.PRACTICE, Source.SUPERVISED)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `key` names it ("practice:<id>"), `corrects` the line that a correction takes minutes off from."""

    key: str
    source: Source
    minutes: int
    day: date
    title: str = ""
    corrects: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Minutes by source after corrections."""

    by_source: Mapping[Source, int]

    @property
    def minutes(self) -> int:
        """All of them."""
        return sum(self.by_source.values())


class CorrectionRefused(Exception):
    """A correction that the rules do not take; the message is a sentence, `field` the field that it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def totals(lines: Iterable[Line]) -> Totals:
    """Return the minutes of each source. A correction counts against the source of the line that it names.

    A correction of a line that is not there (a piece whose approval was withdrawn) counts nothing.
    """
    kept = list(lines)
    earned = {line.key: line for line in kept if line.source is not Source.CORRECTION}
    left = {key: line.minutes for key, line in earned.items()}
    for line in kept:
        if line.source is Source.CORRECTION and line.corrects in left:
            left[line.corrects] = max(0, left[line.corrects] + line.minutes)
    sums = dict.fromkeys(EARNED, 0)
    for key, minutes in left.items():
        sums[earned[key].source] += minutes
    return Totals(sums)


def left_of(line: Line, lines: Iterable[Line]) -> int:
    """Return the minutes that a line still counts for after its corrections, never below zero."""
    taken = sum(other.minutes for other in lines if other.source is Source.CORRECTION and other.corrects == line.key)
    return max(0, line.minutes + taken)


def correction_minutes(line: Line, lines: Sequence[Line], true_minutes: int, reason: str) -> int:
    """Return the (negative) minutes of the correction after which `line` counts `true_minutes`.

    Raises CorrectionRefused for more minutes than the line counts now, for no change, and for a missing reason.
    """
    if line.source is Source.CORRECTION:
        raise CorrectionRefused("minutes", "A correction is not corrected itself. Correct the line that it is about.")
    if line.source not in SELF_REPORTED:
        raise CorrectionRefused(
            "minutes", "A lesson counts a fixed share of its course, so there is nothing to correct."
        )
    now = left_of(line, lines)
    if true_minutes < 0:
        raise CorrectionRefused("minutes", "Time cannot be less than zero.")
    if true_minutes == now:
        raise CorrectionRefused("minutes", f"The line counts {now} minutes already.")
    if true_minutes > now:
        sentence = (
            f"The line counts {now} minutes; your own correction can only lower that. "
            "More time needs a session that somebody signs for."
        )
        raise CorrectionRefused("minutes", sentence)
    if len(reason.strip()) < SHORTEST_REASON:
        raise CorrectionRefused("reason", "Write the reason: it stays beside the line.")
    if len(reason) > LONGEST_REASON:
        raise CorrectionRefused("reason", f"The reason may have at most {LONGEST_REASON} characters.")
    return true_minutes - now
