"""Keys of the interface for programs: a name with scopes, and at most two secrets that live at a time.

A secret is shown once and kept as its hash. A new one beside the old lets a program change over without a gap; the
old one ends by itself. Keys belong to a studio and speak for who made them: who leaves the studio takes the power
of their keys along.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Connection, Index, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.access.actor import Actor
from app.domain.access.scopes import Scope, scopes_in
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

PREFIX = "vk_"
MOST_KEYS = 20
MOST_LIVE = 2
OVERLAP = timedelta(days=7)
"""For how long an old secret still works beside the new one."""
USE_NOTED = timedelta(minutes=10)
"""How exactly the last use is kept: a busy program must not write a row with each request."""
LONGEST_NAME = 80


class ApiKey(HasId, Base):
    """What a program is called, for which studio it asks, and what it may do."""

    __tablename__ = "api_key"
    __table_args__ = (Index("ix_api_key_studio", "studio_id", "created_at"),)

    studio_id: Mapped[UUID]
    made_by: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ApiSecret(HasId, Base):
    """One secret of a key, by its SHA-256. `tail` are its last four characters, to tell two apart."""

    __tablename__ = "api_secret"
    __table_args__ = (Index("ix_api_secret_key", "key_id", "created_at"),)

    key_id: Mapped[UUID]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    tail: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The key behind a secret that was sent along with a request."""

    id: UUID
    secret_id: UUID
    studio_id: UUID
    made_by: UUID
    name: str
    scopes: frozenset[Scope]
    used_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecretLine:
    """A secret as lists show it."""

    id: UUID
    tail: str
    created_at: datetime
    ends_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as lists show it, with the secrets that live at that time, newest first."""

    id: UUID
    studio_id: UUID
    made_by: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    secrets: tuple[SecretLine, ...]

    @property
    def used_at(self) -> datetime | None:
        """When one of its secrets was last used, to ten minutes."""
        return max((each.used_at for each in self.secrets if each.used_at), default=None)


def hash_secret(secret: str) -> str:
    """SHA-256 of a secret; it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


_key: Any = ApiKey.__table__.c
_secret: Any = ApiSecret.__table__.c
# A secret that was replaced has an end; only the newest has none.
_NEWEST = (ApiSecret.ends_at.is_not(None), ApiSecret.created_at.desc(), ApiSecret.id)
_BY_SECRET = (
    select(
        _key.id,
        _secret.id.label("secret_id"),
        _key.studio_id,
        _key.made_by,
        _key.name,
        _key.scopes,
        _secret.used_at,
        _secret.ends_at,
    )
    .select_from(ApiSecret.__table__.join(ApiKey.__table__, _key.id == _secret.key_id))
    .where(_secret.secret_hash == bindparam("hashed"), _key.ended_at.is_(None))
)


def key_of(reader: Session | Connection, secret: str, now: datetime) -> KeyFacts | None:
    """The key of a secret that works at `now`, or None; one statement."""
    row = reader.execute(_BY_SECRET, {"hashed": hash_secret(secret)}).first()
    if row is None or (row.ends_at is not None and row.ends_at <= now):
        return None
    scopes = scopes_in(row.scopes)
    return KeyFacts(row.id, row.secret_id, row.studio_id, row.made_by, row.name, scopes, row.used_at, row.ends_at)


def keys_of(session: Session, studio_id: UUID, now: datetime) -> list[KeyLine]:
    """The live keys of a studio with their live secrets, newest first; two statements."""
    query = select(ApiKey).where(ApiKey.studio_id == studio_id, ApiKey.ended_at.is_(None))
    keys = list(session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)))
    alive = select(ApiSecret).where(
        ApiSecret.key_id.in_([key.id for key in keys]), ApiSecret.ends_at.is_(None) | (ApiSecret.ends_at > now)
    )
    found: dict[UUID, list[SecretLine]] = {}
    for each in session.scalars(alive.order_by(*_NEWEST)):
        line = SecretLine(each.id, each.tail, each.created_at, each.ends_at, each.used_at)
        found.setdefault(each.key_id, []).append(line)
    return [
        KeyLine(
            key.id, key.studio_id, key.made_by, key.name, scopes_in(key.scopes), key.created_at,
            tuple(found.get(key.id, ())),
        )
        for key in keys
    ]  # fmt: skip


