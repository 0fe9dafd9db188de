"""What the house notes about itself, one row for each name: what was last measured, who is alive, whether it is closed.

A note replaces the one before; what has to be remembered for good belongs into the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.infra.db import Base
from app.infra.types import UTCDateTime


class HouseNote(Base):
    """One fact about the running house, and when it was noted."""

    __tablename__ = "house_note"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def note(session: Session, name: str, facts: Mapping[str, Any], *, now: datetime) -> None:
    """Write a note in place of the one of that name; two that do so at once both succeed."""
    values = {"noted_at": now, "facts": dict(facts)}
    change = update(HouseNote).where(HouseNote.name == name).values(**values)
    if session.execute(change).rowcount:  # type: ignore[attr-defined]
        return
    try:
        with session.begin_nested():
            session.add(HouseNote(name=name, **values))
    except IntegrityError:
        session.execute(change)


def noted(session: Session, name: str) -> HouseNote | None:
    """The note of a name, as the database has it now; None when there is none."""
    query = select(HouseNote).where(HouseNote.name == name).execution_options(populate_existing=True)
    return session.scalar(query)


def notes_named(session: Session, beginning: str) -> list[HouseNote]:
    """The notes whose names begin so, in the order of their names (at most 200)."""
    where = (HouseNote.name >= beginning, HouseNote.name < beginning + "\x7f")
    query = select(HouseNote).where(*where).order_by(HouseNote.name).limit(200)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def forget_note(session: Session, name: str) -> bool:
    """Remove a note; True when there was one."""
    return bool(session.execute(delete(HouseNote).where(HouseNote.name == name)).rowcount)  # type: ignore[attr-defined]


def forget_older(session: Session, beginning: str, before: datetime) -> int:
    """Remove the notes whose names begin so and that are older than an instant; returns how many."""
    where = (HouseNote.name >= beginning, HouseNote.name < beginning + "\x7f", HouseNote.noted_at < before)
    return int(session.execute(delete(HouseNote).where(*where)).rowcount)  # type: ignore[attr-defined]
