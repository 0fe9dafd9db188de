"""Who must still read a try, and what its marks lead to (domain.md 4.7 and 4.8).

1. One mark is enough unless the piece is a capstone (above Foundation), its score lies within 5 points of the mark
   either way, or it fails by one level on one core criterion: then a **second mark** is due, blind to the first.
2. A **critical flag** is final when another reviewer confirms it, or when both marks raise the same one without
   knowing of each other. A flag that is not confirmed drops out, and the levels decide.
3. Two marks that **disagree** (another outcome, or two levels or more apart on a criterion) go to a third marker, who
   sees both and enters the agreed mark. Two that agree are **combined**: the mean of the points of each criterion, and
   for the core floors the mean of the levels, half a level rounded up (3 is reached by 2 and 3: a mean of 2.5).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from app.domain.errors import FieldProblem
from app.domain.review.states import Kind
from app.domain.rubric.rubric import Criterion, Mark, Rubric
from app.domain.rubric.scoring import CriterionScore, Outcome, PieceScore, Result, needs_second_reader, outcome

LEVEL_GAP = 2
# The capstone of Foundation is a mini version that one reviewer marks (courses/exercises.yaml, domain.md 5).
CAPSTONE_MARKED_ONCE: frozenset[str] = frozenset({"foundation"})


def is_marked_twice(tier: str, *, capstone: bool) -> bool:
    """True when a piece is a capstone of a tier that asks for two marks of it, whatever the first one says."""
    return capstone and tier not in CAPSTONE_MARKED_ONCE


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark that is in: its kind, its score with the levels, and its flags: True confirmed, False not, None open."""

    kind: Kind
    piece: PieceScore
    flags: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def levels(self) -> dict[str, int]:
        """The levels by criterion id."""
        return {part.criterion.id: part.level for part in self.piece.parts}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the marks of a try lead to. `carrier` is the mark that says just this; None when it must be written down."""

    outcome: Outcome
    piece: PieceScore
    basis: str
    carrier: Kind | None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a try still needs: a reading of this kind with the reasons as codes, or nothing, then there is a verdict.

    Codes: first; capstone, near_mark, one_core_level (a second mark); critical (a confirmation); other_outcome,
    level_gap (a third marker).
    """

    needs: Kind | None
    reasons: tuple[str, ...] = ()
    verdict: Verdict | None = None


def plan(mark: Mark, marks: Sequence[GivenMark], *, capstone: bool) -> Plan:
    """Return the next reading that a try needs, or its verdict. `marks` are its first, second and third mark so far."""
    by_kind = _with_shared_flags({given.kind: given for given in marks})
    first = by_kind.get(Kind.FIRST)
    if first is None:
        return Plan(Kind.FIRST, ("first",))
    for given in by_kind.values():
        confirmed = tuple(sorted(code for code, known in given.flags.items() if known))
        if confirmed:
            failed = outcome(given.piece, mark, confirmed)
            whole = len(confirmed) == len(given.flags)
            return Plan(
                None, verdict=Verdict(failed, given.piece, "confirmed", given.kind if whole else None, confirmed)
            )
    if any(known is None for given in by_kind.values() for known in given.flags.values()):
        return Plan(Kind.CONFIRM, ("critical",))
    return _by_levels(mark, by_kind, first, capstone)


def _by_levels(mark: Mark, by_kind: Mapping[Kind, GivenMark], first: GivenMark, capstone: bool) -> Plan:
    third, second = by_kind.get(Kind.THIRD), by_kind.get(Kind.SECOND)
    if third is not None:
        return Plan(None, verdict=_verdict(third, mark, "agreed"))
    if second is None:
        due = needs_second_reader(first.piece, mark, capstone=capstone)
        return Plan(Kind.SECOND, due) if due else Plan(None, verdict=_verdict(first, mark, "single"))
    apart = disagreement(first, second, mark)
    if apart:
        return Plan(Kind.THIRD, apart)
    both = combine(first.piece, second.piece)
    return Plan(None, verdict=Verdict(outcome(both, mark), both, "double", None))


