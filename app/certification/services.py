"""Evaluate requirements, record decisions, hand in and check external proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification import queries
from app.certification.models import Decision, ExternalProof
from app.certification.queries import DecisionFace, Gathered, Policy, Standards
from app.domain.access.actor import Actor
from app.domain.assessment.grading import AttemptMark
from app.domain.certification.decision import Outcome, counting_pieces, decide
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.events import DecisionMade, ProofChecked
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.quizzes.services import Preview

OLDEST_PROOF = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One certification judged for one person: the rules, the outcome, and the decision if there is one."""

    policy: Policy
    outcome: Outcome
    decision: DecisionFace | None


def evaluate_requirements(session: Session, user_id: UUID, *, now: datetime) -> tuple[list[Evaluation], Gathered]:
    """Judge every certification for a person by the one decision function; writes nothing."""
    published = queries.standards(session)
    gathered = queries.gather(session, user_id, published.rubric)
    return [_judge(policy, gathered, published, now) for policy in published.policies], gathered


def next_evaluation(session: Session, user_id: UUID, *, now: datetime) -> Evaluation | None:
    """Judge the first certification that the person has not earned yet; None when there is none left."""
    published = queries.standards(session)
    gathered = queries.gather(session, user_id, published.rubric)
    earned = {decision.certification_key for decision in gathered.decisions}
    following = next((policy for policy in published.policies if policy.rules.id not in earned), None)
    return _judge(following, gathered, published, now) if following is not None else None


def _judge(policy: Policy, gathered: Gathered, published: Standards, now: datetime) -> Evaluation:
    decisions = {d.certification_key: d for d in gathered.decisions}
    outcome = decide(policy.rules, gathered.evidence, now, published.titles)
    return Evaluation(policy, outcome, decisions.get(policy.rules.id))


def record_decisions(session: Session, actor: Actor, user_id: UUID, *, now: datetime) -> list[Decision]:
    """Record a decision for every certification that is met for the first time; safe to repeat.

    The person's row is locked first, so that two jobs at once cannot decide twice.
    """
    session.get(User, user_id, with_for_update=True)
    evaluations, gathered = evaluate_requirements(session, user_id, now=now)
    made = []
    for evaluation in evaluations:
        if not evaluation.outcome.met or evaluation.decision is not None:
            continue
        decision = Decision(
            user_id=user_id,
            certification_key=evaluation.policy.rules.id,
            policy_version_id=evaluation.policy.definition_id,
            lines=[asdict(line) for line in evaluation.outcome.lines],
            evidence=_printed_evidence(evaluation.policy, gathered, now),
            decided_at=now,
        )
        session.add(decision)
        session.flush()  # the event names its id
        record(
            session,
            actor,
            AuditTag.DECISION_MADE,
            now=now,
            target_kind="decision",
            target_id=decision.id,
            certification=decision.certification_key,
        )
        publish(session, DecisionMade(user_id.hex, decision.id.hex), now=now)
        made.append(decision)
    return made


def _printed_evidence(policy: Policy, gathered: Gathered, now: datetime) -> dict[str, Any]:
    """What the certificate may say: counts, hours, dates. No marks, no names of others."""
    evidence = gathered.evidence
    approved = counting_pieces(policy.rules.pieces, evidence.pieces)
    wanted = {requirement.kind for requirement in policy.rules.proofs}
    start = gathered.first_at or min((p.decided_at for p in approved), default=now)
    return {
        "steps": dict(gathered.levels),
        "hours": {kind: minutes // 60 for kind, minutes in evidence.minutes.items()},
        "pieces": {
            "total": len(approved),
            "by_exercise": _counts([piece.exercise for piece in approved]),
            "by_skin": _counts([piece.skin for piece in approved if piece.skin]),
        },
        "proofs": [
            {"kind": proof.kind, "issued": proof.issued.isoformat()}
            for proof in evidence.proofs
            if proof.verified and proof.kind in wanted
        ],
        "activity_start": start.isoformat(),
        "activity_end": now.isoformat(),
    }


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}


