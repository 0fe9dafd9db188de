"""Reads for the life of credentials: which to keep an eye on, which renew, which wait to be revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.credentials.models import Credential, CredentialEvent, RevocationRequest
from app.domain.access.actor import SYSTEM
from app.domain.credentials.lifecycle import Change, Reason, State


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential that is in force and has not ended, or that is suspended for a lapsed requirement."""

    id: UUID
    decision_id: UUID
    state: str


def to_keep(
    session: Session, now: datetime, *, after: UUID | None = None, user_id: UUID | None = None, size: int = 200
) -> list[Kept]:
    """Credentials whose requirements may lapse or return, in steady order; those of one person when one is named."""
    lasting = (Credential.state == State.ACTIVE.value) & (Credential.valid_until >= now)
    # One that ran out while it was suspended has to return all the same: otherwise it could never be renewed.
    lapsed = (Credential.state == State.SUSPENDED.value) & (Credential.reason_class == Reason.LAPSED_REQUIREMENT.value)
    query = (
        select(Credential.id, Credential.decision_id, Credential.state)
        .where(lasting | lapsed)
        .order_by(Credential.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(Credential.id > after)
    if user_id is not None:
        query = query.where(Credential.user_id == user_id)
    return [Kept(*row) for row in session.execute(query)]


def was_suspended_by_rule(session: Session, credential_id: UUID) -> bool:
    """True when the last suspension came from a lapsed requirement and not from a person: only that ends by itself."""
    query = (
        select(CredentialEvent.actor_id, CredentialEvent.actor_name, CredentialEvent.reason_class)
        .where(CredentialEvent.credential_id == credential_id, CredentialEvent.change == Change.SUSPEND.value)
        .order_by(CredentialEvent.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return row is not None and tuple(row) == (None, SYSTEM.name, Reason.LAPSED_REQUIREMENT.value)


def in_force(session: Session, user_id: UUID, certification_key: str) -> Credential | None:
    """The person's credential of a certification that is active, the newest one; one may have been corrected since."""
    query = (
        select(Credential)
        .where(
            Credential.user_id == user_id,
            Credential.certification_key == certification_key,
            Credential.state == State.ACTIVE.value,
        )
        .order_by(Credential.issued_at.desc(), Credential.id)
        .limit(1)
    )
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class RevocationLine:
    """A revocation that one administrator asked for, with names."""

    request: RevocationRequest
    number: str
    holder_name: str
    asked_by: str


def revocation_waiting(session: Session, credential_id: UUID, *, lock: bool = False) -> RevocationRequest | None:
    """The request of a credential that waits, ended or not."""
    query = select(RevocationRequest).where(
        RevocationRequest.credential_id == credential_id, RevocationRequest.state == "waiting"
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def revocations_waiting(
    session: Session, now: datetime, *, credential_id: UUID | None = None, size: int = 50
) -> Sequence[RevocationLine]:
    """Requests that another administrator can confirm now, oldest first; that of one credential when it is named."""
    query = (
        select(RevocationRequest, Credential.number, Credential.holder_name, User.name)
        .join(Credential, Credential.id == RevocationRequest.credential_id)
        .join(User, User.id == RevocationRequest.asked_by)
        .where(RevocationRequest.state == "waiting", RevocationRequest.ends_at >= now)
        .order_by(RevocationRequest.asked_at, RevocationRequest.id)
        .limit(size)
    )
    if credential_id is not None:
        query = query.where(RevocationRequest.credential_id == credential_id)
    return [RevocationLine(*row) for row in session.execute(query)]
