"""Issue and change credentials: record, signed file, status list and history in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from app.certification import services as certification
from app.certification.models import Decision
from app.credentials import queries
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.credentials.queries import LIVE
from app.credentials.services.issuer import Issuer
from app.domain.access.actor import Actor
from app.domain.certification.renewal import valid_until as end_of_validity
from app.domain.credentials import award, jwt, lifecycle, number, proof, status_list
from app.domain.credentials.build import build_credential, to_bytes
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.naming import initials
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.events import CredentialChanged, CredentialIssued
from app.infra.audit import AuditTag, record
from app.infra.documents import name_is_printable
from app.infra.jobs.outbox import publish

TAGS = {
    Change.SUSPEND: AuditTag.CREDENTIAL_SUSPENDED,
    Change.REINSTATE: AuditTag.CREDENTIAL_REINSTATED,
    Change.REVOKE: AuditTag.CREDENTIAL_REVOKED,
    Change.SUPERSEDE: AuditTag.CREDENTIAL_SUPERSEDED,
    Change.RENEW: AuditTag.CREDENTIAL_RENEWED,
    Change.WITHDRAW: AuditTag.CREDENTIAL_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Award:
    """What is awarded to whom: the decision, the holder's printed name, and the pinned policy and rubric.

    `titles` are the printed names of exercises by id.
    """

    decision: Decision
    holder_name: str
    policy: Mapping[str, Any]
    policy_version: int
    rubric: Mapping[str, Any]
    titles: Mapping[str, str] = field(default_factory=dict)


def issue_credential(session: Session, actor: Actor, given: Award, *, issuer: Issuer, now: datetime) -> Credential:
    """Issue the credential of a decision; asked again for the same decision, return the one that exists."""
    decision = given.decision
    existing = queries.credential_for_decision(session, decision.id)
    if existing is not None:
        return existing
    credential = Credential(
        user_id=decision.user_id,
        decision_id=decision.id,
        certification_key=decision.certification_key,
        policy_version_id=decision.policy_version_id,
        holder_name=given.holder_name,
        title=given.policy["title"],
        facts=award.award_facts(given.policy, given.policy_version, given.rubric, decision.evidence, given.titles),
        valid_from=now,
        valid_until=end_of_validity(now, int(given.policy["validity_months"])),
        shown_name=initials(given.holder_name) if queries.shows_initials(session, decision.user_id) else "",
    )
    return _put_into_force(session, actor, credential, issuer, now)


def supersede_credential(
    session: Session,
    actor: Actor,
    credential_id: UUID,
    *,
    holder_name: str,
    note: str = "",
    reason: Reason = Reason.CORRECTION,
    issuer: Issuer,
    now: datetime,
) -> Credential:
    """Replace a credential by one with the right name: a new number that ends on the same day.

    Raises NotFound, Conflict (only one in force can be replaced) or Invalid (a name that cannot be printed).
    """
    if not name_is_printable(holder_name):
        text = "This name cannot be printed on a certificate. Write its Latin form."
        raise Invalid(text, [FieldProblem("holder_name", "name", text)])
    old = change_credential(
        session, actor, credential_id, Change.SUPERSEDE, reason=reason, note=note, issuer=issuer, now=now
    )
    decision = certification.repeat_decision(session, actor, old.decision_id, now=now)
    credential = Credential(
        user_id=old.user_id,
        decision_id=decision.id,
        certification_key=old.certification_key,
        policy_version_id=old.policy_version_id,
        holder_name=holder_name.strip(),
        title=old.title,
        facts=old.facts,
        valid_from=now if now < old.valid_until else old.valid_from,
        valid_until=old.valid_until,
        supersedes_id=old.id,
        shown_name=initials(holder_name) if old.shown_name else "",
    )
    return _put_into_force(session, actor, credential, issuer, now)


def _put_into_force(
    session: Session, actor: Actor, credential: Credential, issuer: Issuer, now: datetime
) -> Credential:
    credential.id, credential.number = uuid4(), _free_number(session)
    credential.subject_id = f"urn:uuid:{uuid4()}"
    credential.state, credential.state_at, credential.issued_at = lifecycle.State.ACTIVE.value, now, now
    session.add(credential)
    session.flush()  # the file points at the record
    _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, Change.ISSUE, None, "", now)
    tag, target, shown = AuditTag.CREDENTIAL_ISSUED, credential.id, credential.number
    record(session, actor, tag, now=now, target_kind="credential", target_id=target, number=shown)
    publish(session, CredentialIssued(credential.user_id.hex, credential.id.hex), now=now)
    return credential


def change_credential(
    session: Session,
    actor: Actor,
    credential_id: UUID,
    change: Change,
    *,
    reason: Reason | None,
    note: str = "",
    issuer: Issuer,
    now: datetime,
    valid_until: datetime | None = None,
) -> Credential:
    """Suspend, reinstate, revoke, supersede, withdraw or renew; a renewal says until when, its file counts from now.

    People revoke by two (services/life.py); this is the change itself. Raises NotFound, Conflict (not in this state)
    or Invalid (no class of reason).
    """
    credential = _locked_credential(session, credential_id)
    effect = lifecycle.transition(credential.state, change, reason)
    if change is Change.RENEW and valid_until is not None:
        credential.valid_from, credential.valid_until = now, valid_until
    before, credential.state, credential.state_at = credential.state, effect.state.value, now
    in_force = effect.state is lifecycle.State.ACTIVE
    credential.reason_class = effect.reason.value if effect.reason and not in_force else ""
    if effect.sets_bit:
        _revoke_files(session, credential, issuer, now)
    if effect.makes_file:
        _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, change, effect.reason, note, now)
    if change in TAGS:
        facts = {"number": credential.number, "before": before, "after": credential.state}
        tag, target = TAGS[change], credential.id
        record(session, actor, tag, now=now, target_kind="credential", target_id=target, **facts)
    publish(session, CredentialChanged(credential.user_id.hex, credential.id.hex, change.value), now=now)
    return credential


def sign_anew(session: Session, credential_id: UUID, *, issuer: Issuer, now: datetime) -> None:
    """Make a new file of a credential that is in force: its key was lost. Nothing else about it changes."""
    credential = _locked_credential(session, credential_id)
    if credential.state == lifecycle.State.ACTIVE:
        _write_file(session, credential, issuer, now)


def resign_status_list(session: Session, list_id: int, *, issuer: Issuer, now: datetime) -> None:
    """Sign a status list anew with its bits as they are."""
    _sign_list(_locked_list(session, list_id), issuer, now)


def _mirror_standing(session: Session, credential: Credential) -> None:
    """Let the decision know how its credential stands: higher tiers and re-evaluation ask there."""
    certification.note_standing(
        session,
        credential.decision_id,
        number=credential.number,
        issued_at=credential.issued_at,
        valid_until=credential.valid_until,
        in_force=credential.state == lifecycle.State.ACTIVE,
    )


def _write_file(session: Session, credential: Credential, issuer: Issuer, now: datetime) -> None:
    listed, index = _allocate(session, issuer, now)
    place = award.Place(issuer.status_url(listed.id), index)
    document = build_credential(award.document_facts(credential, issuer.facts, place, now))
    signed = to_bytes(proof.add_proof(document, issuer.signer, issuer=issuer.facts.did, created=now))
    older = update(CredentialFile).where(CredentialFile.credential_id == credential.id, LIVE)
    session.execute(older.values(replaced_at=now))
    session.add(
        CredentialFile(
            credential_id=credential.id,
            document=signed,
            token=jwt.sign_jwt(document, issuer.token_signer, issuer=issuer.facts.did),
            digest=hashlib.sha256(signed).hexdigest(),
            kid=issuer.signer.kid,
            status_list_id=listed.id,
            status_index=index,
            created_at=now,
        )
    )


def _revoke_files(session: Session, credential: Credential, issuer: Issuer, now: datetime) -> None:
    """Set the bit of every file that was ever given out and is not void yet; sign each list once."""
    standing = select(CredentialFile).where(
        CredentialFile.credential_id == credential.id, CredentialFile.revoked_at.is_(None)
    )
    touched: dict[int, StatusList] = {}
    for file in session.scalars(standing.order_by(CredentialFile.status_list_id)).all():
        if file.status_list_id not in touched:
            touched[file.status_list_id] = _locked_list(session, file.status_list_id)
        listed = touched[file.status_list_id]
        listed.bits = status_list.set_bit(listed.bits, file.status_index)
        file.revoked_at = now
    for listed in touched.values():
        _sign_list(listed, issuer, now)


def _locked_credential(session: Session, credential_id: UUID) -> Credential:
    query = select(Credential).where(Credential.id == credential_id).with_for_update()
    credential = session.scalar(query.execution_options(populate_existing=True))
    if credential is None:
        raise NotFound
    return credential


def _locked_list(session: Session, list_id: int) -> StatusList:
    query = select(StatusList).where(StatusList.id == list_id).with_for_update().options(undefer(StatusList.bits))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _allocate(session: Session, issuer: Issuer, now: datetime) -> tuple[StatusList, int]:
    query = select(StatusList).where(StatusList.is_open).order_by(StatusList.id.desc()).limit(1).with_for_update()
    listed = session.scalar(query.execution_options(populate_existing=True))
    if listed is None or listed.allocated >= status_list.CAPACITY:
        if listed is not None:
            listed.is_open = False
        listed = StatusList(bits=status_list.empty_bits(), document=b"", signed_at=now)
        session.add(listed)
        session.flush()  # its number is part of its address, which is signed
        _sign_list(listed, issuer, now)
    listed.allocated += 1
    return listed, _free_index(session, listed.id)


def _free_index(session: Session, list_id: int) -> int:
    # At most half of the places are ever taken, so a free one is found at once; asking per place
    # keeps the cost flat where loading all taken places would grow with the list.
    while True:
        index = secrets.randbelow(status_list.SIZE)
        taken = select(CredentialFile.id).where(
            CredentialFile.status_list_id == list_id, CredentialFile.status_index == index
        )
        if session.scalar(taken) is None:
            return index


def _sign_list(listed: StatusList, issuer: Issuer, now: datetime) -> None:
    url = issuer.status_url(listed.id)
    document = status_list.build_status_list(url=url, issuer=issuer.facts.did, bits=listed.bits, now=now)
    listed.document = to_bytes(proof.add_proof(document, issuer.signer, issuer=issuer.facts.did, created=now))
    listed.signed_at = now


def _free_number(session: Session) -> str:
    while True:
        made = number.new_number(secrets.token_bytes)
        if queries.credential_by_number(session, made) is None:
            return made


def _note(
    session: Session,
    actor: Actor,
    credential: Credential,
    change: Change,
    reason: Reason | None,
    note: str,
    now: datetime,
) -> None:
    session.add(
        CredentialEvent(
            credential_id=credential.id,
            change=change.value,
            at=now,
            actor_id=actor.id,
            actor_name=actor.name,
            reason_class=reason.value if reason else "",
            note=note.strip()[:1000],
        )
    )
