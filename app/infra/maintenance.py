"""Maintenance mode: pages go on, nothing is saved, and no job is begun, in every process that shares the database.

The flag is a note in the database, so it needs no restart and outlives one. A process looks at most once a second and
remembers what it saw; whoever switches it on waits for that second and for what is under way before relying on it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.infra.notes import HouseNote, forget_note, note, noted

if TYPE_CHECKING:
    from app.infra.db import Database

NOTE: Final = "maintenance"
LOOK_SECONDS: Final = 1.0
"""How long a process may go on with what it saw last."""
REMEMBER_SECONDS: Final = 60.0
"""For how long pages tell of what some other request, /readyz or a worker of this process saw."""
LONGEST_SENTENCE: Final = 300

log = structlog.get_logger("maintenance")


@dataclass(frozen=True, slots=True)
class Closed:
    """Since when nothing is saved, and what people are told (may be empty)."""

    since: datetime
    sentence: str


@dataclass(slots=True)
class Watch:
    """What this process knows of the flag. Safe to use from several threads."""

    _seen: Closed | None = None
    _seen_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, db: Database) -> Closed | None:
        """Whether the house is closed: as the database says, at most a second old; None when it is open.

        When the database cannot be asked, the answer is what was seen last: the request will fail by itself.
        """
        with self._lock:
            if time.monotonic() - self._seen_at < LOOK_SECONDS:
                return self._seen
            try:
                with db.glance() as connection:
                    query = select(HouseNote.noted_at, HouseNote.facts).where(HouseNote.name == NOTE)
                    row = connection.execute(query).first()
            except SQLAlchemyError as error:
                log.warning("cannot see whether maintenance is on", error=type(error).__name__)
                return self._seen
            self._seen = Closed(row[0], str(row[1].get("sentence", ""))) if row else None
            self._seen_at = time.monotonic()
            return self._seen

    @property
    def remembered(self) -> Closed | None:
        """What was seen lately, without asking anybody; for a line on pages."""
        return self._seen if time.monotonic() - self._seen_at < REMEMBER_SECONDS else None

    def forget(self) -> None:
        """Look anew next time: this process has just changed the flag itself."""
        with self._lock:
            self._seen_at = float("-inf")


def close_house(session: Session, sentence: str, *, now: datetime) -> None:
    """Switch maintenance on; when it is on, only the sentence changes."""
    known = noted(session, NOTE)
    note(session, NOTE, {"sentence": sentence.strip()[:LONGEST_SENTENCE]}, now=known.noted_at if known else now)


def open_house(session: Session) -> bool:
    """Switch maintenance off; True when it was on."""
    return forget_note(session, NOTE)
