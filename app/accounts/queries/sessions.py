"""Reads of sessions: who asks, what they have shown, which devices are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, SignIn, User
from app.accounts.queries.tokens import hash_token
from app.domain.access.actor import Actor, Role
from app.domain.access.proof import IDLE, Factor


def _actor(rows: Sequence[Any]) -> Actor | None:
    if not rows:
        return None
    return Actor(
        id=rows[0].id,
        name=rows[0].name,
        roles=frozenset(Role(row.role) for row in rows if row.role),
        studio_ids=frozenset(row.studio_id for row in rows if row.studio_id),
        studio_ranks=frozenset((row.studio_id, row.studio_rank) for row in rows if row.studio_id),
        language=rows[0].language,
    )


# Built once and on tables, because somebody is asked for at every request; entities cost three times as much here.
_user, _grant, _sign_in = User.__table__.c, RoleGrant.__table__.c, SignIn.__table__.c
_ACTOR = select(_user.id, _user.name, _user.language, _grant.role, _grant.studio_id, _grant.studio_rank).select_from(
    User.__table__.outerjoin(RoleGrant.__table__, (_grant.user_id == _user.id) & _grant.ended_at.is_(None))
)
_ACTOR_BY_ID = _ACTOR.where(_user.id == bindparam("user"))
_ACTOR_BY_TOKEN = (
    _ACTOR.join(SignIn.__table__, _sign_in.user_id == _user.id)
    .add_columns(_user.is_demo, _sign_in.id.label("sign_in_id"), _sign_in.factor, _sign_in.proved_at, _sign_in.seen_at)
    .where(
        _sign_in.token_hash == bindparam("token"),
        _sign_in.ended_at.is_(None),
        _sign_in.expires_at > bindparam("now"),
        _sign_in.seen_at > bindparam("idle"),
        _user.disabled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that counts: whose it is, the strongest factor shown in it, and when one was last shown."""

    id: UUID
    actor: Actor
    factor: Factor
    proved_at: datetime | None
    seen_at: datetime
    is_demo: bool


def session_for_token(session: Session | Connection, token: str, now: datetime) -> LiveSession | None:
    """The live session of a token with its actor, roles and studios, in one statement."""
    values = {"token": hash_token(token), "now": now, "idle": now - IDLE}
    rows = session.execute(_ACTOR_BY_TOKEN, values).all()
    actor = _actor(rows)
    if actor is None:
        return None
    first = rows[0]
    factor = Factor(first.factor)
    return LiveSession(first.sign_in_id, actor, factor, first.proved_at, first.seen_at, first.is_demo)


def actor_for_token(session: Session | Connection, token: str, now: datetime) -> Actor | None:
    """The actor behind a live session token, with roles and studios, in one statement."""
    found = session_for_token(session, token, now)
    return found.actor if found else None


def actor_by_id(session: Session, user_id: UUID) -> Actor | None:
    """The actor for a person (for jobs and the demo)."""
    return _actor(session.execute(_ACTOR_BY_ID, {"user": user_id}).all())


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One live session, for the account page."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    factor: str
    is_this: bool


def live_sessions(session: Session, user_id: UUID, now: datetime, this_token: str = "") -> list[SessionLine]:
    """The person's live sessions, newest first."""
    query = (
        select(SignIn)
        .where(
            SignIn.user_id == user_id,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            SignIn.seen_at > now - IDLE,
        )
        .order_by(SignIn.created_at.desc())
        .limit(50)
    )
    this = hash_token(this_token)
    return [
        SessionLine(each.id, each.device, each.created_at, each.seen_at, each.factor, each.token_hash == this)
        for each in session.scalars(query)
    ]
