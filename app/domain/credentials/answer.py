"""What anybody who checks a number is told: one verdict, and one line for each thing that was looked at.

This judges the live record behind a number. `verify.py` judges a file that somebody holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.credentials.lifecycle import Record, Status, status
from app.domain.credentials.number import NumberResult
from app.domain.credentials.report import Outcome


class Answer(StrEnum):
    """The verdict about a number. Only VALID may be relied on."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"
    NOT_FOUND = "NOT_FOUND"
    MALFORMED = "MALFORMED"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: number, record, key, status or dates. `code` is stable for machines."""

    name: str
    outcome: Outcome
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """The answer about a number at an instant."""

    answer: Answer
    lines: tuple[Line, ...]
    as_of: datetime


_ANSWERS = MappingProxyType(
    {
        Status.ACTIVE: Answer.VALID,
        Status.EXPIRING: Answer.VALID,
        Status.EXPIRED: Answer.EXPIRED,
        Status.SUSPENDED: Answer.SUSPENDED,
        Status.REVOKED: Answer.REVOKED,
        Status.SUPERSEDED: Answer.SUPERSEDED,
        Status.WITHDRAWN: Answer.WITHDRAWN,
    }
)

_STATUS_SENTENCES = MappingProxyType(
    {
        Status.SUSPENDED: "The academy has suspended it. It may not be relied on while that lasts.",
        Status.REVOKED: "The academy has revoked it for good.",
        Status.SUPERSEDED: "A newer certificate has taken its place.",
        Status.WITHDRAWN: "The holder has withdrawn it.",
    }
)

_FITS = Line("number", Outcome.PASSED, "ok", "The number is complete and its check symbol fits.")


def answer_of(found: Status) -> Answer:
    """Return the verdict for a status."""
    return _ANSWERS[found]


def mistyped(checked: NumberResult, now: datetime) -> Judgment:
    """Return the answer to text that cannot be a number; nothing was looked up."""
    number = Line("number", Outcome.FAILED, checked.reason or "symbol", checked.hint)
    return Judgment(Answer.MALFORMED, (number, *_skipped("record", "key", "status", "dates")), now)


def not_found(now: datetime) -> Judgment:
    """Return the answer to a well-formed number that was never issued."""
    record = Line("record", Outcome.FAILED, "not_found", "No certificate was issued under this number.")
    return Judgment(Answer.NOT_FOUND, (_FITS, record, *_skipped("key", "status", "dates")), now)


def judge(record: Record, now: datetime, *, key_is_published: bool | None) -> Judgment:
    """Return the answer about an issued certificate.

    `key_is_published`: the academy still stands by the key that signed the certificate's file; None when no file
    counts at present. When it does not, the record is as good as before, and the file is being signed anew.
    """
    found = status(record, now)
    lines = [
        _FITS,
        Line("record", Outcome.PASSED, "ok", "The academy issued a certificate under this number."),
        _key_line(key_is_published),
        _status_line(found),
        _dates_line(record, now),
    ]
    return Judgment(answer_of(found), tuple(lines), now)


def _key_line(is_published: bool | None) -> Line:
    if is_published is None:
        return Line("key", Outcome.SKIPPED, "no_file", "No signed file of it counts at present.")
    if is_published:
        return Line("key", Outcome.PASSED, "ok", "Its file is signed with a key that the academy publishes.")
    return Line("key", Outcome.UNKNOWN, "withdrawn_key", "Its file is being signed anew. Use this answer meanwhile.")


def _status_line(found: Status) -> Line:
    if found in _STATUS_SENTENCES:
        return Line("status", Outcome.FAILED, found.value, _STATUS_SENTENCES[found])
    return Line("status", Outcome.PASSED, "ok", "It is neither suspended, revoked, replaced nor withdrawn.")


def _dates_line(record: Record, now: datetime) -> Line:
    if now > record.valid_until:
        return Line("dates", Outcome.FAILED, "expired", "Its validity has ended.")
    return Line("dates", Outcome.PASSED, "ok", "Today is within its dates of validity.")


def _skipped(*names: str) -> tuple[Line, ...]:
    return tuple(Line(name, Outcome.SKIPPED, "skipped", "Not checked: an earlier check failed.") for name in names)
