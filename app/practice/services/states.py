"""Whether an entry may be changed now; asked by everything that changes one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.domain.practice.healed import HealedAsk
from app.practice import queries
from app.practice.models import PracticeEntry
from app.practice.queries import OPEN_STATES


def editable(session: Session, actor: Actor, entry_id: UUID) -> PracticeEntry:
    """The person's own entry, locked, while it may be changed; raises NotFound or Conflict otherwise."""
    entry = queries.entry_for(session, actor.user_id, entry_id, lock=True)
    require_open(entry)
    return entry


def require_open(entry: PracticeEntry) -> None:
    """Raise Conflict for a piece that was sent or is decided."""
    if entry.state not in OPEN_STATES:
        raise Conflict("This piece was sent to review, so it cannot be changed now.", code="sent")


def require_healed_window(entry: PracticeEntry, ask: HealedAsk, now: datetime) -> None:
    """Refuse a follow-up photo outside its weeks; raises Conflict that names the days. Failed pieces take none."""
    window = queries.healed_window(entry, ask)
    if entry.state == "failed":
        raise Conflict("This piece was not passed, so it takes no healed photo.", code="failed")
    if not window.takes(now.date()):
        days = f"{window.opens.isoformat()} to {window.closes.isoformat()}"
        raise Conflict(f"The healed photo of this piece is taken from {days}.", code="healed_window")
