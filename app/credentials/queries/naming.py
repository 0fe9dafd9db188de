"""Who a certificate is about, and what its page may call them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.credentials.models import Credential
from app.credentials.queries.files import StoredFile, stored_file
from app.domain.errors import NotFound

SHOWN_NAME: ColumnElement[str] = case(
    ((Credential.shown_name != "") & (Credential.holder_name != ""), Credential.shown_name),
    else_=Credential.holder_name,
)
"""The name that others are shown: as printed, or the initials that the holder chose; nothing once it was erased."""


def shows_initials(session: Session, user_id: UUID) -> bool:
    """Whether the person lets others see initials only on the newest certificate that they hold."""
    query = select(Credential.shown_name).where(Credential.user_id == user_id)
    return bool(session.scalar(query.order_by(Credential.issued_at.desc(), Credential.id).limit(1)))


def hidden_names(session: Session, user_id: UUID) -> set[str]:
    """The numbers of the person's certificates that show initials."""
    query = select(Credential.number).where(Credential.user_id == user_id, Credential.shown_name != "")
    return set(session.scalars(query))


def is_name_hidden(session: Session, number: str) -> bool:
    """Whether the certificate of a number in printed form shows initials; False when it was never issued."""
    return bool(session.scalar(select(Credential.shown_name).where(Credential.number == number)))


def identity_of(reader: Session | Connection, number: str) -> tuple[str, str]:
    """E-mail and printed name of the holder of a number; empty texts when it was never issued. One statement."""
    query = (
        select(User.email, Credential.holder_name)
        .join(User, User.id == Credential.user_id)
        .where(Credential.number == number)
    )
    row = reader.execute(query).first()
    return (row[0] or "", row[1] or "") if row else ("", "")


def own(session: Session, user_id: UUID, number: str) -> Credential:
    """A certificate of the person's own by its number; raises NotFound for anybody else's."""
    found = session.scalar(select(Credential).where(Credential.number == number, Credential.user_id == user_id))
    if found is None:
        raise NotFound
    return found


def own_file(session: Session, user_id: UUID, number: str) -> StoredFile:
    """The newest signed file of a certificate of the person's own; raises NotFound for anybody else's."""
    return stored_file(session, own(session, user_id, number).number)
