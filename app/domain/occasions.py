"""Days and hours that a person has to know of, as each slice publishes them for the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class OccasionKind(StrEnum):
    """What happens then; the calendar words it."""

    QUIZ_OPENS = "quiz_opens"
    QUIZ_CLOSES = "quiz_closes"
    ATTEMPT_ENDS = "attempt_ends"
    ANSWER_PROMISED = "answer_promised"
    PROOF_EXPIRES = "proof_expires"
    RENEWAL_OPENS = "renewal_opens"
    CERTIFICATE_EXPIRES = "certificate_expires"
    GRACE_ENDS = "grace_ends"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One of them: an instant (UTC) or a whole day. `key` stays the same when the moment moves; `path` leads there.

    `name` is the thing as people know it (a title, a number). Nothing in an occasion tells a result.
    """

    key: str
    kind: OccasionKind
    at: datetime | date
    name: str
    path: str
