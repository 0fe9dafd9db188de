"""What a person is told: the kinds of notices by topic, how often mail about them comes, and when a digest is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from app.domain.access.actor import Role

DIGEST_HOUR = 7
WEEKLY_ON = 0
"""Weekly news come on a Monday (0, as `date.weekday` counts)."""


class Frequency(StrEnum):
    """When mail about a topic is sent. Whatever is chosen, the inbox has every notice."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


BATCHED = frozenset({Frequency.DAILY, Frequency.WEEKLY})


class Topic(StrEnum):
    """What a person chooses by. Mail for signing in (a new password, an invitation) is no topic: it always comes."""

    FEEDBACK = "feedback"
    MESSAGES = "messages"
    PIECES = "pieces"
    QUIZZES = "quizzes"
    CERTIFICATES = "certificates"
    TEACHING = "teaching"
    WATCHED = "watched"
    OTHER = "other"


# Feedback, certificates and changes of a followed one are what people wait for; other news is worth one mail a day.
DEFAULTS: Mapping[Topic, Frequency] = dict.fromkeys(Topic, Frequency.DAILY) | {
    Topic.FEEDBACK: Frequency.NOW,
    Topic.CERTIFICATES: Frequency.NOW,
    Topic.TEACHING: Frequency.NOW,  # a promise that ends in six hours cannot wait for tomorrow's mail
    Topic.WATCHED: Frequency.NOW,
}
KINDS: Mapping[str, Topic] = {
    "review_decided": Topic.FEEDBACK,
    "review_message": Topic.MESSAGES,
    "review_question": Topic.MESSAGES,
    "piece_received": Topic.PIECES,
    "photo_rejected": Topic.PIECES,
    "healed_open": Topic.PIECES,
    "healed_closing": Topic.PIECES,
    "session_signed": Topic.PIECES,
    "sending_blocked": Topic.FEEDBACK,
    "sending_unblocked": Topic.FEEDBACK,
    "block_waits": Topic.TEACHING,
    "remark_differs": Topic.TEACHING,
    "attempt_closed": Topic.QUIZZES,
    "attempt_closed_by": Topic.QUIZZES,
    "attempt_marked": Topic.QUIZZES,
    "grade_corrected": Topic.QUIZZES,
    "credential_issued": Topic.CERTIFICATES,
    "credential_changed": Topic.CERTIFICATES,
    "proof_checked": Topic.CERTIFICATES,
    "lists_late": Topic.CERTIFICATES,
    "proof_ends": Topic.CERTIFICATES,
    "renewal_due": Topic.CERTIFICATES,
    "application_answered": Topic.CERTIFICATES,
    "application_waits": Topic.TEACHING,
    "revocation_waits": Topic.CERTIFICATES,  # it ends after 72 hours
    "promise_near": Topic.TEACHING,
    "watched_changed": Topic.WATCHED,
    "webhook_off": Topic.WATCHED,
    "studio_asks": Topic.CERTIFICATES,
}


TOPICS_BY_ROLE: Mapping[Role, tuple[Topic, ...]] = {
    Role.STUDENT: (Topic.FEEDBACK, Topic.MESSAGES, Topic.PIECES, Topic.QUIZZES, Topic.CERTIFICATES),
    Role.INSTRUCTOR: (Topic.TEACHING, Topic.MESSAGES),
    Role.STUDIO: (Topic.WATCHED,),
    Role.ADMIN: (Topic.TEACHING, Topic.CERTIFICATES),
}


def topics_for(roles: Collection[Role]) -> tuple[Topic, ...]:
    """The topics that a person with these roles can hear of, other news last."""
    found = [topic for role in Role if role in roles for topic in TOPICS_BY_ROLE[role]]
    return (*dict.fromkeys(found), Topic.OTHER)


def topic_of(kind: str) -> Topic:
    """The topic of a kind of notice; a kind that is not listed is other news."""
    return KINDS.get(kind, Topic.OTHER)


def kinds_of(topic: Topic) -> frozenset[str]:
    """The listed kinds of a topic."""
    return frozenset(kind for kind, its in KINDS.items() if its is topic)


@dataclass(frozen=True, slots=True)
class DigestSlot:
    """The digest that is due now: its day on the person's calendar, and up to when news go into it (UTC).

    Weekly news go in up to the last Monday's slot only, so that they come once a week.
    """

    day: date
    daily_until: datetime
    weekly_until: datetime


def digest_slot(now: datetime, zone: tzinfo, hour: int) -> DigestSlot:
    """The latest moment, not after `now`, at which the person's clock said `hour`.

    An hour that the clock skips (when summer time begins) counts as the moment when the clock went on.
    """
    day = now.astimezone(zone).date()
    if _instant(day, zone, hour) > now:
        day -= timedelta(days=1)
    monday = day - timedelta(days=(day.weekday() - WEEKLY_ON) % 7)
    return DigestSlot(day, _instant(day, zone, hour), _instant(monday, zone, hour))


def _instant(day: date, zone: tzinfo, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
