"""The people of a studio and their ranks, and the log of what they do there. A studio always keeps an owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Invitation, RoleGrant
from app.domain.access.actor import Actor, Role
from app.domain.errors import FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.studios.ranks import Rank, check_change, may_give, rank_of
from app.infra.audit import AuditTag, record
from app.studios import queries
from app.studios.models import Studio, TeamLine

MOST_PEOPLE = 200


def rank_in(actor: Actor, studio_id: UUID) -> Rank:
    """The actor's rank in a studio. Raises NotFound for a studio that they do not belong to."""
    ranks = dict(actor.studio_ranks)
    if studio_id not in actor.studio_ids:
        raise NotFound
    return rank_of(ranks.get(studio_id, ""))


def require_manager(actor: Actor, studio_id: UUID) -> Rank:
    """The actor's rank when they may change things. Raises NotFound for a stranger, NotAllowed for a viewer."""
    rank = rank_in(actor, studio_id)
    if not rank.manages:
        raise NotAllowed("You can look here. To change this, ask an owner or a manager of your studio.")
    return rank


def note_deed(session: Session, actor: Actor, studio_id: UUID, deed: str, *, now: datetime, **facts: Any) -> None:
    """Add a line to the log that the whole team sees. `facts` are plain values without secrets."""
    line = TeamLine(studio_id=studio_id, at=now, actor_id=actor.id, actor_name=actor.name, deed=deed, facts=facts)
    session.add(line)


def invite_member(
    session: Session, actor: Actor, studio_id: UUID, *, email: str, rank: Rank, now: datetime
) -> tuple[Studio, str]:
    """Make an invitation to the studio: (studio, token). Raises Invalid for a rank that the actor cannot give."""
    giver = require_manager(actor, studio_id)
    if not may_give(giver, rank):
        text = "Only an owner can make somebody an owner."
        raise Invalid(text, [FieldProblem("rank", "rank", text)])
    studio = queries.studio(session, studio_id)
    if len(queries.members(session, studio_id)) >= MOST_PEOPLE:
        text = f"A studio has room for {MOST_PEOPLE} people. Take somebody off first."
        raise Invalid(text, [FieldProblem("email", "full", text)])
    token = accounts.invite(
        session,
        actor,
        email=email,
        role=Role.STUDIO,
        studio_id=studio_id,
        studio_name=studio.name,
        studio_rank=rank.value,
        now=now,
    )
    note_deed(session, actor, studio_id, "invited", now=now, email=email.strip().lower(), rank=rank.value)
    return studio, token


def withdraw_invitation(session: Session, actor: Actor, invitation_id: UUID, *, now: datetime) -> None:
    """Make an invitation to one of the actor's studios useless. Raises NotFound for any other."""
    found = session.get(Invitation, invitation_id)
    if found is None or found.studio_id is None or found.studio_id not in actor.studio_ids:
        raise NotFound
    require_manager(actor, found.studio_id)
    accounts.withdraw_invitation(session, invitation_id, now=now)
    note_deed(session, actor, found.studio_id, "invitation_withdrawn", now=now, email=found.email)


def change_rank(session: Session, actor: Actor, studio_id: UUID, user_id: UUID, rank: Rank, *, now: datetime) -> None:
    """Give somebody of the studio another rank; the old grant ends and stays on record.

    Raises NotFound for somebody who does not belong to it, NotAllowed for a change above the actor's own rank, and
    Conflict when nobody would own the studio.
    """
    giver = require_manager(actor, studio_id)
    grants = _locked_grants(session, studio_id)
    grant = _grant_of(grants, user_id)
    if not (may_give(giver, rank) and may_give(giver, rank_of(grant.studio_rank))):
        raise NotAllowed("Only an owner can change who owns the studio.")
    before = rank_of(grant.studio_rank)
    if before is rank:
        return
    check_change([rank, *(rank_of(other.studio_rank) for other in grants if other is not grant)])
    grant.ended_at = now
    session.flush()  # one grant of a studio counts at a time
    granted = RoleGrant(user_id=user_id, role=Role.STUDIO.value, studio_id=studio_id, granted_at=now)
    granted.granted_by, granted.studio_rank = actor.id, rank.value
    session.add(granted)
    facts: dict[str, Any] = {"studio": str(studio_id), "before": before.value, "after": rank.value}
    record(session, actor, AuditTag.STUDIO_MEMBER_RANKED, now=now, target_kind="user", target_id=user_id, **facts)
    name = queries.member_name(session, user_id)
    note_deed(session, actor, studio_id, "ranked", now=now, name=name, rank=rank.value)


def end_membership(session: Session, actor: Actor, studio_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Take somebody off the studio, or leave it oneself; it counts with the next request of that person.

    Raises NotFound, NotAllowed and Conflict as `change_rank` does.
    """
    giver = rank_in(actor, studio_id)
    grants = _locked_grants(session, studio_id)
    grant = _grant_of(grants, user_id)
    if user_id != actor.id and not (giver.manages and may_give(giver, rank_of(grant.studio_rank))):
        raise NotAllowed("Only an owner can take an owner off the studio, and only managers anybody else.")
    check_change(rank_of(other.studio_rank) for other in grants if other is not grant)
    grant.ended_at = now
    facts: dict[str, Any] = {"studio": str(studio_id), "rank": rank_of(grant.studio_rank).value}
    record(session, actor, AuditTag.STUDIO_MEMBER_ENDED, now=now, target_kind="user", target_id=user_id, **facts)
    deed = "left" if user_id == actor.id else "removed"
    note_deed(session, actor, studio_id, deed, now=now, name=queries.member_name(session, user_id))


def _locked_grants(session: Session, studio_id: UUID) -> list[RoleGrant]:
    """Every running grant of the studio. The studio's row is locked: two owners must not leave at the same moment."""
    if session.get(Studio, studio_id, with_for_update=True) is None:
        raise NotFound
    return list(queries.grants_of(session, studio_id))


def _grant_of(grants: list[RoleGrant], user_id: UUID) -> RoleGrant:
    found = next((grant for grant in grants if grant.user_id == user_id), None)
    if found is None:
        raise NotFound
    return found
