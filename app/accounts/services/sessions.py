"""Sessions: opened at sign-in, proved again before dangerous things, ended one by one or all at once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import SignIn
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record

SESSION_LENGTH = timedelta(days=30)


def start_session(session: Session, user_id: UUID, *, device: str, now: datetime) -> str:
    """Open a session and return its token: 256 random bits that are stored only as a hash."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            user_id=user_id,
            token_hash=queries.hash_token(token),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LENGTH,
            device=device[:200],
        )
    )
    record(session, Actor(id=user_id), AuditTag.USER_SIGNED_IN, now=now, target_kind="user", target_id=user_id)
    return token


def note_failed_sign_in(session: Session, email: str, *, now: datetime) -> None:
    """Write a refused sign-in to the audit log (without the e-mail when nobody has it)."""
    known = queries.user_by_email(session, email)
    target = known.id if known else ""
    record(session, SYSTEM, AuditTag.USER_SIGN_IN_FAILED, now=now, target_kind="user", target_id=target)


def end_session(session: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """End the session of a token; ending it twice is harmless."""
    where = (SignIn.token_hash == queries.hash_token(token), SignIn.ended_at.is_(None))
    session.execute(update(SignIn).where(*where).values(ended_at=now))
    record(session, actor, AuditTag.USER_SIGNED_OUT, now=now, target_kind="user", target_id=actor.id or "")


def end_session_by_id(session: Session, actor: Actor, sign_in_id: UUID, *, now: datetime) -> None:
    """End one of the actor's own sessions. Raises NotFound for anybody else's."""
    found = session.get(SignIn, sign_in_id)
    if found is None or found.user_id != actor.id or found.ended_at is not None:
        raise NotFound
    found.ended_at = now
    record(session, actor, AuditTag.SESSION_ENDED, now=now, target_kind="user", target_id=actor.user_id)


def end_all_sessions(
    session: Session, actor: Actor, user_id: UUID, *, now: datetime, keep_token: str | None = None
) -> None:
    """End every session of a person, except one to keep."""
    where = [SignIn.user_id == user_id, SignIn.ended_at.is_(None)]
    if keep_token is not None:
        where.append(SignIn.token_hash != queries.hash_token(keep_token))
    session.execute(update(SignIn).where(*where).values(ended_at=now))
    record(session, actor, AuditTag.SESSION_ENDED, now=now, target_kind="user", target_id=user_id, all=True)
