"""Whether an entry may be changed now; asked by everything that changes one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.practice import queries
from app.practice.models import PracticeEntry
from app.practice.queries import OPEN_STATES


def editable(session: Session, actor: Actor, entry_id: UUID) -> PracticeEntry:
    entry = queries.entry_for(session, actor.user_id, entry_id, lock=True)
    require_open(entry)
    return entry


def require_open(entry: PracticeEntry) -> None:
    if entry.state not in OPEN_STATES:
        raise Conflict("This piece was sent to review, so it cannot be changed now.", code="sent")
