"""Changes to accounts: sign-up, invitations, password resets, roles."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import Invitation, PasswordReset, RoleGrant, User
from app.accounts.services.sessions import end_all_sessions, tell_owner
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict, Expired, FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record
from app.infra.catalogs import LOCALES
from app.infra.documents import LONGEST_NAME, name_is_printable

INVITATION_LENGTH = timedelta(days=7)
RESET_LENGTH = timedelta(hours=1)
SETUP_LENGTH = timedelta(days=1)
RESET_JOB = "accounts.send_reset"
SIGN_UP_JOB = "accounts.send_sign_up"
EMAIL_TAKEN = FieldProblem("email", "email_taken", "There is already an account with this e-mail. Sign in instead.")


def name_problem(name: str) -> str:
    """Say why a certificate cannot show a name, as a sentence; empty when it can. Ask where names are entered."""
    if len(name.strip()) > LONGEST_NAME:
        return f"A certificate has room for {LONGEST_NAME} characters. Shorten your name as your ID does."
    if not name.strip() or name_is_printable(name.strip()):
        return ""
    letters = [c for c in dict.fromkeys(name) if c.isprintable() and not c.isspace() and not name_is_printable(c)]
    what = " ".join(letters[:5]) or "some of these characters"
    return f"We cannot print {what} on a certificate. Add a Latin form of your name, as in your passport."


def sign_up(
    session: Session, *, email: str, name: str, password_hash: str, now: datetime, is_demo: bool = False
) -> User:
    """Make a student's account. Raises Invalid when the e-mail has one already."""
    user = _new_user(session, email=email, name=name, password_hash=password_hash, now=now, is_demo=is_demo)
    grant_role(session, SYSTEM, user.id, Role.STUDENT, now=now)
    record(session, SYSTEM, AuditTag.USER_SIGNED_UP, now=now, target_kind="user", target_id=user.id)
    return user


def change_password(session: Session, actor: Actor, *, password_hash: str, token: str, now: datetime) -> None:
    """Set a new password and end every other session of the person."""
    queries.user(session, actor.user_id).password_hash = password_hash
    end_all_sessions(session, actor, actor.user_id, now=now, keep_token=token)
    record(session, actor, AuditTag.USER_PASSWORD_CHANGED, now=now, target_kind="user", target_id=actor.user_id)
    tell_owner(session, queries.user(session, actor.user_id), "password_changed", now=now)


def renew_hash(session: Session, user_id: UUID, old: str, new: str) -> None:
    """Keep a hash of the same password at today's cost, unless the password was changed meanwhile."""
    where = (User.id == user_id, User.password_hash == old)
    session.execute(update(User).where(*where).values(password_hash=new))


def rename(session: Session, actor: Actor, *, name: str) -> None:
    """Change the name that pages and later certificates show."""
    queries.user(session, actor.user_id).name = name.strip()


def choose_language(session: Session, user_id: UUID, language: str) -> None:
    """Set the language of a person's pages and mails; empty leaves it to the browser. Raises Invalid."""
    if language and language not in LOCALES:
        raise Invalid("Choose one of the languages of the list.")
    queries.user(session, user_id).language = language


def ask_password_reset(session: Session, email: str, *, now: datetime) -> tuple[User, str] | None:
    """Make a reset link for an account: (account, token), or None when nobody has the e-mail."""
    user = queries.user_by_email(session, email)
    if user is None or user.disabled_at is not None:
        return None
    where = (PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
    session.execute(update(PasswordReset).where(*where).values(used_at=now))
    token = secrets.token_urlsafe(32)
    hashed = queries.hash_token(token)
    session.add(PasswordReset(user_id=user.id, token_hash=hashed, created_at=now, expires_at=now + RESET_LENGTH))
    record(session, SYSTEM, AuditTag.USER_PASSWORD_RESET_ASKED, now=now, target_kind="user", target_id=user.id)
    return user, token


def reset_password(session: Session, token: str, *, password_hash: str, now: datetime) -> UUID:
    """Use a reset link once: new password, every session ended. Raises Expired when it was used or is too old."""
    reset = queries.open_reset(session, token, now)
    if reset is None:
        raise Expired("This link was used already or is older than an hour. Ask for a new one.")
    reset.used_at = now
    user = queries.user(session, reset.user_id)
    user.password_hash = password_hash
    actor = Actor(id=user.id, name=user.name)
    end_all_sessions(session, actor, user.id, now=now)
    record(session, actor, AuditTag.USER_PASSWORD_CHANGED, now=now, target_kind="user", target_id=user.id)
    tell_owner(session, user, "password_changed", now=now)
    return user.id


def ask_sign_up(session: Session, email: str, *, now: datetime) -> str | None:
    """Make the link by which a student confirms an e-mail and makes the account: its token, None for a known e-mail.

    Links asked for before are worth nothing from now on.
    """
    if queries.user_by_email(session, email) is not None:
        return None
    address = email.strip().lower()
    older = (Invitation.email == address, Invitation.role == Role.STUDENT.value, Invitation.accepted_at.is_(None))
    session.execute(update(Invitation).where(*older).values(withdrawn_at=now))
    return invite(session, SYSTEM, email=address, role=Role.STUDENT, now=now)


def invite(
    session: Session,
    actor: Actor,
    *,
    email: str,
    role: Role,
    now: datetime,
    studio_id: UUID | None = None,
    studio_name: str = "",
    studio_rank: str = "",
) -> str:
    """Make an invitation and return its token. Raises Invalid for a studio role without a studio."""
    if (role is Role.STUDIO) != (studio_id is not None):
        raise Invalid("Say which studio the person belongs to.", [FieldProblem("studio_name", "studio", "Name it.")])
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            token_hash=queries.hash_token(token),
            email=email.strip().lower(),
            role=role.value,
            studio_id=studio_id,
            studio_name=studio_name,
            studio_rank=studio_rank,
            invited_by=actor.id,
            created_at=now,
            expires_at=now + (INVITATION_LENGTH if email else SETUP_LENGTH),
        )
    )
    if email:
        record(session, actor, AuditTag.USER_INVITED, now=now, target_kind="invitation", role=role.value)
    return token


