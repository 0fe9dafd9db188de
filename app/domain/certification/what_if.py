"""What if: the decision about evidence that a student does not have yet, and the shortest way to "met".

Nothing here guesses: each supposed thing is added to the evidence, and the one decision function judges the sum.
So hours of hygiene raise the total as well, and a piece for one line helps every other line that it would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from math import ceil

from app.domain.certification.decision import (
    SKINS_3D,
    Outcome,
    RequirementLine,
    counting_pieces,
    decide,
)
from app.domain.certification.evidence import Evidence, HeldCredential, PieceEvidence, ProofEvidence, QuizEvidence
from app.domain.certification.policy import PieceRequirement, RequirementSet
from app.domain.certification.renewal import add_months, end_of_day

BEST_LEVEL = 4
COURSE_HOURS = frozenset({"structured", "hygiene", "color"})
PRACTICE_HOURS = frozenset({"practice", "technique"})


@dataclass(frozen=True, slots=True)
class Supposition:
    """The decision with supposed things added. `helped` are the lines that became met besides those chosen."""

    outcome: Outcome
    chosen: tuple[RequirementLine, ...]
    helped: tuple[RequirementLine, ...]


def what_if(
    policy: RequirementSet,
    evidence: Evidence,
    codes: Iterable[str],
    now: datetime,
    titles: Mapping[str, str] | None = None,
) -> Supposition:
    """Return the decision as if the missing lines with these codes had been worked off; other codes are left out."""
    before = decide(policy, evidence, now, titles)
    wanted = set(codes)
    chosen = tuple(line for line in before.missing if line.code in wanted)
    supposed = evidence
    for line in chosen:
        supposed = suppose(policy, supposed, line.code, now)
    outcome = decide(policy, supposed, now, titles)
    missing = {line.code for line in outcome.missing} | {line.code for line in chosen}
    helped = tuple(line for line in before.missing if line.code not in missing)
    return Supposition(outcome, chosen, helped)


def enough(
    policy: RequirementSet, evidence: Evidence, now: datetime, titles: Mapping[str, str] | None = None
) -> tuple[RequirementLine, ...]:
    """Return missing lines, in the order of the path, that would be enough together.

    Sums (hours, pieces in all) are taken last, so that what single lines bring along is not asked for twice.
    """
    before = decide(policy, evidence, now, titles)
    steps: set[str] = set()
    supposed, left = evidence, _by_weight(before)
    while left and left[0].code not in steps:
        steps.add(left[0].code)
        supposed = suppose(policy, supposed, left[0].code, now)
        left = _by_weight(decide(policy, supposed, now, titles))
    return tuple(line for line in before.missing if line.code in steps)


_SUMS = ("hours:technique", "hours:structured", "hours:total", "pieces:3d", "pieces:skins", "pieces:total")


def _by_weight(outcome: Outcome) -> list[RequirementLine]:
    return sorted(outcome.missing, key=lambda line: _SUMS.index(line.code) if line.code in _SUMS else -1)


def suppose(policy: RequirementSet, evidence: Evidence, code: str, now: datetime) -> Evidence:
    """Return the evidence with what the requirement of this code still needs; unchanged for an unknown code."""
    group, _colon, ref = code.partition(":")
    if group == "age":
        return replace(evidence, adult=True)
    if group == "course":
        return replace(evidence, courses_finished=evidence.courses_finished | {ref})
    if group == "prerequisite":
        return _held(policy, evidence, now)
    if group == "quiz":
        best = QuizEvidence(ref, Fraction(100), True, passed_at=now)
        return replace(evidence, quizzes={**evidence.quizzes, ref: best})
    if group == "hours":
        return _hours(policy, evidence, ref)
    if group == "pieces":
        return _pieces(policy, evidence, ref, now)
    if group == "no_critical":
        return _add_pieces(evidence, policy.no_critical_in_last, "", "", now)
    if group == "complaint":
        return replace(evidence, open_complaint=False)
    if group == "proof":
        asked = next((proof for proof in policy.proofs if proof.kind == ref), None)
        answer = asked.answers[0] if asked and asked.answers else ""
        proof = ProofEvidence(ref, now.date(), None, verified=True, answer=answer)
        return replace(evidence, proofs=(*evidence.proofs, proof))
    return evidence


def _held(policy: RequirementSet, evidence: Evidence, now: datetime) -> Evidence:
    needed = policy.prerequisite
    if needed is None:
        return evidence
    own = [c for c in evidence.credentials if c.certification == needed.certification]
    since = min([add_months(now, -needed.months), *(c.issued_at for c in own)])
    held = HeldCredential(needed.certification, since, end_of_day(add_months(now.date(), 1)))
    return replace(evidence, credentials=(*evidence.credentials, held))


def _hours(policy: RequirementSet, evidence: Evidence, kind: str) -> Evidence:
    """Add what is missing of a kind of hours, and the same to the kinds that it is part of."""
    since = policy.prerequisite.certification if policy.since_prerequisite and policy.prerequisite else ""
    counted = dict(evidence.minutes_since.get(since, {}) if since else evidence.minutes)
    lack = policy.hours.get(kind, 0) * 60 - counted.get(kind, 0)
    if lack <= 0:
        return evidence
    kinds = {kind, "total"}
    kinds |= {"structured"} if kind in COURSE_HOURS else set()
    kinds |= {"technique"} if kind in PRACTICE_HOURS else set()
    for each in kinds:
        counted[each] = counted.get(each, 0) + lack
    if since:
        return replace(evidence, minutes_since={**evidence.minutes_since, since: counted})
    return replace(evidence, minutes=counted)


def _pieces(policy: RequirementSet, evidence: Evidence, ref: str, now: datetime) -> Evidence:
    rule = policy.pieces
    line = next((line for line in decide(policy, evidence, now).lines if line.code == f"pieces:{ref}"), None)
    if line is None or line.met:
        return evidence
    lack = ceil(Fraction(line.need) - Fraction(line.have))
    group = next((group for group in rule.groups if ref == f"group-{group.id}"), None)
    if ref == "3d":
        return _add_pieces(evidence, lack, "", min(SKINS_3D), now)
    if ref == "skins":
        for number in range(lack):
            evidence = _add_pieces(evidence, 1, "", f"another skin {len(evidence.pieces)}-{number}", now)
        return evidence
    if ref.startswith("skin-"):
        return _add_pieces(evidence, lack, "", ref.removeprefix("skin-"), now)
    exercise = group.exercises[0] if group else "" if ref == "total" else ref
    return _add_pieces(evidence, lack, exercise, _usual_skin(rule, evidence), now)


def _usual_skin(rule: PieceRequirement, evidence: Evidence) -> str:
    """A skin that was worked on already, so that a supposed piece is not counted as a new kind of skin."""
    return next((piece.skin for piece in counting_pieces(rule, evidence.pieces) if piece.skin), "")


def _add_pieces(evidence: Evidence, count: int, exercise: str, skin: str, now: datetime) -> Evidence:
    first = len(evidence.pieces)
    added = tuple(
        PieceEvidence(
            piece_id=f"supposed {first + number}",
            exercise=exercise,
            skin=skin,
            approved=True,
            decided_at=now,
            score=Fraction(100),
            core_levels={"supposed": BEST_LEVEL},
            double_marked=True,
        )
        for number in range(count)
    )
    return replace(evidence, pieces=(*evidence.pieces, *added))
