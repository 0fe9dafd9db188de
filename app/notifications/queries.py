"""Reads of the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.notifications.models import Notice


def inbox(
    session: Session, user_id: UUID, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> Sequence[Notice]:
    """The person's notices, newest first, one more than `size` when there are more."""
    query = (
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Notice.created_at, Notice.id) < tuple_(after[0], UUID(after[1])))
    return list(session.scalars(query))


_unread = (
    select(Notice.__table__.c.id)
    .where(Notice.__table__.c.user_id == bindparam("user"), Notice.__table__.c.read_at.is_(None))
    .limit(100)
    .subquery()
)
_UNREAD_COUNT = select(func.count()).select_from(_unread)  # built once: every page of a person shows it


def unread_count(session: Session, user_id: UUID) -> int:
    """How many notices the person has not opened; counts at most 100 (the badge says 99+)."""
    return session.scalar(_UNREAD_COUNT, {"user": user_id}) or 0