def studio_of(session: Session, key_id: UUID) -> UUID:
    """The studio of a key; raises NotFound."""
    found = session.get(ApiKey, key_id)
    if found is None:
        raise NotFound
    return found.studio_id


def make_key(
    session: Session, actor: Actor, studio_id: UUID, *, name: str, scopes: Collection[Scope], now: datetime
) -> tuple[ApiKey, str]:
    """Make a key and return it with its first secret, which nobody sees again.

    Raises NotFound for a studio that the actor does not belong to, Invalid without a name or a scope, Conflict
    beyond twenty keys.
    """
    if studio_id not in actor.studio_ids:
        raise NotFound
    problems = []
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        text = f"Name the program that uses the key, in at most {LONGEST_NAME} characters."
        problems.append(FieldProblem("name", "name", text))
    if not scopes:
        problems.append(FieldProblem("scopes", "scopes", "Choose what the key may do."))
    if problems:
        raise Invalid("The key was not made.", problems)
    if len(keys_of(session, studio_id, now)) >= MOST_KEYS:
        raise Conflict(f"A studio has at most {MOST_KEYS} keys. End one that no program uses any more.")
    words = sorted(scope.value for scope in scopes if scope is not Scope.SELF)
    key = ApiKey(studio_id=studio_id, made_by=actor.user_id, name=name.strip(), scopes=words, created_at=now)
    session.add(key)
    session.flush()  # the secret and the log name its id
    record(session, actor, AuditTag.API_KEY_MADE, now=now, target_kind="api_key", target_id=key.id, scopes=words)
    return key, _new_secret(session, key.id, now)


def rotate_key(session: Session, actor: Actor, key_id: UUID, *, now: datetime) -> str:
    """Make a second secret and return it; the first one ends in seven days.

    Raises NotFound for a key of somebody else, Conflict while two secrets live.
    """
    key = _own(session, actor, key_id)
    live = _live_secrets(session, key.id, now)
    if len(live) >= MOST_LIVE:
        text = "This key has two secrets already. End the older one first, or wait until it ends by itself."
        raise Conflict(text, code="two_secrets")
    for each in live:
        each.ends_at = now + OVERLAP
    record(session, actor, AuditTag.API_KEY_ROTATED, now=now, target_kind="api_key", target_id=key.id)
    return _new_secret(session, key.id, now)


def end_old_secrets(session: Session, actor: Actor, key_id: UUID, *, now: datetime) -> None:
    """End every secret of a key but the newest, at once. Raises NotFound for a key of somebody else."""
    key = _own(session, actor, key_id)
    for each in _live_secrets(session, key.id, now)[1:]:
        each.ends_at = now
        record(session, actor, AuditTag.API_KEY_ROTATED, now=now, target_kind="api_key", target_id=key.id, ended=True)


def end_key(session: Session, actor: Actor, key_id: UUID, *, now: datetime) -> None:
    """End a key with all its secrets, at once. Raises NotFound for a key of somebody else."""
    key = _own(session, actor, key_id)
    if key.ended_at is None:
        key.ended_at = now
        record(session, actor, AuditTag.API_KEY_ENDED, now=now, target_kind="api_key", target_id=key.id)


def note_use(session: Session, secret_id: UUID, now: datetime) -> None:
    """Remember that a secret was used."""
    session.execute(update(ApiSecret).where(ApiSecret.id == secret_id).values(used_at=now))


def _own(session: Session, actor: Actor, key_id: UUID) -> ApiKey:
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None or key.studio_id not in actor.studio_ids:
        raise NotFound
    return key


def _live_secrets(session: Session, key_id: UUID, now: datetime) -> list[ApiSecret]:
    live = ApiSecret.ends_at.is_(None) | (ApiSecret.ends_at > now)
    query = select(ApiSecret).where(ApiSecret.key_id == key_id, live)
    return list(session.scalars(query.order_by(*_NEWEST)))


def _new_secret(session: Session, key_id: UUID, now: datetime) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    hashed = hash_secret(secret)
    session.add(ApiSecret(key_id=key_id, secret_hash=hashed, tail=secret[-4:], created_at=now))
    session.flush()
    return secret
