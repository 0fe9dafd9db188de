"""Reads of studios: the watchlist, the alerts, the list for administrators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant
from app.credentials.models import Credential
from app.credentials.queries import SHOWN_NAME
from app.domain.credentials.lifecycle import State, Status, status
from app.domain.errors import NotFound
from app.studios.models import Alert, Studio, Watch


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A followed certificate as it stands now."""

    id: UUID
    number: str
    holder_name: str
    title: str
    status: Status
    valid_until: datetime
    state_at: datetime
    note: str
    since: datetime


def watchlist(
    session: Session, studio_id: UUID, *, now: datetime, after: tuple[datetime, str] | None = None, size: int = 50
) -> list[WatchLine]:
    """What a studio follows, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(
            Watch.id,
            Watch.note,
            Watch.created_at,
            Credential.number,
            SHOWN_NAME.label("holder_name"),
            Credential.title,
            Credential.state,
            Credential.state_at,
            Credential.valid_until,
        )
        .join(Credential, Credential.id == Watch.credential_id)
        .where(Watch.studio_id == studio_id, Watch.ended_at.is_(None))
        .order_by(Watch.created_at.desc(), Watch.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Watch.created_at, Watch.id) < tuple_(after[0], UUID(after[1])))
    return [
        WatchLine(
            id=row.id,
            number=row.number,
            holder_name=row.holder_name,
            title=row.title,
            status=status(row, now),
            valid_until=row.valid_until,
            state_at=row.state_at,
            note=row.note,
            since=row.created_at,
        )
        for row in session.execute(query)
    ]


def watch_for(session: Session, studio_ids: frozenset[UUID], watch_id: UUID) -> Watch:
    """A watch of one of these studios; raises NotFound for anybody else's."""
    query = select(Watch).where(Watch.id == watch_id, Watch.studio_id.in_(studio_ids))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def open_watch(session: Session, studio_id: UUID, credential_id: UUID) -> Watch | None:
    """The studio's running watch of a certificate."""
    query = select(Watch).where(
        Watch.studio_id == studio_id, Watch.credential_id == credential_id, Watch.ended_at.is_(None)
    )
    return session.scalar(query)


def followers(session: Session, credential_id: UUID) -> list[UUID]:
    """Studios that follow a certificate."""
    query = select(Watch.studio_id).where(Watch.credential_id == credential_id, Watch.ended_at.is_(None))
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class AlertLine:
    """Something that happened to a followed certificate."""

    id: UUID
    kind: str
    number: str
    holder_name: str
    title: str
    created_at: datetime
    seen_at: datetime | None


def alerts(
    session: Session, studio_id: UUID, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> list[AlertLine]:
    """The studio's alerts, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(
            Alert.id,
            Alert.kind,
            Credential.number,
            SHOWN_NAME.label("holder_name"),
            Credential.title,
            Alert.created_at,
            Alert.seen_at,
        )
        .join(Credential, Credential.id == Alert.credential_id)
        .where(Alert.studio_id == studio_id)
        .order_by(Alert.created_at.desc(), Alert.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Alert.created_at, Alert.id) < tuple_(after[0], UUID(after[1])))
    return [AlertLine(*row) for row in session.execute(query)]


def unseen_count(session: Session, studio_id: UUID) -> int:
    """How many alerts nobody has opened, counted to 100 at most."""
    some = select(Alert.id).where(Alert.studio_id == studio_id, Alert.seen_at.is_(None)).limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def ending_soon(session: Session, now: datetime, *, window: timedelta, past: timedelta) -> list[tuple[UUID, datetime]]:
    """Followed certificates in force whose end lies at most `window` ahead or `past` behind: (id, end)."""
    query = (
        select(Credential.id, Credential.valid_until)
        .where(
            Credential.state == State.ACTIVE.value,
            Credential.valid_until <= now + window,
            Credential.valid_until > now - past,
            Credential.id.in_(select(Watch.credential_id).where(Watch.ended_at.is_(None))),
        )
        .order_by(Credential.valid_until)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def has_alert(session: Session, studio_id: UUID, once_key: str) -> bool:
    """True when this happening was told before."""
    query = select(Alert.id).where(Alert.studio_id == studio_id, Alert.once_key == once_key)
    return session.scalar(query) is not None


def studio(session: Session, studio_id: UUID) -> Studio:
    """A studio by id; raises NotFound."""
    found = session.get(Studio, studio_id)
    if found is None:
        raise NotFound
    return found


def names_of(session: Session, studio_ids: Iterable[UUID]) -> list[tuple[UUID, str]]:
    """Ids and names of studios, by name."""
    query = select(Studio.id, Studio.name).where(Studio.id.in_(list(studio_ids))).order_by(Studio.name, Studio.id)
    return [(row[0], row[1]) for row in session.execute(query)]


def studio_by_name(session: Session, name: str) -> Studio | None:
    """A studio by its exact name, upper and lower case alike."""
    return session.scalar(select(Studio).where(func.lower(Studio.name) == name.strip().lower()).limit(1))


@dataclass(frozen=True, slots=True)
class StudioLine:
    """A studio in the administrator's list, with how many people belong to it."""

    id: UUID
    name: str
    city: str
    members: int
    created_at: datetime


def studios(session: Session, *, after: tuple[datetime, str] | None = None, size: int = 50) -> Sequence[StudioLine]:
    """Studios and how many people each has, newest first, one more than `size` when there are more; one statement."""
    members = (
        select(RoleGrant.studio_id, func.count(RoleGrant.id).label("members"))
        .where(RoleGrant.studio_id.is_not(None), RoleGrant.ended_at.is_(None))
        .group_by(RoleGrant.studio_id)
        .subquery()
    )
    query = (
        select(Studio.id, Studio.name, Studio.city, func.coalesce(members.c.members, 0), Studio.created_at)
        .outerjoin(members, members.c.studio_id == Studio.id)
        .order_by(Studio.created_at.desc(), Studio.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Studio.created_at, Studio.id) < tuple_(after[0], UUID(after[1])))
    return [StudioLine(*row) for row in session.execute(query)]
