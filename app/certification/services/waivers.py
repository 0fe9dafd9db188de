"""Let a student off a requirement, with a reason that the decision shows; and end that."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.certification.models import Waiver
from app.certification.services.deciding import evaluate_requirements, record_decisions
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record

SHORTEST_REASON, LONGEST_REASON = 10, 300


def grant_waiver(
    session: Session,
    actor: Actor,
    user_id: UUID,
    certification_key: str,
    code: str,
    *,
    reason: str,
    until: date | None,
    now: datetime,
) -> Waiver:
    """Let a student off a missing requirement that the rules allow to be waived; the decision shows the reason.

    Raises NotFound for a certification or requirement that there is not, Conflict for oneself, for one that is met
    or waived already, and for one that nobody may waive; Invalid for a reason of fewer than ten letters or a past day.
    """
    if user_id == actor.id:
        raise Conflict("Nobody lets themselves off a requirement.")
    evaluations, _gathered = evaluate_requirements(session, user_id, now=now)
    found = next((e for e in evaluations if e.policy.rules.id == certification_key), None)
    line = next((each for each in found.outcome.lines if each.code == code), None) if found else None
    if found is None or line is None:
        raise NotFound
    if line.met:
        raise Conflict("This requirement is met, so there is nothing to waive.")
    if line.group not in found.policy.rules.waivable:
        raise Conflict("The rules let nobody waive this requirement.")
    _require_reason(reason, until, now.date())
    waiver = Waiver(
        user_id=user_id,
        certification_key=certification_key,
        code=code,
        label=line.label,
        reason=reason.strip(),
        until=until,
        granted_by=actor.user_id,
        granted_name=actor.name,
        granted_at=now,
    )
    session.add(waiver)
    session.flush()  # the log names its id, and the decision looks at it
    tag, target = AuditTag.WAIVER_GRANTED, waiver.id
    record(
        session, actor, tag, now=now, target_kind="waiver", target_id=target,
        certification=certification_key, code=code, reason=waiver.reason,
    )  # fmt: skip
    record_decisions(session, SYSTEM, user_id, now=now)
    return waiver


def _require_reason(reason: str, until: date | None, today: date) -> None:
    problems = []
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        text = f"Give the reason in {SHORTEST_REASON} to {LONGEST_REASON} characters; the decision shows it."
        problems.append(FieldProblem("reason", "reason", text))
    if until is not None and until < today:
        problems.append(FieldProblem("until", "until", "The last day lies in the future."))
    if problems:
        raise Invalid("The waiver was not granted.", problems)


def end_waiver(session: Session, actor: Actor, waiver_id: UUID, *, now: datetime) -> Waiver:
    """End a waiver; decisions that were made under it stand. Raises NotFound or Conflict (ended already)."""
    waiver = session.get(Waiver, waiver_id, with_for_update=True)
    if waiver is None:
        raise NotFound
    if waiver.ended_at is not None:
        raise Conflict("This waiver was ended already.")
    waiver.ended_at, waiver.ended_by = now, actor.user_id
    tag, tier = AuditTag.WAIVER_ENDED, waiver.certification_key
    record(
        session, actor, tag, now=now, target_kind="waiver", target_id=waiver.id, certification=tier, code=waiver.code
    )
    return waiver
