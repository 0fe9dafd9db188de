"""Second factors: an app that shows codes, passkeys, and codes on paper for the day when both are gone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import Challenge, CodeApp, Passkey, RecoveryCode, User
from app.accounts.services.sessions import end_all_sessions, rows_changed, tell_owner
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Expired, NotFound
from app.infra.audit import AuditTag, record
from app.infra.one_time_codes import new_secret, step_of
from app.infra.passkeys import NewPasskey
from app.infra.sealing import seal, unseal

CHALLENGE_LENGTH = timedelta(minutes=10)
RECOVERY_CODES = 10
MOST_PASSKEYS = 20
SEAL = "code-app"
# No 0 or o, 1 or l or i: codes are read from paper. 24 of 31 letters have 118 bits, so nobody needs a slow hash.
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH, GROUP = 24, 6


def begin_code_app(session: Session, actor: Actor, *, secret_key: str, now: datetime) -> str:
    """Make the secret of a code app, which counts once its first code is there; the one not confirmed stays the same.

    Raises Conflict when an app is set up already.
    """
    session.get(User, actor.user_id, with_for_update=True)  # two windows at once must see the same secret
    found = session.query(CodeApp).filter(CodeApp.user_id == actor.user_id).one_or_none()
    if found is not None and found.confirmed_at is not None:
        raise Conflict("An app is set up already. Remove it first to set up another one.")
    secret = unseal(secret_key, SEAL, found.sealed_secret) if found else None
    if secret is not None:
        return secret
    if found is not None:  # sealed by a key that is gone
        session.delete(found)
        session.flush()
    secret = new_secret()
    session.add(CodeApp(user_id=actor.user_id, sealed_secret=seal(secret_key, SEAL, secret), created_at=now))
    session.flush()
    return secret


def confirm_code_app(session: Session, actor: Actor, code: str, *, secret_key: str, now: datetime) -> bool:
    """Take the first code of a new app; False for a wrong one. Raises Expired when no app is being set up."""
    found = session.query(CodeApp).filter(CodeApp.user_id == actor.user_id).with_for_update().one_or_none()
    if found is None or found.confirmed_at is not None:
        raise Expired("This set-up was finished or left already. Open the page of your sign-in again.")
    secret = unseal(secret_key, SEAL, found.sealed_secret)
    step = step_of(secret, code, now) if secret else None
    if step is None:
        return False
    found.confirmed_at, found.last_step = now, step
    _tell(session, actor, AuditTag.CODE_APP_ADDED, "code_app_added", now=now)
    return True


def take_app_code(session: Session, user_id: UUID, code: str, *, secret_key: str, now: datetime) -> bool:
    """True when a code is right, and then never again: neither it nor an earlier one."""
    found = session.query(CodeApp).filter(CodeApp.user_id == user_id, CodeApp.confirmed_at.is_not(None)).one_or_none()
    secret = unseal(secret_key, SEAL, found.sealed_secret) if found else None
    step = step_of(secret, code, now) if secret else None
    if step is None:
        return False
    newer = (CodeApp.user_id == user_id, CodeApp.last_step < step)
    return rows_changed(session, update(CodeApp).where(*newer).values(last_step=step)) == 1


def remove_code_app(session: Session, actor: Actor, *, now: datetime) -> None:
    """Take the app away; also one whose set-up was never finished. Again is no error."""
    found = session.query(CodeApp).filter(CodeApp.user_id == actor.user_id).one_or_none()
    if found is None:
        return
    session.delete(found)
    session.flush()
    if found.confirmed_at is not None:
        _tell(session, actor, AuditTag.CODE_APP_REMOVED, "code_app_removed", now=now)
        _drop_codes_without_factor(session, actor.user_id)


def make_recovery_codes(session: Session, actor: Actor, *, now: datetime) -> list[str]:
    """Ten codes for paper, shown this once; those made before are worth nothing from now on.

    Raises Conflict for somebody without a second factor: there is nothing that the codes would stand in for.
    """
    if not queries.factors_of(session, actor.user_id).has_second:
        raise Conflict("Set up an app or a passkey first.")
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == actor.user_id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCode(user_id=actor.user_id, code_hash=queries.hash_token(code), created_at=now))
    _tell(session, actor, AuditTag.RECOVERY_CODES_MADE, "recovery_codes_made", now=now)
    return ["-".join(code[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP)) for code in codes]


def take_recovery_code(session: Session, user_id: UUID, code: str, *, now: datetime) -> bool:
    """True when it is an unused code of the person; from now on it is used. Case, spaces and hyphens do not count."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    if len(plain) != CODE_LENGTH:
        return False
    where = (
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == queries.hash_token(plain),
        RecoveryCode.used_at.is_(None),
    )
    if rows_changed(session, update(RecoveryCode).where(*where).values(used_at=now)) != 1:
        return False
    actor = Actor(id=user_id, name=queries.user(session, user_id).name)
    _tell(session, actor, AuditTag.RECOVERY_CODE_USED, "recovery_code_used", now=now)
    return True


