"""Apply for a renewal, and answer applications as a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification import queries
from app.certification.models import Application
from app.certification.queries import DecisionFace, Gathered, Policy
from app.certification.services.deciding import evaluate_requirements, make_decision
from app.certification.services.telling import tell_answerers
from app.domain.access.actor import Actor
from app.domain.certification.decision import Outcome
from app.domain.certification.evidence import HeldCredential
from app.domain.certification.renewal import RenewalPhase, renewed_until
from app.domain.certification.renewing import decide_renewal, window_of
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.events import RenewalApproved
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.notifications.services import notify

LONGEST_NOTE = 500
STATEMENT = (
    "No serious hygiene incident, no complaint to a health authority and no order against my work happened in this "
    "period, or I have told the academy of it."
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """How the renewal of one certificate stands: the lines, the phase, and the application if there is one."""

    policy: Policy
    decision: DecisionFace
    held: HeldCredential
    outcome: Outcome
    phase: RenewalPhase
    application: Application | None
    is_under_way: bool

    @property
    def may_apply(self) -> bool:
        """True when everything is met and nothing was applied for yet."""
        return self.outcome.met and self.application is None and not self.is_under_way


def renewals(session: Session, user_id: UUID, *, now: datetime) -> list[Renewal]:
    """Judge the renewal of each certificate that a person holds or held and that the rules renew; writes nothing."""
    published = queries.standards(session)
    gathered = queries.gather(session, user_id, published.rubric)
    if not gathered.decisions:
        return []
    applications = queries.applications_of(session, user_id)
    found = [
        _renewal(policy, gathered, applications, published.titles, now)
        for policy in published.policies
        if policy.rules.renewal is not None
    ]
    return [each for each in found if each is not None]


def tiers_waiting(session: Session, user_id: UUID) -> dict[str, Application]:
    """The person's first applications that are not approved, by certification."""
    found = queries.applications_of(session, user_id)
    return {a.certification_key: a for a in found if a.kind == "first" and a.state != "approved"}


def _renewal(
    policy: Policy, gathered: Gathered, applications: Sequence[Application], titles: Mapping[str, str], now: datetime
) -> Renewal | None:
    tier = policy.rules.id
    own = [d for d in gathered.decisions if d.certification_key == tier and d.valid_until is not None]
    if not own:
        return None
    decision = own[-1]
    held = next(c for c in reversed(gathered.evidence.credentials) if c.certification == tier)
    window = window_of(policy.rules, held)
    if window is None:
        return None
    outcome = decide_renewal(policy.rules, gathered.evidence, held, now, titles)
    asked = [a for a in applications if a.certification_key == tier and a.kind == "renewal"]
    open_one = next((a for a in asked if a.state != "approved"), None)
    # The certificate follows its approval in a job of its own, a moment later.
    under_way = any(a.valid_until is not None and a.valid_until > held.valid_until for a in asked)
    return Renewal(policy, decision, held, outcome, window.phase(now), open_one, under_way)


def renewal_of(session: Session, user_id: UUID, certification_key: str, *, now: datetime) -> Renewal:
    """The renewal of one certificate; raises NotFound when the person holds none that is renewed."""
    found = [each for each in renewals(session, user_id, now=now) if each.policy.rules.id == certification_key]
    if not found:
        raise NotFound
    return found[0]


