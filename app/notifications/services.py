"""Tell people what happened, as often as they want to hear it. Safe to repeat: `once_key` names the happening."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.notices import BATCHED, Frequency, Topic, digest_slot, kinds_of, topic_of
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_TRIES
from app.notifications import queries
from app.notifications.models import Digest, MailDelivery, Notice, NoticePreference, NoticeSettings

NOTICE_JOB, DIGEST_JOB = "notifications.mail_notice", "notifications.mail_digest"
CLAIM = timedelta(minutes=2)
"""Far longer than a mail server is waited for; a mail whose worker died is taken up again after it."""
ZONES = frozenset(available_timezones())
UNSUBSCRIBE = "unsubscribe"
"""The purpose for which the links that stop mail are signed."""
CALENDAR = "calendar"
"""The purpose for which the private address of a calendar is signed."""
EVERY_DIGEST = "digest"
"""In place of a topic: everything that comes in digests."""


def notify(session: Session, user_id: UUID, kind: str, *, once_key: str, url: str, now: datetime, **facts: Any) -> bool:
    """Put a notice into the inbox and, as the person wants it, a mail on its way; one call is one happening.

    `kind` is worded by notifications/_words.html and, for mail, by the folder of its name under templates/email (or
    by the one called "notice"). Returns False when this happening was told before.
    """
    known = select(Notice.id).where(Notice.user_id == user_id, Notice.once_key == once_key)
    if session.scalar(known) is not None:
        return False
    mail = queries.frequency_of(session, user_id, topic_of(kind))
    notice = Notice(
        user_id=user_id, kind=kind, facts=facts, url=url, once_key=once_key, created_at=now, mail=mail.value
    )
    session.add(notice)
    if mail is Frequency.NOW:
        session.flush()  # the job names its id
        enqueue(session, NOTICE_JOB, {"notice_id": notice.id.hex}, now=now, max_tries=MAIL_TRIES)
    return True


# ---------------------------------------------------------------- the inbox


def mark_all_read(session: Session, user_id: UUID, *, now: datetime) -> None:
    """Everything in the inbox counts as read."""
    session.execute(update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now))


def open_notice(session: Session, user_id: UUID, notice_id: UUID, *, now: datetime) -> str | None:
    """Mark one notice as read and return where it leads; None when it is not the person's."""
    found = session.get(Notice, notice_id)
    if found is None or found.user_id != user_id:
        return None
    found.read_at = found.read_at or now
    return found.url


# ---------------------------------------------------------------- what people want


def choose_mail(
    session: Session,
    user_id: UUID,
    frequencies: Mapping[Topic, Frequency],
    *,
    time_zone: str,
    digest_hour: int,
) -> None:
    """Keep what a person chose; news that wait for a digest follow the choice. Raises Invalid for an unknown clock."""
    if time_zone not in ZONES:
        text = "Choose a time zone from the list."
        raise Invalid(text, [FieldProblem("time_zone", "time_zone", text)])
    settings = _settings(session, user_id)
    settings.time_zone, settings.digest_hour = time_zone, digest_hour
    for topic, frequency in frequencies.items():
        _choose(session, user_id, topic, frequency)


def unsubscribe(session: Session, user_id: UUID, what: str) -> None:
    """Send no more mail about a topic, or no more digests. Doing it again changes nothing.

    Raises Invalid for anything that is neither.
    """
    topics = topics_behind(session, user_id, what)
    if not accounts.names_of(session, [user_id]):
        return  # the person is gone, and so is the mail
    _settings(session, user_id)  # locked: two clicks at once must not both add a row
    for topic in topics:
        _choose(session, user_id, topic, Frequency.NEVER)


def topics_behind(session: Session, user_id: UUID, what: str) -> list[Topic]:
    """The topics that an unsubscribe link ends. Raises Invalid for an unknown one."""
    if what == EVERY_DIGEST:
        return [topic for topic, how in queries.wishes_of(session, user_id).frequencies.items() if how in BATCHED]
    try:
        return [Topic(what)]
    except ValueError as error:
        raise Invalid("This link names mail that does not exist.") from error