def start_challenge(session: Session, purpose: str, *, now: datetime, user_id: UUID | None = None) -> str:
    """Open a challenge and return it (256 bits, base64url); those that are over go."""
    session.execute(delete(Challenge).where(Challenge.expires_at <= now))
    token = secrets.token_urlsafe(32)
    ends = now + CHALLENGE_LENGTH
    hashed = queries.hash_token(token)
    session.add(Challenge(user_id=user_id, token_hash=hashed, purpose=purpose, expires_at=ends))
    return token


def end_challenge(session: Session, token: str, purpose: str, *, now: datetime) -> bool:
    """Use a challenge up; False when it was used, is too old, or was made for something else."""
    where = (
        Challenge.token_hash == queries.hash_token(token),
        Challenge.purpose == purpose,
        Challenge.expires_at > now,
    )
    return rows_changed(session, delete(Challenge).where(*where)) == 1


def add_passkey(session: Session, actor: Actor, made: NewPasskey, *, name: str, now: datetime) -> Passkey:
    """Keep a new passkey. Raises Conflict for one that is known, and for more than twenty."""
    if queries.passkey_by_credential(session, made.credential_id) is not None:
        raise Conflict("This passkey is kept here already.")
    if len(queries.factors_of(session, actor.user_id).passkeys) >= MOST_PASSKEYS:
        raise Conflict("You have twenty passkeys. Remove one that you do not use any more first.")
    found = Passkey(
        user_id=actor.user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        is_synced=made.is_synced,
        name=" ".join(name.split())[:80] or "Passkey",
        created_at=now,
        used_at=None,
    )
    session.add(found)
    session.flush()
    _tell(session, actor, AuditTag.PASSKEY_ADDED, "passkey_added", now=now, name=found.name)
    return found


def use_passkey(session: Session, passkey_id: UUID, *, sign_count: int, now: datetime) -> None:
    """Note that a passkey has signed."""
    session.execute(update(Passkey).where(Passkey.id == passkey_id).values(sign_count=sign_count, used_at=now))


def remove_passkey(session: Session, actor: Actor, passkey_id: UUID, *, now: datetime) -> None:
    """Forget one of the actor's own passkeys. Raises NotFound for anybody else's."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.user_id != actor.id:
        raise NotFound
    session.delete(found)
    session.flush()
    _tell(session, actor, AuditTag.PASSKEY_REMOVED, "passkey_removed", now=now, name=found.name)
    _drop_codes_without_factor(session, actor.user_id)


def forget_second_factors(session: Session, actor: Actor, user_id: UUID, *, now: datetime) -> None:
    """Take away everything but the password of somebody who lost their phone and their codes, and end their sessions.

    Whoever does it must know the person: it is a way around the second factor.
    """
    person = queries.user(session, user_id)
    before: Mapping[str, Any] = _inventory(session, user_id)
    for model in (CodeApp, Passkey, RecoveryCode):
        session.execute(delete(model).where(model.user_id == user_id))
    end_all_sessions(session, actor, user_id, now=now)
    tag = AuditTag.SECOND_FACTORS_FORGOTTEN
    record(session, actor, tag, now=now, target_kind="user", target_id=user_id, before=before, by=actor.name)
    tell_owner(session, person, "second_factors_forgotten", now=now)


def _inventory(session: Session, user_id: UUID) -> dict[str, Any]:
    found = queries.factors_of(session, user_id)
    return {"app": found.app_since is not None, "passkeys": len(found.passkeys), "codes": found.codes_left}


def _drop_codes_without_factor(session: Session, user_id: UUID) -> None:
    """Codes on paper stand in for a factor; with the last one gone they would be loose keys."""
    if not queries.factors_of(session, user_id).has_second:
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _tell(session: Session, actor: Actor, tag: AuditTag, what: str, *, now: datetime, **facts: Any) -> None:
    record(session, actor, tag, now=now, target_kind="user", target_id=actor.user_id, **facts)
    tell_owner(session, queries.user(session, actor.user_id), what, now=now)
