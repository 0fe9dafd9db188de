"""Sessions: opened at sign-in, proved again before dangerous things, ended one by one or all at once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import Challenge, SignIn, User
from app.domain.access.actor import SYSTEM, Actor
from app.domain.access.proof import Factor, stronger
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload

SESSION_LENGTH = timedelta(days=30)


def start_session(
    session: Session, user_id: UUID, *, device: str, now: datetime, factor: Factor = Factor.PASSWORD
) -> str:
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
            factor=factor.value,
            proved_at=now,
        )
    )
    facts: dict[str, Any] = {"factor": factor.value}
    record(session, Actor(id=user_id), AuditTag.USER_SIGNED_IN, now=now, target_kind="user", target_id=user_id, **facts)
    return token


def prove_session(
    session: Session, actor: Actor, token: str, factor: Factor, *, now: datetime, known: Factor = Factor.PASSWORD
) -> str:
    """Note that the person of a session has shown a factor again, and return the session's new token.

    The old token is dead at once, so that whoever got hold of it does not gain from the proof. `known` is the
    strongest factor that the session had. Raises NotFound for a session that is over.
    """
    fresh = secrets.token_urlsafe(32)
    where = (SignIn.token_hash == queries.hash_token(token), SignIn.ended_at.is_(None))
    values = {
        "token_hash": queries.hash_token(fresh),
        "proved_at": now,
        "seen_at": now,
        "factor": stronger(known, factor).value,
    }
    if rows_changed(session, update(SignIn).where(*where).values(**values)) != 1:
        raise NotFound
    facts: dict[str, Any] = {"factor": factor.value}
    record(session, actor, AuditTag.PROOF_GIVEN, now=now, target_kind="user", target_id=actor.user_id, **facts)
    return fresh


def note_failed_proof(session: Session, user_id: UUID, *, now: datetime) -> None:
    """Write a refused second factor or a refused repetition of the password to the audit log."""
    record(session, Actor(id=user_id), AuditTag.PROOF_FAILED, now=now, target_kind="user", target_id=user_id)


def touch_session(session: Session, sign_in_id: UUID, *, now: datetime) -> None:
    """Remember, to the hour, that a session was used."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now).values(seen_at=now))


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
) -> int:
    """End every session of a person, except one to keep, and every sign-in half-way; returns how many sessions."""
    where = [SignIn.user_id == user_id, SignIn.ended_at.is_(None)]
    if keep_token is not None:
        where.append(SignIn.token_hash != queries.hash_token(keep_token))
    ended = rows_changed(session, update(SignIn).where(*where).values(ended_at=now))
    session.execute(delete(Challenge).where(Challenge.user_id == user_id))
    if ended:
        facts: dict[str, Any] = {"all": True, "count": ended}
        record(session, actor, AuditTag.SESSION_ENDED, now=now, target_kind="user", target_id=user_id, **facts)
    return ended


def tell_owner(session: Session, person: User, what: str, *, now: datetime) -> None:
    """Tell the owner of an account by mail what was changed, in case that it was somebody else (ASVS 6.3.7).

    `what` is a word of the template. People of the demo get no mail.
    """
    if not person.is_demo:
        payload = mail_payload(person.email, "account_changed", name=person.name, what=what)
        enqueue(session, MAIL_JOB, payload, now=now)


def rows_changed(session: Session, change: Any) -> int:
    """Run an UPDATE or DELETE and return how many rows it met: a guarded change tells by it whether it won."""
    return cast("CursorResult[Any]", session.execute(change)).rowcount
