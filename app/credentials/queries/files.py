"""The signed files of certificates, and the lists that hold their bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.credentials.models import Credential, CredentialFile, StatusList
from app.domain.errors import NotFound

LIVE = CredentialFile.replaced_at.is_(None) & CredentialFile.revoked_at.is_(None)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The newest signed file of a number, as its bytes were signed."""

    document: bytes
    token: str
    digest: str


def stored_file(session: Session, number: str) -> StoredFile:
    """The newest signed file of a number; it may be revoked, its bit says so. One statement; raises NotFound."""
    query = (
        select(CredentialFile.document, CredentialFile.token, CredentialFile.digest)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .where(Credential.number == number)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.replaced_at.is_not(None), CredentialFile.id)
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        raise NotFound("No certificate was issued under this number.")
    return StoredFile(*row)


_STANDING = case(
    (CredentialFile.revoked_at.is_not(None), "revoked"),
    (CredentialFile.replaced_at.is_not(None), "replaced"),
    else_="live",
)
_CHECKED = (
    CredentialFile.id,
    Credential.number,
    CredentialFile.document,
    CredentialFile.token,
    CredentialFile.digest,
    _STANDING,
)
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file with what a check of the whole house compares: its bytes, its digest, and how it stands.

    `standing` is live, replaced or revoked.
    """

    id: UUID
    number: str
    document: bytes
    token: str
    digest: str
    standing: str


def files_after(session: Session, after: UUID | None, size: int = 100) -> list[CheckedFile]:
    """Files in steady order, for checking every one of them."""
    query = (
        select(*_CHECKED)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .order_by(CredentialFile.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(CredentialFile.id > after)
    return [CheckedFile(*row) for row in session.execute(query)]


def files_of_number(session: Session, number: str) -> list[CheckedFile]:
    """The newest signed files of a number with their bytes, newest first; one statement."""
    query = (
        select(*_CHECKED)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .where(Credential.number == number)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.replaced_at.is_not(None), CredentialFile.id)
        .limit(MOST_FILES)
    )
    return [CheckedFile(*row) for row in session.execute(query)]


def file_count(session: Session) -> int:
    """How many files there are, for the progress of a long check."""
    return session.scalar(select(func.count(CredentialFile.id))) or 0


def live_files(session: Session, kid: str = "") -> list[UUID]:
    """Ids of the credentials whose file counts now; those signed by one Ed25519 key when `kid` is given."""
    query = select(CredentialFile.credential_id).where(LIVE).order_by(CredentialFile.credential_id)
    if kid:
        query = query.where(CredentialFile.kid == kid)
    return list(session.scalars(query))


def files_of(session: Session, credential_id: UUID) -> Sequence[CredentialFile]:
    """Every file of a credential without its bytes, newest first; for administrators."""
    query = (
        select(CredentialFile)
        .where(CredentialFile.credential_id == credential_id)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.id)
    )
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
