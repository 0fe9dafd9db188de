"""Reads of what a person proves themselves with besides the password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Challenge, CodeApp, Passkey, RecoveryCode, User
from app.accounts.queries.tokens import hash_token


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """One passkey of a person, for the account page."""

    id: UUID
    name: str
    credential_id: str
    is_synced: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person can show: since when an app gives them codes, their passkeys, how many codes on paper are left."""

    app_since: datetime | None
    passkeys: tuple[PasskeyLine, ...]
    codes_left: int

    @property
    def has_second(self) -> bool:
        """True when signing in asks for more than the password. Codes on paper alone are no factor of their own."""
        return self.app_since is not None or bool(self.passkeys)


# Asked at every sign-in, so it is built once, and on tables.
_app, _passkey = CodeApp.__table__.c, Passkey.__table__.c
_HAS_SECOND = select(
    or_(
        exists().where(_app.user_id == bindparam("person"), _app.confirmed_at.is_not(None)),
        exists().where(_passkey.user_id == bindparam("person")),
    )
)


def has_second_factor(session: Session, user_id: UUID) -> bool:
    """True when signing in asks for more than the password, as `Factors.has_second` says; one statement."""
    return bool(session.scalar(_HAS_SECOND, {"person": user_id}))


def factors_of(session: Session, user_id: UUID) -> Factors:
    """What a person can show, in three statements."""
    app_since = session.scalar(select(CodeApp.confirmed_at).where(CodeApp.user_id == user_id))
    lines = select(
        Passkey.id, Passkey.name, Passkey.credential_id, Passkey.is_synced, Passkey.created_at, Passkey.used_at
    ).where(Passkey.user_id == user_id)
    passkeys = tuple(PasskeyLine(*row) for row in session.execute(lines.order_by(Passkey.created_at, Passkey.id)))
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return Factors(app_since, passkeys, session.scalar(left) or 0)


@dataclass(frozen=True, slots=True)
class KnownPasskey:
    """What a signature is checked with."""

    id: UUID
    user_id: UUID
    public_key: bytes
    sign_count: int


def passkey_by_credential(session: Session, credential_id: str) -> KnownPasskey | None:
    """The passkey of an open account by the id that its device gave it, or None."""
    query = (
        select(Passkey.id, Passkey.user_id, Passkey.public_key, Passkey.sign_count)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, User.disabled_at.is_(None))
    )
    row = session.execute(query).first()
    return KnownPasskey(*row) if row else None


def challenged(session: Session, token: str, purpose: str, now: datetime) -> UUID | None:
    """Whose open challenge this is (None: nobody's, or there is none). It stays open."""
    query = select(Challenge.user_id).where(
        Challenge.token_hash == hash_token(token), Challenge.purpose == purpose, Challenge.expires_at > now
    )
    return session.scalar(query)
