"""The life of credentials: renew, suspend what lapsed and let it return, revoke by two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.credentials import queries
from app.credentials.models import Credential, RevocationRequest
from app.credentials.queries import Kept
from app.credentials.services.issuer import Issuer
from app.credentials.services.issuing import change_credential
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.credentials import lifecycle
from app.domain.credentials.lifecycle import Change, Reason, State
from app.domain.errors import Conflict, NotFound
from app.infra.audit import AuditTag, record
from app.notifications.services import notify

CONFIRM_WITHIN = timedelta(hours=72)
"""A request to revoke that nobody confirms ends: what was true on Monday is looked at again on Friday."""


def renew_credential(session: Session, application_id: UUID, *, issuer: Issuer, now: datetime) -> Credential | None:
    """Renew the credential of an approved application: a new file under the same number that ends later.

    Safe to repeat. Returns None when there is nothing to renew any more: it was renewed by an earlier run, or
    suspended or taken back since (an application is approved anew then).
    """
    application = certification.application(session, application_id)
    until = application.valid_until
    held = queries.in_force(session, application.user_id, application.certification_key)
    if application.state != "approved" or until is None or held is None or held.valid_until >= until:
        return None
    return change_credential(
        session, SYSTEM, held.id, Change.RENEW, reason=None, issuer=issuer, now=now, valid_until=until
    )


def keep_standing(session: Session, kept: Sequence[Kept], *, issuer: Issuer, now: datetime) -> int:
    """Suspend those of these credentials that rest on a lapsed proof, and let return those whose proof is renewed.

    A suspension by a person is never lifted here. Returns how many changed; safe to repeat.
    """
    standings = certification.proof_standings(session, [each.decision_id for each in kept], now.date())
    changed = 0
    for each in kept:
        lapsed = [proof for proof in standings.get(each.decision_id, ()) if proof.lapsed]
        if each.state == State.ACTIVE and lapsed:
            note = "; ".join(f"{proof.title}: counted until {proof.until}" for proof in lapsed)
            changed += _change(session, each.id, Change.SUSPEND, note, issuer, now)
        elif each.state == State.SUSPENDED and not lapsed and queries.was_suspended_by_rule(session, each.id):
            changed += _change(session, each.id, Change.REINSTATE, "The proof is renewed.", issuer, now)
    return changed


def _change(session: Session, credential_id: UUID, change: Change, note: str, issuer: Issuer, now: datetime) -> bool:
    reason = Reason.LAPSED_REQUIREMENT
    try:
        change_credential(session, SYSTEM, credential_id, change, reason=reason, note=note, issuer=issuer, now=now)
    except Conflict:  # somebody changed it since it was read
        return False
    return True


def ask_revocation(
    session: Session, actor: Actor, credential_id: UUID, *, reason: Reason, note: str, now: datetime
) -> RevocationRequest:
    """Ask for a revocation that another administrator confirms within 72 hours. Nothing changes until then.

    Raises NotFound, Conflict (revoked already, or asked for already) or Invalid (no class of reason).
    """
    credential = queries.credential(session, credential_id)
    lifecycle.transition(credential.state, Change.REVOKE, reason)
    waiting = queries.revocation_waiting(session, credential_id, lock=True)
    if waiting is not None and waiting.ends_at >= now:
        raise Conflict("Somebody has asked to revoke this certificate already. Another administrator can confirm it.")
    if waiting is not None:
        waiting.state, waiting.answered_at = "ended", now
        session.flush()  # one request at a time waits
    request = RevocationRequest(
        credential_id=credential_id,
        reason_class=reason.value,
        note=note.strip()[:1000],
        asked_by=actor.user_id,
        asked_at=now,
        ends_at=now + CONFIRM_WITHIN,
    )
    session.add(request)
    _audit(session, actor, AuditTag.REVOCATION_ASKED, credential, now)
    once, page = f"revocation:{credential.id.hex}:{now.isoformat()}", f"/admin/credentials/{credential.id}"
    admins = {*accounts.user_ids_with_role(session, Role.ADMIN)}
    for user_id in sorted(admins - {actor.user_id, credential.user_id}):
        notify(session, user_id, "revocation_waits", once_key=once, url=page, now=now, number=credential.number)
    return request


def confirm_revocation(
    session: Session, actor: Actor, credential_id: UUID, *, issuer: Issuer, now: datetime
) -> Credential:
    """Revoke for good what another administrator asked to revoke.

    Raises NotFound (nothing was asked) or Conflict (by the one who asked, by the holder, or too late).
    """
    request = queries.revocation_waiting(session, credential_id, lock=True)
    if request is None:
        raise NotFound
    if request.asked_by == actor.id:
        raise Conflict("You asked for it yourself. Another administrator has to confirm it.")
    if request.ends_at < now:
        raise Conflict("The request is older than 72 hours and has ended. Ask again if it still holds.")
    if queries.credential(session, credential_id).user_id == actor.id:
        raise Conflict("Somebody else has to decide about your own certificate.")
    request.state, request.answered_at, request.answered_by = "confirmed", now, actor.user_id
    reason = Reason(request.reason_class)
    return change_credential(
        session, actor, credential_id, Change.REVOKE, reason=reason, note=request.note, issuer=issuer, now=now
    )


def give_up(session: Session, actor: Actor, credential_id: UUID, *, issuer: Issuer, now: datetime) -> Credential:
    """Withdraw a certificate of one's own for good.

    Raises NotFound for anybody else's, Conflict when it is not in force. One that is withdrawn can still be
    revoked: nobody dodges that.
    """
    if queries.credential(session, credential_id).user_id != actor.id:
        raise NotFound
    reason = Reason.WITHDRAWN_BY_HOLDER
    return change_credential(session, actor, credential_id, Change.WITHDRAW, reason=reason, issuer=issuer, now=now)


def withdraw_revocation(session: Session, actor: Actor, credential_id: UUID, *, now: datetime) -> None:
    """Take back a request to revoke; any administrator may. Raises NotFound when none waits."""
    request = queries.revocation_waiting(session, credential_id, lock=True)
    if request is None:
        raise NotFound
    request.state, request.answered_at, request.answered_by = "withdrawn", now, actor.user_id
    _audit(session, actor, AuditTag.REVOCATION_WITHDRAWN, queries.credential(session, credential_id), now)


def _audit(session: Session, actor: Actor, tag: AuditTag, credential: Credential, now: datetime) -> None:
    target, shown = credential.id, credential.number
    record(session, actor, tag, now=now, target_kind="credential", target_id=target, number=shown)
