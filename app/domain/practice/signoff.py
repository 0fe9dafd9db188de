"""A supervised session that a guest signs for: the words that are signed, and their digest.

The words are put together once, from the facts as they stood when the guest saw them, and are kept as they are. The
digest is over exactly these words, so whoever holds a copy can show that nothing was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

VALID_FOR = timedelta(days=14)
_DOMAIN = b"vermilion supervised session 1\n"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the student says about the session: the day, minutes, place and what was done."""

    student: str
    day: date
    minutes: int
    place: str
    work: str

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as they are stored."""
        return {
            "student": self.student,
            "day": self.day.isoformat(),
            "minutes": self.minutes,
            "place": self.place,
            "work": self.work,
        }


@dataclass(frozen=True, slots=True)
class Guest:
    """Who signs: their name, their role in the session, and the number of their license if they give one."""

    name: str
    role: str
    license_number: str = ""


def facts_from_dict(data: Mapping[str, Any]) -> SessionFacts:
    """Read stored facts."""
    day = date.fromisoformat(str(data["day"]))
    return SessionFacts(str(data["student"]), day, int(data["minutes"]), str(data["place"]), str(data["work"]))


def statement(facts: SessionFacts, guest: Guest, at: datetime) -> str:
    """Return the text that is signed, one fact to a line; the same values give the same text."""
    lines = [
        f"{guest.name} ({guest.role}) confirms a supervised practice session.",
        f"Student: {facts.student}",
        f"Day: {facts.day.isoformat()}",
        f"Time under supervision: {facts.minutes} minutes",
        f"Place: {facts.place}",
        f"Work: {' '.join(facts.work.split())}",
    ]
    if guest.license_number:
        lines.append(f"License number of the supervisor: {guest.license_number}")
    lines += [
        "The supervisor was present for the whole time and saw the work done on practice skin.",
        f"Signed: {at.replace(microsecond=0).isoformat()}",
    ]
    return "\n".join(lines) + "\n"


def digest_of(text: str) -> str:
    """Return the SHA-256 of a signed text (hexadecimal)."""
    return hashlib.sha256(_DOMAIN + text.encode("utf-8")).hexdigest()