def _choose(session: Session, user_id: UUID, topic: Topic, frequency: Frequency) -> None:
    chosen = session.get(NoticePreference, (user_id, topic.value)) or NoticePreference(
        user_id=user_id, topic=topic.value
    )
    chosen.frequency = frequency.value
    session.add(chosen)
    if frequency is Frequency.NOW:
        return  # what waits already goes with the next digest
    waiting = [Notice.user_id == user_id, Notice.mail.in_(BATCHED), Notice.digest_id.is_(None)]
    if topic is not Topic.OTHER:
        waiting.append(Notice.kind.in_(kinds_of(topic)))
    else:
        waiting.append(Notice.kind.not_in([kind for other in Topic for kind in kinds_of(other)]))
    session.execute(update(Notice).where(*waiting).values(mail=frequency.value))


def _settings(session: Session, user_id: UUID) -> NoticeSettings:
    """The person's settings, locked; made when there are none yet."""
    query = select(NoticeSettings).where(NoticeSettings.user_id == user_id).with_for_update()
    found = session.scalar(query)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            found = NoticeSettings(user_id=user_id)
            session.add(found)
    except IntegrityError:  # somebody was faster
        found = session.scalars(query).one()
    return found


def renew_calendar(session: Session, user_id: UUID) -> None:
    """Give the person's calendar a new private address; the old one ends."""
    settings = _settings(session, user_id)
    settings.calendar_serial, settings.calendar_is_open = settings.calendar_serial + 1, True


def close_calendar(session: Session, user_id: UUID) -> None:
    """End the private address of the person's calendar."""
    _settings(session, user_id).calendar_is_open = False


def stop_mail(session: Session, user_id: UUID, why: str, *, now: datetime) -> None:
    """Send no more notices by mail: the address takes none. The inbox goes on."""
    settings = _settings(session, user_id)
    settings.mail_stopped_at, settings.mail_stopped_why = now, why[:300]


def resume_mail(session: Session, user_id: UUID) -> None:
    """Try the person's address again."""
    settings = _settings(session, user_id)
    settings.mail_stopped_at, settings.mail_stopped_why = None, ""


# ---------------------------------------------------------------- digests


def make_digest(session: Session, waiting: queries.Waiting, *, now: datetime) -> bool:
    """Put the news that wait for a person into the digest of their day and ask for its mail.

    False when nothing is due yet or the day has had its digest: a row for each person and day cannot be there twice,
    so runs that meet make one digest.
    """
    slot = digest_slot(now, ZoneInfo(waiting.time_zone), waiting.digest_hour)
    if not queries.has_news(session, waiting.user_id, slot):
        return False
    digest = Digest(user_id=waiting.user_id, day=slot.day, created_at=now)
    try:
        with session.begin_nested():
            session.add(digest)
    except IntegrityError:
        return False
    due = queries.news_until(waiting.user_id, slot)
    session.execute(update(Notice).where(*due).values(digest_id=digest.id))
    enqueue(session, DIGEST_JOB, {"digest_id": digest.id.hex}, now=now, max_tries=MAIL_TRIES)
    return True


# ---------------------------------------------------------------- mails on their way


def claim_delivery(session: Session, key: str, *, now: datetime) -> bool:
    """Take a mail for sending; False when it was sent or refused already.

    Raises Conflict while another worker has it in hand: the job comes again, and finds out how that ended.
    """
    try:
        with session.begin_nested():
            session.add(MailDelivery(key=key, state="sending", claimed_until=now + CLAIM))
        return True
    except IntegrityError:
        found = session.scalars(select(MailDelivery).where(MailDelivery.key == key).with_for_update()).one()
    if found.state in ("sent", "refused"):
        return False
    if found.claimed_until is not None and found.claimed_until > now:
        raise Conflict("This mail is being sent by another worker.", code="in_hand")
    found.state, found.claimed_until, found.tries = "sending", now + CLAIM, found.tries + 1
    return True


def end_delivery(session: Session, key: str, state: str, *, now: datetime, error: str = "") -> None:
    """Write down how a mail went: sent, refused for good, or waiting for another try."""
    sent_at = now if state == "sent" else None
    values = {"state": state, "claimed_until": None, "sent_at": sent_at, "error": error[:300]}
    session.execute(update(MailDelivery).where(MailDelivery.key == key).values(**values))


def note_mailed(session: Session, notice_ids: Collection[UUID], *, now: datetime) -> None:
    """The mail about these notices has left."""
    session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(mailed_at=now))
