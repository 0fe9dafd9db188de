"""What a reviewer has entered, and everything that a decision on it must carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import FieldProblem, Invalid
from app.domain.rubric.rubric import LEVELS, Criterion, Mark, Rubric
from app.domain.rubric.scoring import Outcome, PieceScore, Result, outcome, rating_problems, score, score_so_far


@dataclass(frozen=True, slots=True)
class PinDraft:
    """A note on a photo: x and y from 0 to 1, a defect code with its severity (m, M, C, praise).

    `shape` is point, box or oval; the latter two lie around x and y, `w` wide and `h` high, from 0 to 1 as well.
    """

    id: str
    photo_id: str
    x: float
    y: float
    criterion: str
    note: str = ""
    defect: str = ""
    severity: str = ""
    shape: str = "point"
    w: float = 0.0
    h: float = 0.0


@dataclass(frozen=True, slots=True)
class CriticalFlag:
    """A critical fault with its evidence: a pin, or a field of the log ("step.field"), and a written reason."""

    code: str
    reason: str = ""
    pin_id: str = ""
    log_field: str = ""


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """All that a reviewer has entered so far."""

    ratings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    pins: Sequence[PinDraft] = ()
    flags: Sequence[CriticalFlag] = ()
    note: str = ""


def decision_problems(
    rubric: Rubric, tier: str, applicable: Collection[str], draft: ReviewDraft, result: Result
) -> list[FieldProblem]:
    """Return everything that keeps this decision from being recorded; empty when it may be.

    Every criterion rated; a written reason for each level 1; a pin with a fault code for each core criterion below
    level 4; a level of at most 2 where a pin shows a major fault; evidence for each critical flag; a summary note
    unless approved; and a result that the rubric's own rules reach, so that equal work gets equal decisions.
    """
    criteria = rubric.applicable(applicable)
    problems = rating_problems(criteria, draft.ratings)
    problems += _level_problems(criteria, draft)
    problems += _pin_problems(criteria, draft)
    problems += _flag_problems(draft)
    if result is not Result.APPROVED and not draft.note.strip():
        problems.append(FieldProblem("note", "note_missing", "Say in a note what to do differently next time."))
    if not any(p.code in ("unrated", "not_applicable") for p in problems):
        reached = reached_outcome(rubric, tier, applicable, draft)
        if reached.result is not result:
            problems.append(FieldProblem("result", "other_result", _mismatch(reached)))
    return problems


def require_decidable(
    rubric: Rubric, tier: str, applicable: Collection[str], draft: ReviewDraft, result: Result
) -> None:
    """Raise Invalid with all `decision_problems`, if there are any."""
    problems = decision_problems(rubric, tier, applicable, draft, result)
    if problems:
        raise Invalid("The review is not complete.", problems, code="incomplete_review")


def reached_outcome(rubric: Rubric, tier: str, applicable: Collection[str], draft: ReviewDraft) -> Outcome:
    """Return what the ratings and flags of a complete draft lead to; raises Invalid when ratings are missing."""
    piece = score(rubric, draft.ratings, applicable)
    return outcome(piece, rubric.marks[tier], [flag.code for flag in draft.flags])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a draft stands: the score over what is rated so far, the mark that it is held to, and what is missing.

    `reached` is what the rules make of it, None until every criterion is rated; `problems` is what the reached
    decision (or an approval, while none is reached) still needs.
    """

    score: PieceScore | None
    rated: int
    total: int
    mark: Mark
    reached: Outcome | None
    problems: tuple[FieldProblem, ...]


def standing(rubric: Rubric, tier: str, applicable: Collection[str], draft: ReviewDraft) -> Standing:
    """Return where a draft stands, complete or not."""
    criteria = rubric.applicable(applicable)
    rated = sum(draft.ratings.get(criterion.id) in LEVELS for criterion in criteria)
    reached = None if rating_problems(criteria, draft.ratings) else reached_outcome(rubric, tier, applicable, draft)
    aim = reached.result if reached else Result.FAILED if draft.flags else Result.APPROVED
    return Standing(
        score=score_so_far(rubric, draft.ratings, applicable),
        rated=rated,
        total=len(criteria),
        mark=rubric.marks[tier],
        reached=reached,
        problems=tuple(decision_problems(rubric, tier, applicable, draft, aim)),
    )


def _mismatch(reached: Outcome) -> str:
    why = " ".join(reason.sentence for reason in reached.reasons) or "The mark and every core level are reached."
    return f"By these levels the piece is {_RESULT_WORDS[reached.result]}. {why}"


_RESULT_WORDS: Mapping[Result, str] = {
    Result.APPROVED: "approved",
    Result.RESUBMIT: "to be tried again",
    Result.FAILED: "failed",
}


def _level_problems(criteria: Sequence[Criterion], draft: ReviewDraft) -> list[FieldProblem]:
    problems = []
    for criterion in criteria:
        level = draft.ratings.get(criterion.id, 4)
        pins = [pin for pin in draft.pins if pin.criterion == criterion.id and pin.defect]
        faults = [pin for pin in pins if pin.severity != "praise"]
        if level == 1 and not draft.reasons.get(criterion.id, "").strip():
            sentence = f"Write why {criterion.title} is at level 1."
            problems.append(FieldProblem(criterion.id, "reason_missing", sentence))
        if criterion.core and level < 4 and not faults:
            sentence = f"{criterion.title} is below level 4: pin the spot on a photo and choose a fault code."
            problems.append(FieldProblem(criterion.id, "pin_missing", sentence))
        major = next((pin.defect for pin in faults if pin.severity == "M"), "")
        if major and level > 2:
            sentence = f"{major} is a major fault: {criterion.title} can be at most level 2."
            problems.append(FieldProblem(criterion.id, "capped", sentence))
    return problems


def _pin_problems(criteria: Sequence[Criterion], draft: ReviewDraft) -> list[FieldProblem]:
    known = {criterion.id for criterion in criteria}
    flagged = {flag.code for flag in draft.flags}
    problems = []
    for number, pin in enumerate(draft.pins, 1):
        where = f"pin.{pin.id}"
        if not (0 <= pin.x <= 1 and 0 <= pin.y <= 1):
            problems.append(FieldProblem(where, "outside", f"Pin {number} lies outside the photo."))
        if pin.criterion not in known:
            sentence = f"Pin {number} belongs to no criterion of this exercise."
            problems.append(FieldProblem(where, "not_applicable_pin", sentence))
        if not pin.defect and not pin.note.strip():
            problems.append(FieldProblem(where, "empty_pin", f"Write a note for pin {number} or choose a code."))
        if pin.severity == "C" and pin.defect not in flagged:
            sentence = f"{pin.defect} is a critical fault. Raise the critical flag with a reason, or choose another."
            problems.append(FieldProblem(where, "flag_missing", sentence))
    return problems


def _flag_problems(draft: ReviewDraft) -> list[FieldProblem]:
    pins = {pin.id for pin in draft.pins}
    problems = []
    for flag in draft.flags:
        where = f"flag.{flag.code}"
        if not flag.log_field.strip() and flag.pin_id not in pins:
            sentence = f"{flag.code} needs evidence: a pin on a photo or a field of the log."
            problems.append(FieldProblem(where, "evidence_missing", sentence))
        if not flag.reason.strip():
            problems.append(FieldProblem(where, "reason_missing", f"Write what you saw for {flag.code}."))
    return problems
