"""The score of a piece and what follows from it. Exact; weights of criteria that do not apply are shared out.

Score = sum(weight x points) / 100, with the points 0, 55, 80 and 100 for the levels 1 to 4 (domain 4.6). A
critical fault is a gate and never averaged (4.7); results near the mark go to a second reader (4.8).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.errors import FieldProblem, Invalid
from app.domain.rubric.rubric import LEVELS, Criterion, Mark, Rubric

SECOND_READER_BAND = Fraction(5)


class Result(StrEnum):
    """What a review decides."""

    APPROVED = "approved"
    RESUBMIT = "resubmit"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a decision: code, sentence, and the criterion that it is about, if any."""

    code: str
    sentence: str
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One rated criterion: its level, its share of the whole (the shares sum to 100) and what it adds."""

    criterion: Criterion
    level: int
    share: Fraction
    adds: Fraction


@dataclass(frozen=True, slots=True)
class PieceScore:
    """The score of a piece, 0 to 100, exact, with the part of each criterion that applies."""

    percent: Fraction
    parts: tuple[CriterionScore, ...]

    @property
    def core_levels(self) -> dict[str, int]:
        """The levels of the core criteria that apply, by criterion id."""
        return {part.criterion.id: part.level for part in self.parts if part.criterion.core}

    @property
    def mean_level(self) -> Fraction:
        """The plain mean of the levels, 1 to 4, as shown beside the rubric."""
        return Fraction(sum(part.level for part in self.parts), len(self.parts))

    @property
    def core_mean(self) -> Fraction | None:
        """The mean of the core levels; None when no core criterion applies."""
        levels = list(self.core_levels.values())
        return Fraction(sum(levels), len(levels)) if levels else None


def score(rubric: Rubric, ratings: Mapping[str, int], applicable: Collection[str]) -> PieceScore:
    """Return the score of a fully rated piece.

    `applicable` are the criteria that the exercise evidences; those that always apply are added. Raises Invalid
    listing every criterion without a level from 1 to 4, and every rating of a criterion that does not apply.
    """
    criteria = rubric.applicable(applicable)
    problems = rating_problems(criteria, ratings)
    if problems:
        raise Invalid("The rubric is not filled in.", problems, code="ratings")
    return _weigh(rubric, criteria, ratings)


def score_so_far(rubric: Rubric, ratings: Mapping[str, int], applicable: Collection[str]) -> PieceScore | None:
    """Return the score over the criteria rated so far, for a draft; None before the first."""
    rated = tuple(c for c in rubric.applicable(applicable) if ratings.get(c.id) in LEVELS)
    return _weigh(rubric, rated, ratings) if rated else None


def rating_problems(criteria: Sequence[Criterion], ratings: Mapping[str, int]) -> list[FieldProblem]:
    """Return what is missing or out of place in a set of ratings."""
    problems = [
        FieldProblem(c.id, "unrated", f"Choose a level from 1 to 4 for {c.title}.")
        for c in criteria
        if ratings.get(c.id) not in LEVELS
    ]
    known = {criterion.id for criterion in criteria}
    strangers = [name for name in ratings if name not in known]
    return problems + [
        FieldProblem(name, "not_applicable", f"The exercise does not show {name}; it cannot be rated.")
        for name in strangers
    ]


def _weigh(rubric: Rubric, criteria: Sequence[Criterion], ratings: Mapping[str, int]) -> PieceScore:
    whole = sum(criterion.weight for criterion in criteria)
    parts = []
    for criterion in criteria:
        level = ratings[criterion.id]
        share = Fraction(100 * criterion.weight, whole)
        parts.append(CriterionScore(criterion, level, share, share * rubric.points[level] / 100))
    return PieceScore(sum((part.adds for part in parts), Fraction(0)), tuple(parts))


def shortfalls(piece: PieceScore, mark: Mark) -> tuple[Reason, ...]:
    """Return every reason why a score does not reach a tier's mark; empty when it does."""
    reasons = []
    if piece.percent < mark.score:
        sentence = f"The score is {shown(piece.percent)}; {shown(mark.score)} is needed."
        reasons.append(Reason("below_mark", sentence))
    for part in piece.parts:
        if part.criterion.core and part.level < mark.core:
            sentence = f"{part.criterion.title} is at level {part.level}; at least level {mark.core} is needed."
            reasons.append(Reason("below_core", sentence, part.criterion.id))
    mean = piece.core_mean
    if mark.core_mean is not None and mean is not None and mean < mark.core_mean:
        sentence = f"The core steps average {shown(mean)}; {shown(mark.core_mean)} is needed."
        reasons.append(Reason("below_core_mean", sentence))
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a score: the result and, unless approved, why."""

    result: Result
    reasons: tuple[Reason, ...] = ()


def outcome(piece: PieceScore, mark: Mark, critical: Collection[str] = ()) -> Outcome:
    """Return approved, resubmit or failed. Any critical code fails the piece, whatever the score."""
    if critical:
        reasons = [Reason("critical", f"{code} is a critical fault. It fails the piece.") for code in sorted(critical)]
        return Outcome(Result.FAILED, tuple(reasons))
    reasons_short = shortfalls(piece, mark)
    return Outcome(Result.RESUBMIT, reasons_short) if reasons_short else Outcome(Result.APPROVED)


def needs_second_reader(
    piece: PieceScore, mark: Mark, *, capstone: bool = False, critical: Collection[str] = ()
) -> tuple[str, ...]:
    """Return why a second reader is due, as codes; empty when one reader is enough.

    capstone; critical (a fault is final only when confirmed); near_mark (within 5 points either way);
    one_core_level (short of the floor by one level on one core criterion, and nothing else in the core).
    """
    reasons = []
    if capstone:
        reasons.append("capstone")
    if critical:
        reasons.append("critical")
    if abs(piece.percent - mark.score) <= SECOND_READER_BAND:
        reasons.append("near_mark")
    if sum(max(mark.core - level, 0) for level in piece.core_levels.values()) == 1:
        reasons.append("one_core_level")
    return tuple(reasons)


def shown(value: Fraction) -> str:
    """Return a score as text with one decimal, cut and never rounded up, so that 74.96 is not shown as a reached 75."""
    tenths = value.numerator * 10 // value.denominator
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
