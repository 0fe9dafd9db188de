"""What happened to followed certificates, oldest first, for programs that ask again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.credentials.models import Credential, CredentialEvent
from app.credentials.queries import SHOWN_NAME
from app.domain.credentials.lifecycle import Status, status
from app.studios.models import Watch

SETTLED = timedelta(seconds=10)
"""How old a change is before it is told. Two changes at the same moment may become visible in another order than that
of their ids; a reader who had seen the later one would never be told of the earlier one."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of a followed certificate, and how the certificate stands now. `id` grows from change to change."""

    id: int
    change: str
    at: datetime
    reason_class: str
    number: str
    holder_name: str
    title: str
    status: Status
    valid_until: datetime


def changes_after(session: Session, studio_id: UUID, since: int, *, now: datetime, size: int) -> list[ChangeLine]:
    """The changes with an id beyond `since` of what a studio follows now, one more than `size` when there are more.

    One statement. The watches are the driving side on both databases: what happened to all other certificates costs
    nothing, however much that is.
    """
    followed = (
        select(Watch.credential_id)
        .where(Watch.studio_id == studio_id, Watch.ended_at.is_(None))
        .cte("followed")
        .prefix_with("MATERIALIZED")
    )
    found = (
        select(
            CredentialEvent.id,
            CredentialEvent.credential_id,
            CredentialEvent.change,
            CredentialEvent.at,
            CredentialEvent.reason_class,
        )
        .join(followed, followed.c.credential_id == CredentialEvent.credential_id)
        .where(CredentialEvent.id > since, CredentialEvent.at <= now - SETTLED)
        .cte("found")
        .prefix_with("MATERIALIZED")
    )
    query = (
        select(
            found.c.id,
            found.c.change,
            found.c.at,
            found.c.reason_class,
            Credential.number,
            SHOWN_NAME.label("holder_name"),
            Credential.title,
            Credential.state,
            Credential.valid_until,
        )
        .join(Credential, Credential.id == found.c.credential_id)
        .order_by(found.c.id)
        .limit(size + 1)
    )
    return [
        ChangeLine(
            id=row.id,
            change=row.change,
            at=row.at,
            reason_class=row.reason_class,
            number=row.number,
            holder_name=row.holder_name,
            title=row.title,
            status=status(row, now),
            valid_until=row.valid_until,
        )
        for row in session.execute(query)
    ]
