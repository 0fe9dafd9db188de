"""Reads of the inbox, of what people want to hear by mail, and of the digests that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.notices import DEFAULTS, DIGEST_HOUR, DigestSlot, Frequency, Topic
from app.notifications.models import FOR_DIGEST, Digest, Notice, NoticePreference, NoticeSettings


def inbox(
    session: Session,
    user_id: UUID,
    *,
    after: tuple[datetime, str] | None = None,
    size: int = 30,
    unread_only: bool = False,
) -> Sequence[Notice]:
    """The person's notices, newest first, one more than `size` when there are more."""
    query = (
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(size + 1)
    )
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    if after is not None:
        query = query.where(tuple_(Notice.created_at, Notice.id) < tuple_(after[0], UUID(after[1])))
    return list(session.scalars(query))


_unread = (
    select(Notice.__table__.c.id)
    .where(Notice.__table__.c.user_id == bindparam("user"), Notice.__table__.c.read_at.is_(None))
    .limit(100)
    .subquery()
)
_UNREAD_COUNT = select(func.count()).select_from(_unread)  # built once: every page of a person shows it


def unread_count(session: Session, user_id: UUID) -> int:
    """How many notices the person has not opened; counts at most 100 (the badge says 99+)."""
    return session.scalar(_UNREAD_COUNT, {"user": user_id}) or 0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants: how often mail comes by topic, at which hour of which clock the digest, and the rest."""

    frequencies: Mapping[Topic, Frequency]
    time_zone: str = "UTC"
    digest_hour: int = DIGEST_HOUR
    mail_stopped_at: datetime | None = None
    mail_stopped_why: str = ""


def wishes_of(session: Session, user_id: UUID) -> Wishes:
    """What a person wants, with what is usual where they chose nothing; two statements."""
    query = select(NoticePreference.topic, NoticePreference.frequency).where(NoticePreference.user_id == user_id)
    chosen = {Topic(topic): Frequency(frequency) for topic, frequency in session.execute(query)}
    frequencies = {**DEFAULTS, **chosen}
    found = session.get(NoticeSettings, user_id)
    if found is None:
        return Wishes(frequencies)
    return Wishes(frequencies, found.time_zone, found.digest_hour, found.mail_stopped_at, found.mail_stopped_why)


def frequency_of(session: Session, user_id: UUID, topic: Topic) -> Frequency:
    """How often a person wants mail about a topic; never, while their address does not take any."""
    settings = session.get(NoticeSettings, user_id)
    if settings is not None and settings.mail_stopped_at is not None:
        return Frequency.NEVER
    chosen = session.get(NoticePreference, (user_id, topic.value))
    return Frequency(chosen.frequency) if chosen is not None else DEFAULTS[topic]


def calendar_serial(session: Session, user_id: UUID) -> int:
    """The number in the person's calendar address, 0 when they have none or their account is closed."""
    query = (
        select(NoticeSettings.calendar_serial)
        .join(User, User.id == NoticeSettings.user_id)
        .where(NoticeSettings.user_id == user_id, NoticeSettings.calendar_is_open, User.disabled_at.is_(None))
    )
    return session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person for whom news wait, and the clock that their digest follows."""

    user_id: UUID
    time_zone: str
    digest_hour: int


def waiting_for_digest(session: Session, *, after: UUID | None = None, size: int = 500) -> list[Waiting]:
    """The people for whom news wait for a digest, in portions by id; one statement over a partial index."""
    people = select(Notice.user_id).where(FOR_DIGEST).distinct().order_by(Notice.user_id).limit(size)
    if after is not None:
        people = people.where(Notice.user_id > after)
    found = people.subquery()
    query = (
        select(found.c.user_id, NoticeSettings.time_zone, NoticeSettings.digest_hour)
        .outerjoin(NoticeSettings, NoticeSettings.user_id == found.c.user_id)
        .order_by(found.c.user_id)
    )
    rows = session.execute(query)
    return [Waiting(row[0], row[1] or "UTC", DIGEST_HOUR if row[2] is None else row[2]) for row in rows]


def news_until(user_id: UUID, slot: DigestSlot) -> list[ColumnElement[bool] | TextClause]:
    """The condition for the notices that go into a digest: in no other yet, unread, wanted so, and of before it."""
    daily, weekly = Frequency.DAILY.value, Frequency.WEEKLY.value
    return [
        Notice.user_id == user_id,
        FOR_DIGEST,
        or_(
            and_(Notice.mail == daily, Notice.created_at <= slot.daily_until),
            and_(Notice.mail == weekly, Notice.created_at <= slot.weekly_until),
        ),
    ]


def has_news(session: Session, user_id: UUID, slot: DigestSlot) -> bool:
    """True when the slot has news for a person and its day has had no digest."""
    had = exists().where(Digest.user_id == user_id, Digest.day == slot.day)
    query = select(Notice.id).where(*news_until(user_id, slot), ~had).limit(1)
    return session.scalar(query) is not None


def digest(session: Session, digest_id: UUID) -> tuple[Digest, list[Notice]] | None:
    """A digest with its news, oldest first."""
    found = session.get(Digest, digest_id)
    if found is None:
        return None
    query = select(Notice).where(Notice.digest_id == digest_id).order_by(Notice.created_at, Notice.id)
    return found, list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a mail goes to."""

    user_id: UUID
    name: str
    email: str
    language: str = ""


def language_of_address(session: Session, email: str) -> str:
    """The language that the owner of an e-mail address chose; empty for nobody's, and where none was chosen."""
    return session.scalar(select(User.language).where(User.email == email.strip().lower())) or ""


def addressee(session: Session, user_id: UUID) -> Addressee | None:
    """The person behind an open account whose address takes mail; None otherwise."""
    query = (
        select(User.id, User.name, User.email, User.language)
        .outerjoin(NoticeSettings, NoticeSettings.user_id == User.id)
        .where(User.id == user_id, User.disabled_at.is_(None), NoticeSettings.mail_stopped_at.is_(None))
    )
    row = session.execute(query).first()
    return Addressee(*row) if row else None