def _verdict(given: GivenMark, mark: Mark, basis: str) -> Verdict:
    """A mark whose flags dropped out says something else than the levels, so the result is written down anew."""
    return Verdict(outcome(given.piece, mark), given.piece, basis, None if given.flags else given.kind)


def _with_shared_flags(by_kind: Mapping[Kind, GivenMark]) -> dict[Kind, GivenMark]:
    """A flag that first and second marker raised without knowing of each other is confirmed by that."""
    found = dict(by_kind)
    first, second = found.get(Kind.FIRST), found.get(Kind.SECOND)
    if first and second:
        shared = {
            code for code, known in second.flags.items() if known is None and first.flags.get(code, False) is None
        }
        for given in (first, second):
            flags = {code: True if code in shared else known for code, known in given.flags.items()}
            found[given.kind] = replace(given, flags=flags)
    return found


def disagreement(first: GivenMark, second: GivenMark, mark: Mark) -> tuple[str, ...]:
    """Return why two marks need a third marker, as codes: other_outcome (by levels), level_gap (two or more)."""
    reasons = []
    if outcome(first.piece, mark).result is not outcome(second.piece, mark).result:
        reasons.append("other_outcome")
    if wide_gaps(first, second):
        reasons.append("level_gap")
    return tuple(reasons)


def wide_gaps(first: GivenMark, second: GivenMark) -> tuple[str, ...]:
    """Return the criteria on which two marks are two levels or more apart."""
    other = second.levels
    return tuple(name for name, level in first.levels.items() if abs(level - other.get(name, level)) >= LEVEL_GAP)


def combine(first: PieceScore, second: PieceScore) -> PieceScore:
    """Return the score of two marks of one piece: means of the points, and levels with halves rounded up, all exact."""
    others = {part.criterion.id: part for part in second.parts}
    parts = []
    for part in first.parts:
        other = others[part.criterion.id]
        level = (part.level + other.level + 1) // 2
        parts.append(CriterionScore(part.criterion, level, part.share, (part.adds + other.adds) / 2))
    return PieceScore(sum((part.adds for part in parts), Fraction(0)), tuple(parts))


def raised(piece: PieceScore, rubric: Rubric, levels: Mapping[str, int]) -> PieceScore:
    """Return a score in which some criteria have other levels; all others keep what they added before."""
    parts = [
        replace(part, level=levels[part.criterion.id], adds=part.share * rubric.points[levels[part.criterion.id]] / 100)
        if levels.get(part.criterion.id, part.level) != part.level
        else part
        for part in piece.parts
    ]
    return PieceScore(sum((part.adds for part in parts), Fraction(0)), tuple(parts))


def differs(result: Result, levels: Mapping[str, int], other: Result, other_levels: Mapping[str, int]) -> bool:
    """True when a re-mark says something else than the result: another outcome, or a criterion two levels apart."""
    gaps = (abs(level - other_levels.get(name, level)) for name, level in levels.items())
    return result is not other or any(gap >= LEVEL_GAP for gap in gaps)


def agreed_problems(
    criteria: Sequence[Criterion],
    ratings: Mapping[str, int],
    reasons: Mapping[str, str],
    before: Collection[Mapping[str, int]],
) -> list[FieldProblem]:
    """Return the criteria for which an agreed mark lacks its written reason: any level that not both marks gave."""
    return [
        FieldProblem(
            criterion.id,
            "change_unexplained",
            f"The two marks of {criterion.title} are not both at level {ratings[criterion.id]}. Write why yours is.",
        )
        for criterion in criteria
        if criterion.id in ratings
        and any(levels.get(criterion.id) != ratings[criterion.id] for levels in before)
        and not reasons.get(criterion.id, "").strip()
    ]
