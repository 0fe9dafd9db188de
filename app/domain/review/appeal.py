"""A student's appeal: once for each try, within fourteen days, on what exactly and why; no result gets worse by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.review.marking import raised
from app.domain.rubric.rubric import LEVELS, Mark, Rubric
from app.domain.rubric.scoring import Outcome, PieceScore, outcome

WINDOW = timedelta(days=14)
APPEAL_LEASE = timedelta(hours=1)
MIN_WHY = 20
MAX_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Subject:
    """What a student appeals: criteria and confirmed flags of a result, and why."""

    criteria: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judge of an appeal says of one point: the level it gets (a flag: whether it stays), and why."""

    reason: str = ""
    level: int = 0
    stays: bool = True


def closes_at(decided_at: datetime) -> datetime:
    """Return the instant until which a result can be appealed."""
    return decided_at + WINDOW


def why_not(decided_at: datetime | None, now: datetime, *, appealed: bool, newest: bool) -> str:
    """Return why a result cannot be appealed, as a code (see _REFUSALS); empty when it can."""
    if appealed:
        return "appealed"
    if decided_at is None:
        return "undecided"
    if not newest:
        return "newer_try"
    return "too_late" if now >= closes_at(decided_at) else ""


_REFUSALS: Mapping[str, str] = {
    "undecided": "This piece has no result yet.",
    "appealed": "You have appealed against this result. Each result can be appealed once.",
    "newer_try": "You have sent a newer try of this piece. Its result counts now.",
    "too_late": "The fourteen days for an appeal are over.",
}


def require_appeal(code: str) -> None:
    """Raise Conflict in words for a code of `why_not`."""
    if code:
        raise Conflict(_REFUSALS[code], code=code)


def require_subject(subject: Subject, criteria: Collection[str], flags: Collection[str]) -> None:
    """Raise Invalid unless the appeal names at least one point of the result and says why in a sentence."""
    problems = []
    if not subject.criteria and not subject.flags:
        problems.append(FieldProblem("points", "nothing", "Choose at least one point that you appeal against."))
    if not set(subject.criteria) <= set(criteria) or not set(subject.flags) <= set(flags):
        problems.append(FieldProblem("points", "unknown", "A point that you chose is not part of this result."))
    if len(subject.why.strip()) < MIN_WHY:
        problems.append(FieldProblem("why", "why_missing", "Say in a sentence or two what was judged wrongly."))
    if len(subject.why) > MAX_WORDS:
        problems.append(FieldProblem("why", "too_long", f"At most {MAX_WORDS:,} characters are kept. Shorten it."))
    if problems:
        raise Invalid("The appeal is not complete.", problems, code="appeal")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the answers to an appeal lead to; `changed` is False when every point was upheld."""

    changed: bool
    outcome: Outcome
    piece: PieceScore
    flags: tuple[str, ...] = field(default=())


def rule(
    subject: Subject,
    answers: Mapping[str, Answer],
    piece: PieceScore,
    flags: Sequence[str],
    *,
    rubric: Rubric,
    mark: Mark,
) -> Ruling:
    """Return the ruling on every appealed point; the others stay as they are.

    `answers` go by criterion id and by flag code. Raises Invalid listing every point without a level from the old one
    upward (an appeal never lowers a level) or without a written reason.
    """
    before = {part.criterion.id: part for part in piece.parts}
    problems = []
    for point in (*subject.criteria, *subject.flags):
        answer = answers.get(point, Answer())
        if point in before and (answer.level not in LEVELS or answer.level < before[point].level):
            sentence = f"{before[point].criterion.title}: choose level {before[point].level} or a higher one."
            problems.append(FieldProblem(point, "level", sentence))
        if not answer.reason.strip() or len(answer.reason) > MAX_WORDS:
            title = before[point].criterion.title if point in before else point
            problems.append(FieldProblem(point, "reason_missing", f"{title}: write your reason for the student."))
    if problems:
        raise Invalid("The answer to the appeal is not complete.", problems, code="answer")
    levels = {point: answers[point].level for point in subject.criteria}
    kept = tuple(code for code in flags if code not in subject.flags or answers[code].stays)
    now = raised(piece, rubric, levels)
    is_changed = len(kept) < len(flags) or any(level != before[name].level for name, level in levels.items())
    return Ruling(is_changed, outcome(now, mark, kept), now, kept)