def repeat_decision(session: Session, actor: Actor, decision_id: UUID, *, now: datetime) -> Decision:
    """Record a decision once more, with the same evidence, for a certificate that replaces another.

    It counts from the day of the first one: a corrected name does not start the clock of a higher tier again.
    """
    first = queries.decision(session, decision_id)
    again = Decision(
        user_id=first.user_id,
        certification_key=first.certification_key,
        sequence=queries.last_sequence(session, first.user_id, first.certification_key) + 1,
        policy_version_id=first.policy_version_id,
        lines=first.lines,
        evidence=first.evidence,
        decided_at=now,
        issued_at=first.issued_at,
    )
    session.add(again)
    session.flush()  # the certificate points at it
    target, tier = again.id, again.certification_key
    record(
        session, actor, AuditTag.DECISION_MADE, now=now, target_kind="decision", target_id=target, certification=tier
    )
    return again


def note_standing(
    session: Session, decision_id: UUID, *, number: str, issued_at: datetime, valid_until: datetime, in_force: bool
) -> None:
    """Mirror the credential of a decision; called by the credentials slice in the transaction of the change."""
    decision = queries.decision(session, decision_id)
    decision.number, decision.issued_at = number, decision.issued_at or issued_at
    decision.valid_until, decision.in_force = valid_until, in_force


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What a student says about a proof, and where its document is stored (empty: none was sent)."""

    kind: str
    issuer: str
    number: str
    issued_on: date
    expires_on: date | None
    document_key: str = ""
    document_kind: str = ""


def send_proof(session: Session, actor: Actor, facts: ProofFacts, *, now: datetime) -> ExternalProof:
    """Hand in a proof for checking. Raises Invalid for dates that cannot be."""
    problems = []
    if not OLDEST_PROOF <= facts.issued_on <= now.date():
        problems.append(FieldProblem("issued_on", "date", "The day of issue lies in the past."))
    if facts.expires_on is not None and facts.expires_on < facts.issued_on:
        problems.append(FieldProblem("expires_on", "date", "A proof cannot end before it was issued."))
    if problems:
        raise Invalid("The dates do not fit.", problems)
    proof = ExternalProof(user_id=actor.user_id, sent_at=now, **{f: getattr(facts, f) for f in facts.__slots__})
    session.add(proof)
    session.flush()  # the log names its id
    record(session, actor, AuditTag.PROOF_SENT, now=now, target_kind="proof", target_id=proof.id, kind=facts.kind)
    return proof


def check_proof(session: Session, actor: Actor, proof_id: UUID, *, accept: bool, note: str, now: datetime) -> None:
    """Accept or refuse a proof once. A refusal needs a note; nobody checks their own."""
    proof = queries.proof(session, proof_id)
    if proof.user_id == actor.id:
        raise Conflict("Somebody else has to check your own proof.")
    if proof.state != "sent":
        raise Conflict("This proof was checked already.")
    if not accept and not note.strip():
        raise Invalid("Say why.", [FieldProblem("note", "note", "Tell the student what is wrong with the proof.")])
    proof.state, proof.note = ("accepted" if accept else "refused"), note.strip()[:500]
    proof.checked_at, proof.checked_by = now, actor.id
    tag = AuditTag.PROOF_ACCEPTED if accept else AuditTag.PROOF_REFUSED
    record(session, actor, tag, now=now, target_kind="proof", target_id=proof.id, kind=proof.kind)
    publish(session, ProofChecked(proof.user_id.hex, proof.id.hex), now=now)


def consequences(preview: Preview) -> dict[UUID, tuple[UUID, str, AttemptMark]]:
    """The marks that a regrade would change, as (person, quiz, new mark) by attempt."""
    return {
        judged.touched.attempt_id: (judged.touched.user_id, judged.touched.quiz_key, judged.turn.after)
        for judged in preview.changes
        if judged.turn is not None
    }