def withdraw_invitation(session: Session, invitation_id: UUID, *, now: datetime) -> None:
    """Make an unused invitation useless."""
    found = session.get(Invitation, invitation_id)
    if found is None or found.accepted_at is not None:
        raise NotFound
    found.withdrawn_at = now


def accept_invitation(
    session: Session,
    token: str,
    *,
    now: datetime,
    email: str = "",
    name: str = "",
    password_hash: str = "",
    actor: Actor | None = None,
) -> UUID:
    """Use an invitation once: a signed-in person gets the role, anybody else a new account with it.

    Raises Expired for a used or old link, Invalid when the e-mail already has an account (sign in first then).
    """
    invitation = queries.open_invitation(session, token, now)
    if invitation is None:
        raise Expired("This invitation was used already, withdrawn, or is too old. Ask for a new one.")
    invitation.accepted_at = now
    if actor is not None and actor.is_authenticated:
        user_id = actor.user_id
    else:
        address = invitation.email or email
        user_id = _new_user(session, email=address, name=name, password_hash=password_hash, now=now).id
    who = Actor(id=user_id, name=name or (actor.name if actor else ""))
    rank = invitation.studio_rank
    grant_role(session, who, user_id, Role(invitation.role), studio_id=invitation.studio_id, studio_rank=rank, now=now)
    record(session, who, AuditTag.INVITATION_ACCEPTED, now=now, target_kind="user", target_id=user_id)
    return user_id


def grant_role(
    session: Session,
    actor: Actor,
    user_id: UUID,
    role: Role,
    *,
    now: datetime,
    studio_id: UUID | None = None,
    studio_rank: str = "",
) -> None:
    """Give a role; giving it again changes nothing.

    With more power than a student's comes a new session: those that are open end, so that a token that somebody
    copied before does not gain.
    """
    have = session.query(RoleGrant.id).filter(
        RoleGrant.user_id == user_id,
        RoleGrant.role == role.value,
        RoleGrant.studio_id == studio_id if studio_id else RoleGrant.studio_id.is_(None),
        RoleGrant.ended_at.is_(None),
    )
    if have.first() is not None:
        return
    before = queries.role_names(session, user_id)
    grant = RoleGrant(user_id=user_id, role=role.value, studio_id=studio_id, granted_at=now, granted_by=actor.id)
    grant.studio_rank = studio_rank
    session.add(grant)
    facts: dict[str, Any] = {"role": role.value, "before": before, "after": sorted({*before, role.value})}
    record(session, actor, AuditTag.ROLE_GRANTED, now=now, target_kind="user", target_id=user_id, **facts)
    if role is not Role.STUDENT:
        end_all_sessions(session, actor, user_id, now=now)


def end_role(session: Session, actor: Actor, user_id: UUID, role: Role, *, now: datetime) -> None:
    """Take a role away, at once. An administrator cannot take away their own: nobody could give it back."""
    if role is Role.ADMIN and user_id == actor.id:
        raise Conflict("Another administrator has to end your own administrator role.")
    before = queries.role_names(session, user_id)
    where = (RoleGrant.user_id == user_id, RoleGrant.role == role.value, RoleGrant.ended_at.is_(None))
    session.execute(update(RoleGrant).where(*where).values(ended_at=now))
    facts: dict[str, Any] = {
        "role": role.value,
        "before": before,
        "after": [name for name in before if name != role.value],
    }
    record(session, actor, AuditTag.ROLE_ENDED, now=now, target_kind="user", target_id=user_id, **facts)


def disable_user(session: Session, actor: Actor, user_id: UUID, *, now: datetime) -> None:
    """Close an account: its sessions end now, its records and certificates stay."""
    if user_id == actor.id:
        raise Conflict("You cannot close your own account while you are using it.")
    queries.user(session, user_id).disabled_at = now
    end_all_sessions(session, actor, user_id, now=now)
    record(session, actor, AuditTag.USER_DISABLED, now=now, target_kind="user", target_id=user_id)


def enable_user(session: Session, actor: Actor, user_id: UUID, *, now: datetime) -> None:
    """Open a closed account again."""
    queries.user(session, user_id).disabled_at = None
    record(session, actor, AuditTag.USER_ENABLED, now=now, target_kind="user", target_id=user_id)


def _new_user(
    session: Session, *, email: str, name: str, password_hash: str, now: datetime, is_demo: bool = False
) -> User:
    if queries.user_by_email(session, email) is not None:
        raise Invalid("This e-mail is taken.", [EMAIL_TAKEN])
    user = User(
        email=email.strip().lower(),
        name=name.strip(),
        password_hash=password_hash,
        created_at=now,
        adult_confirmed_at=now,
        is_demo=is_demo,
    )
    session.add(user)
    session.flush()  # the id is needed for the role and the log
    return user
