"""Reads of people, roles and links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Absence, Invitation, PasswordReset, RoleGrant, User
from app.accounts.queries.tokens import hash_token
from app.domain.access.actor import Role
from app.domain.errors import NotFound


def user_by_email(session: Session, email: str) -> User | None:
    """The account of an e-mail (lower-cased), or None."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


@dataclass(frozen=True, slots=True)
class Login:
    """What signing in compares with."""

    user_id: UUID
    password_hash: str


# Asked at every sign-in, so it is built once, and on the table.
_account = User.__table__.c
_LOGIN = select(_account.id, _account.password_hash).where(
    _account.email == bindparam("email"), _account.disabled_at.is_(None)
)


def login_of(session: Session, email: str) -> Login | None:
    """Id and password hash of an open account, or None."""
    row = session.execute(_LOGIN, {"email": email}).first()
    return Login(row[0], row[1]) if row else None


def user(session: Session, user_id: UUID) -> User:
    """An account by id; raises NotFound."""
    found = session.get(User, user_id)
    if found is None:
        raise NotFound
    return found


def names_of(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id, for pages that show many people."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    query = select(User.id, User.name).where(User.id.in_(wanted))
    return {row.id: row.name for row in session.execute(query)}


def emails_of(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """E-mail addresses by id of people who can still sign in, for mail jobs."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    query = select(User.id, User.email).where(User.id.in_(wanted), User.disabled_at.is_(None))
    return {row.id: row.email for row in session.execute(query)}


def role_names(session: Session, user_id: UUID) -> list[str]:
    """The names of the roles that a person holds, each once, in order."""
    held = select(RoleGrant.role).where(RoleGrant.user_id == user_id, RoleGrant.ended_at.is_(None))
    return list(session.scalars(held.distinct().order_by(RoleGrant.role)))


def user_ids_with_role(session: Session, role: Role, studio_id: UUID | None = None) -> list[UUID]:
    """Ids of the people who hold a role now (of one studio if named)."""
    query = select(RoleGrant.user_id).where(RoleGrant.role == role.value, RoleGrant.ended_at.is_(None))
    if studio_id is not None:
        query = query.where(RoleGrant.studio_id == studio_id)
    return list(session.scalars(query))


def has_people(session: Session, *, demo: bool | None = None) -> bool:
    """True when there is any account (of the demo, or real, if asked)."""
    query = select(User.id).limit(1)
    if demo is not None:
        query = query.where(User.is_demo.is_(demo))
    return session.scalar(query) is not None


def open_invitation(session: Session, token: str, now: datetime) -> Invitation | None:
    """The invitation behind a token, while it can still be used."""
    query = select(Invitation).where(
        Invitation.token_hash == hash_token(token),
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now,
    )
    return session.scalar(query)


def open_reset(session: Session, token: str, now: datetime) -> PasswordReset | None:
    """The password reset behind a token, while it can still be used."""
    query = select(PasswordReset).where(
        PasswordReset.token_hash == hash_token(token), PasswordReset.used_at.is_(None), PasswordReset.expires_at > now
    )
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in the administrator's list."""

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None


def people(
    session: Session, *, search: str = "", after: tuple[datetime, str] | None = None, size: int = 50
) -> list[PersonLine]:
    """People, newest first, one more than `size` when there are more; `search` matches the start of name or e-mail."""
    query = select(User).order_by(User.created_at.desc(), User.id.desc()).limit(size + 1)
    if search:
        start = search.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(User.email.like(start, escape="\\") | func.lower(User.name).like(start, escape="\\"))
    if after is not None:
        query = query.where(tuple_(User.created_at, User.id) < tuple_(after[0], UUID(after[1])))
    users = list(session.scalars(query))
    grants: dict[UUID, list[str]] = {}
    active = select(RoleGrant.user_id, RoleGrant.role).where(
        RoleGrant.user_id.in_([u.id for u in users]), RoleGrant.ended_at.is_(None)
    )
    for user_id, role in session.execute(active) if users else ():
        grants.setdefault(user_id, []).append(role)
    return [
        PersonLine(u.id, u.name, u.email, tuple(sorted(grants.get(u.id, []))), u.created_at, u.disabled_at)
        for u in users
    ]


def waiting_invitations(session: Session, now: datetime) -> list[Invitation]:
    """Invitations that nobody used yet, newest first (without the set-up link, and links that students asked for)."""
    query = (
        select(Invitation)
        .where(
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
            Invitation.email != "",
            Invitation.role != Role.STUDENT.value,
        )
        .order_by(Invitation.created_at.desc())
        .limit(200)
    )
    return list(session.scalars(query))


_absence = Absence.__table__.c
_AWAY = (
    select(_absence.user_id, func.max(_absence.last_day))
    .where(
        _absence.withdrawn_at.is_(None),
        _absence.first_day <= bindparam("day"),
        _absence.last_day >= bindparam("day"),
    )
    .group_by(_absence.user_id)
)


def away(session: Session, user_ids: Iterable[UUID] | None, on: date) -> dict[UUID, date]:
    """Who of these people (None: of everybody) is away on a day, each with the last day of it; one statement."""
    if user_ids is None:
        return {row[0]: row[1] for row in session.execute(_AWAY, {"day": on})}
    wanted = set(user_ids)
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(_AWAY.where(_absence.user_id.in_(wanted)), {"day": on})}


def coming_absences(session: Session, on: date, user_id: UUID | None = None) -> list[Absence]:
    """Absences of a person (or of everybody) that are not over, the nearest first; one statement."""
    query = select(Absence).where(Absence.withdrawn_at.is_(None), Absence.last_day >= on)
    if user_id is not None:
        query = query.where(Absence.user_id == user_id)
    return list(session.scalars(query.order_by(Absence.first_day, Absence.id).limit(200)))
