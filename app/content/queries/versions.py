"""Definitions by kind and id, live or as a record pinned them, and the releases that brought them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from app.content.models import Definition, Kind, Release
from app.content.queries.faces import ReleaseFace, Version


def version_of_row(row: Definition) -> Version:
    """A row whose payload is loaded, as a plain value."""
    return Version(row.id, row.kind, row.key, row.version, row.title, row.parent, row.payload, row.is_current)


def current(session: Session, kind: Kind, key: str) -> Version | None:
    """The live version of a definition, or None."""
    query = select(Definition).where(Definition.kind == kind.value, Definition.key == key, Definition.is_current)
    row = session.scalar(query.options(undefer(Definition.payload)))
    return version_of_row(row) if row is not None else None


def currents(session: Session, kind: Kind) -> list[Version]:
    """All live definitions of a kind in the order of the files."""
    query = (
        select(Definition)
        .where(Definition.kind == kind.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
        .options(undefer(Definition.payload))
    )
    return [version_of_row(row) for row in session.scalars(query)]


def pinned(session: Session, version_id: UUID) -> Version | None:
    """The very version that a record points at, live or not; None for an unknown id."""
    found = pinned_many(session, [version_id])
    return found.get(version_id)


def pinned_many(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Version]:
    """Many pinned versions in one statement, by id."""
    wanted = list(version_ids)
    if not wanted:
        return {}
    query = select(Definition).where(Definition.id.in_(wanted)).options(undefer(Definition.payload))
    return {row.id: version_of_row(row) for row in session.scalars(query)}


def versions_of(session: Session, kind: Kind, key: str) -> list[Version]:
    """Every version of a definition, the newest first."""
    query = (
        select(Definition)
        .where(Definition.kind == kind.value, Definition.key == key)
        .order_by(Definition.version.desc())
        .options(undefer(Definition.payload))
    )
    return [version_of_row(row) for row in session.scalars(query)]


def live_release(session: Session) -> ReleaseFace | None:
    """The newest release, or None before the first."""
    found = releases(session, limit=1)
    return found[0] if found else None


def releases(session: Session, limit: int = 50, *, before: int | None = None) -> list[ReleaseFace]:
    """The newest releases (of those before a number), the newest first."""
    query = select(Release).order_by(Release.number.desc()).limit(limit)
    if before is not None:
        query = query.where(Release.number < before)
    return [ReleaseFace(r.id, r.number, r.created_at, r.actor_id, r.note, r.counts) for r in session.scalars(query)]


def newest_rows(session: Session) -> dict[tuple[str, str], Definition]:
    """The newest row of every definition, live or retired, by kind and id; payloads stay in the database."""
    newest = (
        select(Definition.kind, Definition.key, func.max(Definition.version).label("version"))
        .group_by(Definition.kind, Definition.key)
        .subquery()
    )
    query = select(Definition).join(
        newest,
        (newest.c.kind == Definition.kind)
        & (newest.c.key == Definition.key)
        & (newest.c.version == Definition.version),
    )
    return {(row.kind, row.key): row for row in session.scalars(query)}
