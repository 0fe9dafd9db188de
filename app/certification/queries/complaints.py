"""Complaints about artists, for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Complaint
from app.domain.errors import NotFound


def complaint(session: Session, complaint_id: UUID, *, lock: bool = False) -> Complaint:
    """A complaint by id; raises NotFound."""
    found = session.get(Complaint, complaint_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def complaints_of(session: Session, user_id: UUID) -> Sequence[Complaint]:
    """The complaints about a person, newest first, closed ones too."""
    query = select(Complaint).where(Complaint.user_id == user_id).order_by(Complaint.opened_at.desc(), Complaint.id)
    return list(session.scalars(query))


def complaints(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> Sequence[tuple[Complaint, str]]:
    """All complaints with the names of artists, newest first, one more than `size` when there are more."""
    query = (
        select(Complaint, User.name)
        .join(User, User.id == Complaint.user_id)
        .order_by(Complaint.opened_at.desc(), Complaint.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Complaint.opened_at, Complaint.id) < tuple_(after[0], UUID(after[1])))
    return [(row[0], row[1]) for row in session.execute(query)]