def apply_for_renewal(
    session: Session, actor: Actor, certification_key: str, *, agreed: bool, now: datetime
) -> Application:
    """Apply for a renewal. Where the rule asks for no second person it is approved at once.

    Raises NotFound, Invalid (something is missing, or the statement was not agreed to) or Conflict (asked already).
    """
    session.get(User, actor.user_id, with_for_update=True)
    found = renewal_of(session, actor.user_id, certification_key, now=now)
    if found.application is not None or found.is_under_way:
        raise Conflict("You have applied for this renewal already.")
    if not found.outcome.met:
        missing = ", ".join(line.label for line in found.outcome.missing)
        raise Invalid(f"Still missing: {missing}. Nothing was sent.")
    if not agreed:
        raise Invalid("Agree to the statement.", [FieldProblem("agreed", "agreed", "Read the statement and agree.")])
    application = Application(
        user_id=actor.user_id,
        certification_key=certification_key,
        kind="renewal",
        policy_version_id=found.policy.definition_id,
        decision_id=found.decision.id,
        lines=[asdict(line) for line in found.outcome.lines],
        statement=STATEMENT,
        asked_at=now,
    )
    session.add(application)
    session.flush()  # the log and the event name its id
    tag, target = AuditTag.APPLICATION_MADE, application.id
    record(
        session, actor, tag, now=now, target_kind="application", target_id=target,
        certification=certification_key, number=found.held.number,
    )  # fmt: skip
    rule = found.policy.rules.renewal
    if rule is not None and not rule.approval:
        _approve_renewal(session, application, found, None, now)
    else:
        tell_answerers(session, application, now=now)
    return application


def _approve_renewal(
    session: Session, application: Application, found: Renewal, actor: Actor | None, now: datetime
) -> None:
    rules = found.policy.rules
    application.state, application.answered_at = "approved", now
    application.answered_by = actor.id if actor else None
    application.valid_until = renewed_until(found.held.valid_until, rules.validity_months, rules.grace_days, now)
    publish(session, RenewalApproved(application.user_id.hex, application.id.hex), now=now)


def answer_application(
    session: Session, actor: Actor, application_id: UUID, *, approve: bool, note: str, now: datetime
) -> Application:
    """Approve or refuse an application as a second person; a refused one can still be approved later.

    Raises Conflict for one's own application, for a student whose pieces the actor marked, for one that was approved
    already, and when the requirements are not met any more; Invalid for a refusal without a note.
    """
    application = queries.application(session, application_id, lock=True)
    _require_second_person(session, actor, application)
    if application.state == "approved" or (application.state == "refused" and not approve):
        raise Conflict("This application was answered already.")
    if not approve and not note.strip():
        raise Invalid("Say why.", [FieldProblem("note", "note", "Tell the applicant what is missing.")])
    application.note = note.strip()[:LONGEST_NOTE]
    if approve:
        _approve(session, actor, application, now)
    else:
        application.state, application.answered_at, application.answered_by = "refused", now, actor.id
    tag = AuditTag.APPLICATION_APPROVED if approve else AuditTag.APPLICATION_REFUSED
    tier, target = application.certification_key, application.id
    record(session, actor, tag, now=now, target_kind="application", target_id=target, certification=tier)
    once, title = f"application:{target.hex}:{application.state}", queries.titles(session).get(tier, tier)
    address = f"/learn/path/renewal/{tier}" if application.kind == "renewal" else "/learn/path"
    notify(session, application.user_id, "application_answered", once_key=once, url=address, now=now, title=title)
    return application


def _require_second_person(session: Session, actor: Actor, application: Application) -> None:
    if application.user_id == actor.id:
        raise Conflict("Somebody else has to answer your own application.")
    if actor.id in queries.reviewers_of(session, application.user_id):
        raise Conflict("You marked pieces of this artist, so a second person has to answer. Nothing was changed.")


def _approve(session: Session, actor: Actor, application: Application, now: datetime) -> None:
    session.get(User, application.user_id, with_for_update=True)
    if application.kind == "renewal":
        found = renewal_of(session, application.user_id, application.certification_key, now=now)
        _require_met(found.outcome)
        _approve_renewal(session, application, found, actor, now)
        return
    evaluations, gathered = evaluate_requirements(session, application.user_id, now=now)
    evaluation = next((e for e in evaluations if e.policy.rules.id == application.certification_key), None)
    if evaluation is None or evaluation.decision is not None:
        raise Conflict("This certificate was decided already.")
    _require_met(evaluation.outcome)
    decision = make_decision(session, actor, application.user_id, evaluation, gathered, now=now)
    application.state, application.answered_at, application.answered_by = "approved", now, actor.id
    application.decision_id = decision.id


def _require_met(outcome: Outcome) -> None:
    if not outcome.met:
        missing = ", ".join(line.label for line in outcome.missing)
        raise Conflict(f"Since it was asked for, this is not met any more: {missing}. Nothing was changed.")
