"""Reads of credentials: the public answer, the holder's list, the issuing log, the files and the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased, undefer

from app.content.models import Definition
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.domain.credentials.lifecycle import Status, status
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class PublicCredential:
    """What anybody with the number may see. No e-mail, no marks, no notes."""

    id: UUID
    number: str
    holder_name: str
    title: str
    certification: str
    state: str
    status: Status
    state_at: datetime
    reason_class: str
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime
    facts: dict[str, Any]
    version: int
    replaces: str
    replaced_by: str
    digest: str
    kid: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change, as the public page shows it: the class of reason, never the note."""

    change: str
    at: datetime
    reason_class: str


def public_view(session: Session, number: str, now: datetime) -> PublicCredential | None:
    """The credential of a number in printed form, in one statement; None when it was never issued."""
    older, newer = aliased(Credential), aliased(Credential)
    live = CredentialFile.revoked_at.is_(None) & (CredentialFile.credential_id == Credential.id)
    query = (
        select(
            Credential,
            Definition.version,
            older.number.label("replaces"),
            newer.number.label("replaced_by"),
            CredentialFile.digest,
            CredentialFile.kid,
        )
        .join(Definition, Definition.id == Credential.policy_version_id)
        .outerjoin(older, older.id == Credential.supersedes_id)
        .outerjoin(newer, newer.supersedes_id == Credential.id)
        .outerjoin(CredentialFile, live)
        .where(Credential.number == number)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    found: Credential = row[0]
    return PublicCredential(
        id=found.id,
        number=found.number,
        holder_name=found.holder_name,
        title=found.title,
        certification=found.certification_key,
        state=found.state,
        status=status(found, now),
        state_at=found.state_at,
        reason_class=found.reason_class,
        issued_at=found.issued_at,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        facts=found.facts,
        version=row.version,
        replaces=row.replaces or "",
        replaced_by=row.replaced_by or "",
        digest=row.digest or "",
        kid=row.kid or "",
    )


def history(session: Session, credential_id: UUID) -> list[HistoryLine]:
    """Every change of a credential, oldest first, as the public may read it."""
    query = (
        select(CredentialEvent.change, CredentialEvent.at, CredentialEvent.reason_class)
        .where(CredentialEvent.credential_id == credential_id)
        .order_by(CredentialEvent.id)
    )
    return [HistoryLine(*row) for row in session.execute(query)]


def newest_file(session: Session, credential_id: UUID) -> CredentialFile | None:
    """The newest signed file with its bytes; it may be revoked, its bit says so."""
    query = (
        select(CredentialFile)
        .where(CredentialFile.credential_id == credential_id)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.id)
        .limit(1)
        .options(undefer(CredentialFile.document), undefer(CredentialFile.token))
    )
    return session.scalar(query)


def credential(session: Session, credential_id: UUID) -> Credential:
    """A credential by id, for administrators; raises NotFound."""
    found = session.get(Credential, credential_id)
    if found is None:
        raise NotFound
    return found


def credential_for_decision(session: Session, decision_id: UUID) -> Credential | None:
    """The credential that a decision led to."""
    return session.scalar(select(Credential).where(Credential.decision_id == decision_id))


def credential_by_number(session: Session, number: str) -> Credential | None:
    """The record of a number in printed form."""
    return session.scalar(select(Credential).where(Credential.number == number))


def held_by(session: Session, user_id: UUID) -> Sequence[Credential]:
    """The person's credentials, newest first."""
    query = select(Credential).where(Credential.user_id == user_id).order_by(Credential.issued_at.desc())
    return list(session.scalars(query))


def events(session: Session, credential_id: UUID) -> Sequence[CredentialEvent]:
    """Every change with actor and private note, oldest first; for administrators only."""
    query = select(CredentialEvent).where(CredentialEvent.credential_id == credential_id).order_by(CredentialEvent.id)
    return list(session.scalars(query))


def issued(
    session: Session, *, search: str = "", after: tuple[datetime, str] | None = None, size: int = 50
) -> Sequence[Credential]:
    """The issuing log, newest first, one more than `size` when there are more; search by number or start of name."""
    query = select(Credential).order_by(Credential.issued_at.desc(), Credential.id.desc()).limit(size + 1)
    if search:
        start = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        by_name = func.lower(Credential.holder_name).like(f"{start.lower()}%", escape="\\")
        query = query.where((Credential.number == search.strip().upper()) | by_name)
    if after is not None:
        query = query.where(tuple_(Credential.issued_at, Credential.id) < tuple_(after[0], UUID(after[1])))
    return list(session.scalars(query))


def status_document(session: Session, list_id: int) -> tuple[bytes, datetime] | None:
    """The signed bytes of a status list and when they were signed."""
    row = session.execute(select(StatusList.document, StatusList.signed_at).where(StatusList.id == list_id)).first()
    return (row[0], row[1]) if row else None


def status_list_ids(session: Session) -> list[int]:
    """The numbers of all status lists."""
    return list(session.scalars(select(StatusList.id).order_by(StatusList.id)))


def oldest_signature(session: Session) -> datetime | None:
    """When the status list that waited longest was signed; the overview warns beyond 48 hours."""
    return session.scalar(select(func.min(StatusList.signed_at)))
