"""Reads of healed results: the pieces whose follow-up photo is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.practice.healed import SLOT, Standing, Window
from app.practice.models import Photo, PracticeEntry

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A piece whose follow-up photo can be taken today and is not there."""

    entry_id: UUID
    user_id: UUID
    number: int
    closes: date
    is_closing: bool


def healed_due(session: Session, today: date, *, after: UUID | None = None) -> Sequence[Due]:
    """The pieces whose window is open and that have no healed photo, in portions by id; one statement."""
    taken = exists().where(Photo.entry_id == PracticeEntry.id, Photo.slot == SLOT, Photo.removed_at.is_(None))
    query = (
        select(
            PracticeEntry.id,
            PracticeEntry.user_id,
            PracticeEntry.number,
            PracticeEntry.healed_from,
            PracticeEntry.healed_until,
        )
        .where(
            PracticeEntry.healed_from <= today,
            PracticeEntry.healed_until >= today,
            PracticeEntry.state != "failed",
            ~taken,
        )
        .order_by(PracticeEntry.id)
        .limit(AT_ONCE)
    )
    if after is not None:
        query = query.where(PracticeEntry.id > after)
    return [
        Due(row.id, row.user_id, row.number, row.healed_until, _is_closing(row.healed_from, row.healed_until, today))
        for row in session.execute(query)
    ]


def _is_closing(opens: date, closes: date, today: date) -> bool:
    return Window(opens, closes).standing(today) is Standing.CLOSING
