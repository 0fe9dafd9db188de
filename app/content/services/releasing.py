"""A release: whatever goes live together, numbered, noted and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Release
from app.domain.access.actor import Actor
from app.domain.events import ContentReleased
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish

FIRST = 1


def lock_releases(session: Session) -> None:
    """Let one transaction publish at a time. The first release is the row that all of them wait for.

    SQLite needs no lock: a unit of work that writes is alone from its first statement.
    """
    session.execute(select(Release.id).where(Release.number == FIRST).with_for_update())


def release(session: Session, actor: Actor, *, now: datetime, note: str, counts: Mapping[str, Any]) -> Release:
    """Add the next release, with its line in the log and the event; the caller adds what it brings."""
    last = queries.live_release(session)
    made = Release(
        id=uuid4(),
        number=last.number + 1 if last else FIRST,
        created_at=now,
        actor_id=actor.id,
        note=note[:500],
        counts=dict(counts),
    )
    session.add(made)
    session.flush()  # The release must exist before rows point at it.
    record(
        session,
        actor,
        AuditTag.CONTENT_RELEASED,
        now=now,
        target_kind="release",
        target_id=made.id,
        number=made.number,
        new=counts.get("new", 0),
        changed=counts.get("changed", 0),
        retired=counts.get("retired", 0),
    )
    publish(session, ContentReleased(release_id=made.id.hex), now=now)
    return made
