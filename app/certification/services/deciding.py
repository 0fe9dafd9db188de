"""Evaluate requirements and record decisions; where a rule asks for a second person, ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification import queries
from app.certification.models import Application, Decision
from app.certification.queries import DecisionFace, Gathered, Policy, Standards
from app.certification.services.telling import tell_answerers
from app.domain.access.actor import Actor
from app.domain.certification.decision import Outcome, RequirementLine, counting_pieces, decide
from app.domain.certification.what_if import Supposition, enough, what_if
from app.domain.errors import NotFound
from app.domain.events import DecisionMade
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish


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


@dataclass(frozen=True, slots=True)
class Supposed:
    """A certification judged as it is and with supposed things added; `enough` would be enough together."""

    policy: Policy
    outcome: Outcome
    supposition: Supposition
    enough: tuple[RequirementLine, ...]


def suppose(
    session: Session, user_id: UUID, certification_key: str, codes: Sequence[str], *, now: datetime
) -> Supposed:
    """Judge a certification as if the chosen requirements were worked off; writes nothing. Raises NotFound."""
    published = queries.standards(session)
    policy = next((each for each in published.policies if each.rules.id == certification_key), None)
    if policy is None:
        raise NotFound
    shown = queries.gather(session, user_id, published.rubric).evidence
    outcome = decide(policy.rules, shown, now, published.titles)
    supposition = what_if(policy.rules, shown, codes, now, published.titles)
    return Supposed(policy, outcome, supposition, enough(policy.rules, shown, now, published.titles))


def record_decisions(session: Session, actor: Actor, user_id: UUID, *, now: datetime) -> list[Decision]:
    """Record a decision for every certification that is met for the first time; safe to repeat.

    Where the rules ask for a second person, an application is made instead and waits for one. The person's row is
    locked first, so that two jobs at once cannot decide twice.
    """
    session.get(User, user_id, with_for_update=True)
    evaluations, gathered = evaluate_requirements(session, user_id, now=now)
    made = []
    for evaluation in evaluations:
        if not evaluation.outcome.met or evaluation.decision is not None:
            continue
        if evaluation.policy.rules.approval:
            _ask_approval(session, actor, user_id, evaluation, now)
        else:
            made.append(make_decision(session, actor, user_id, evaluation, gathered, now=now))
    return made


def make_decision(
    session: Session, actor: Actor, user_id: UUID, evaluation: Evaluation, gathered: Gathered, *, now: datetime
) -> Decision:
    """Record the decision that an evaluation came to, and tell that a certificate is due."""
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
    waived = [line.code for line in evaluation.outcome.lines if line.waived]
    record(
        session,
        actor,
        AuditTag.DECISION_MADE,
        now=now,
        target_kind="decision",
        target_id=decision.id,
        certification=decision.certification_key,
        waived=waived,
    )
    publish(session, DecisionMade(user_id.hex, decision.id.hex), now=now)
    return decision


def _ask_approval(session: Session, actor: Actor, user_id: UUID, evaluation: Evaluation, now: datetime) -> None:
    tier = evaluation.policy.rules.id
    if queries.open_application(session, user_id, tier, "first") is not None:
        return
    application = Application(
        user_id=user_id,
        certification_key=tier,
        kind="first",
        policy_version_id=evaluation.policy.definition_id,
        lines=[asdict(line) for line in evaluation.outcome.lines],
        asked_at=now,
    )
    session.add(application)
    session.flush()  # the log names its id
    tag, target = AuditTag.APPLICATION_MADE, application.id
    record(session, actor, tag, now=now, target_kind="application", target_id=target, certification=tier)
    tell_answerers(session, application, now=now)


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
