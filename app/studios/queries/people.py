"""Reads of the people of a studio and of its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Invitation, RoleGrant, User
from app.domain.access.actor import Role
from app.domain.studios.ranks import Rank, rank_of
from app.studios.models import TeamLine

_RUNNING = (RoleGrant.role == Role.STUDIO.value, RoleGrant.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody of a studio."""

    user_id: UUID
    name: str
    email: str
    rank: Rank
    since: datetime


def members(session: Session, studio_id: UUID) -> list[MemberLine]:
    """Everybody of a studio, owners first, then by name; one statement."""
    query = (
        select(User.id, User.name, User.email, RoleGrant.studio_rank, RoleGrant.granted_at)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(*_RUNNING, RoleGrant.studio_id == studio_id)
        .limit(500)
    )
    found = [MemberLine(row[0], row[1], row[2], rank_of(row[3]), row[4]) for row in session.execute(query)]
    return sorted(found, key=lambda line: (list(Rank).index(line.rank), line.name.casefold(), str(line.user_id)))


def grants_of(session: Session, studio_id: UUID) -> Sequence[RoleGrant]:
    """The running grants of a studio, to be changed."""
    return session.scalars(select(RoleGrant).where(*_RUNNING, RoleGrant.studio_id == studio_id)).all()


def managers(session: Session, studio_id: UUID) -> list[UUID]:
    """Who may change things in a studio; they hear when something of it stops working."""
    query = select(RoleGrant.user_id, RoleGrant.studio_rank).where(*_RUNNING, RoleGrant.studio_id == studio_id)
    return [user_id for user_id, rank in session.execute(query) if rank_of(rank).manages]


def member_name(session: Session, user_id: UUID) -> str:
    """The name of a person, empty when there is none."""
    return session.scalar(select(User.name).where(User.id == user_id)) or ""


@dataclass(frozen=True, slots=True)
class InvitedLine:
    """An invitation to a studio that nobody used yet."""

    id: UUID
    email: str
    rank: Rank
    expires_at: datetime


def invited(session: Session, studio_id: UUID, now: datetime) -> list[InvitedLine]:
    """Invitations to a studio that can still be used, newest first; one statement."""
    query = (
        select(Invitation.id, Invitation.email, Invitation.studio_rank, Invitation.expires_at)
        .where(
            Invitation.studio_id == studio_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.created_at.desc(), Invitation.id)
        .limit(100)
    )
    return [InvitedLine(row[0], row[1], rank_of(row[2]), row[3]) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class DeedLine:
    """Who did what, and when."""

    id: int
    at: datetime
    actor_name: str
    deed: str
    facts: dict[str, Any]


def team_log(session: Session, studio_id: UUID, *, before: int | None = None, size: int = 50) -> list[DeedLine]:
    """The log of a studio, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(TeamLine.id, TeamLine.at, TeamLine.actor_name, TeamLine.deed, TeamLine.facts)
        .where(TeamLine.studio_id == studio_id)
        .order_by(TeamLine.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        query = query.where(TeamLine.id < before)
    return [DeedLine(*row) for row in session.execute(query)]
