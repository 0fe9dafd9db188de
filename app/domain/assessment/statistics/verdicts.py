"""What the numbers of an item mean, and so what to do. Nothing is said on too few attempts.

The bounds are rules of thumb of the field (Moodle's quiz report, OpenLearn's guide to it); for a certificate it is
no fault when nearly everybody knows a safety rule, so such an item is never too easy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.assessment.statistics.answers import AnswerTable
from app.domain.assessment.statistics.intervals import Interval

ENOUGH = 30
"""Attempts below which no verdict is given: with 30, the interval of a facility of a half is 36 points wide."""
TOO_EASY = 0.95
TOO_HARD = 0.30
WEAK = 20.0
"""Percent of discrimination below which an item hardly tells strong from weak."""
DEAD = 0.02
"""Share below which a wrong option draws nobody."""
ENOUGH_FOR_DEAD = 60
"""Attempts that it takes to say so: when none of 60 chose an option, fewer than 5 in 100 do (95 percent sure)."""
DRAWS_BEST = 0.10
"""Share of the best third that a wrong option must draw to be suspected."""


class Level(StrEnum):
    """How urgent a finding is."""

    BAD = "bad"
    WARN = "warn"
    NOTE = "note"
    OK = "ok"
    NONE = "none"


class Finding(StrEnum):
    """What can be said about an item. The words and the advice for each are in the pages."""

    KEY_WRONG = "key_wrong"
    BELOW_GUESS = "below_guess"
    BEST_FOOLED = "best_fooled"
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    WEAK = "weak"
    DEAD_OPTION = "dead_option"
    GOOD = "good"
    TOO_FEW = "too_few"


_LEVELS = {
    Finding.KEY_WRONG: Level.BAD,
    Finding.BELOW_GUESS: Level.BAD,
    Finding.BEST_FOOLED: Level.WARN,
    Finding.TOO_HARD: Level.WARN,
    Finding.TOO_EASY: Level.WARN,
    Finding.WEAK: Level.WARN,
    Finding.DEAD_OPTION: Level.NOTE,
    Finding.GOOD: Level.OK,
    Finding.TOO_FEW: Level.NONE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding; `options` are the texts that it is about, `sure` is false when it may be chance."""

    finding: Finding
    options: tuple[str, ...] = ()
    sure: bool = False

    @property
    def level(self) -> Level:
        """How urgent it is. What may be chance is worth a look, no more."""
        level = _LEVELS[self.finding]
        return Level.WARN if level is Level.BAD and not self.sure else level

    @property
    def urgency(self) -> tuple[int, int]:
        """Sorts verdicts, the most urgent first."""
        return list(Level).index(self.level), list(Finding).index(self.finding)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers that verdicts are made of; shares of 1, discrimination in percent."""

    n: int
    facility: float | None
    facility_interval: Interval | None
    discrimination: float | None
    discrimination_interval: Interval | None
    guess: float | None
    safety: bool
    answers: AnswerTable


def verdicts(evidence: Evidence) -> tuple[Verdict, ...]:
    """Everything that is to be said, the most urgent first; exactly one GOOD or TOO_FEW when there is nothing else."""
    if evidence.n < ENOUGH or evidence.facility is None:
        return (Verdict(Finding.TOO_FEW),)
    found = [
        *_about_key(evidence),
        *_about_distractors(evidence.answers),
        *_about_difficulty(evidence, evidence.facility),
    ]
    return tuple(sorted(found, key=lambda verdict: verdict.urgency)) or (Verdict(Finding.GOOD),)


def _about_key(evidence: Evidence) -> list[Verdict]:
    # Where nearly everybody is right, the key is, too, and there is nobody left to tell apart.
    too_easy = evidence.facility is not None and evidence.facility > TOO_EASY
    if too_easy or evidence.discrimination is None or evidence.discrimination >= WEAK:
        return []
    if evidence.discrimination < 0:
        interval = evidence.discrimination_interval
        return [Verdict(Finding.KEY_WRONG, sure=interval is not None and interval.high < 0)]
    return [Verdict(Finding.WEAK)]


def _about_difficulty(evidence: Evidence, facility: float) -> list[Verdict]:
    if facility > TOO_EASY:
        return [] if evidence.safety else [Verdict(Finding.TOO_EASY)]
    interval = evidence.facility_interval
    if evidence.guess is not None and facility <= evidence.guess:
        return [Verdict(Finding.BELOW_GUESS, sure=interval is not None and interval.high < evidence.guess)]
    return [Verdict(Finding.TOO_HARD)] if facility < TOO_HARD else []


def _about_distractors(table: AnswerTable) -> list[Verdict]:
    dead, drawing = [], []
    for row in table.distractors:
        whole, bottom, top = row.tally.shares(table.seen)
        if whole < DEAD:
            dead += [row.text] if table.seen.all >= ENOUGH_FOR_DEAD else []
        elif top is not None and bottom is not None and top >= DRAWS_BEST and top > bottom:
            drawing.append(row.text)
    found = [Verdict(Finding.BEST_FOOLED, tuple(drawing))] if drawing else []
    return [*found, Verdict(Finding.DEAD_OPTION, tuple(dead))] if dead else found


def worst(found: Sequence[Verdict]) -> Verdict:
    """The verdict that an item is listed under."""
    return min(found, key=lambda verdict: verdict.urgency)
