"""What reaches a person: notices inside the product, the mails about them, and what the person wants of both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.notices import DIGEST_HOUR
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

UNREAD = text("read_at IS NULL")
NOT_SENT = text("state <> 'sent'")
FOR_DIGEST = text("mail IN ('daily', 'weekly') AND digest_id IS NULL AND read_at IS NULL")
FREQUENCIES = "('now', 'daily', 'weekly', 'never')"


class Notice(HasId, Base):
    """One line in the inbox: a kind with its facts (the page words it) and where it leads.

    `mail` is how the person wanted to hear of it by mail when it was written; `mailed_at` when the mail left.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(f"mail IN {FREQUENCIES}", name="mail"),
        Index("ix_notice_user", "user_id", "created_at", "id"),
        Index("ix_notice_unread", "user_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("uq_notice_once", "user_id", "once_key", unique=True),
        Index("ix_notice_for_digest", "user_id", "created_at", sqlite_where=FOR_DIGEST, postgresql_where=FOR_DIGEST),
        Index("ix_notice_digest", "digest_id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    url: Mapped[str] = mapped_column(String(300), default="")
    once_key: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mail: Mapped[str] = mapped_column(String(8), default="never", server_default="never")
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice_digest.id"))


class Digest(HasId, Base):
    """One mail with all the news of a person for one day of their calendar; there is never a second one."""

    __tablename__ = "notice_digest"
    __table_args__ = (Index("uq_notice_digest_day", "user_id", "day", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    day: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class NoticeSettings(Base):
    """What a person set about mails as a whole: the clock of the digest, the calendar address, whether mail arrives.

    `calendar_serial` is part of the private address of the calendar, so a new number makes a new address.
    `mail_stopped_at`: the person's mail server refused the address.
    """

    __tablename__ = "notice_settings"
    __table_args__ = (
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
        CheckConstraint("calendar_serial >= 0", name="calendar_serial"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    digest_hour: Mapped[int] = mapped_column(default=DIGEST_HOUR)
    calendar_serial: Mapped[int] = mapped_column(default=0)
    calendar_is_open: Mapped[bool] = mapped_column(default=False)
    mail_stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mail_stopped_why: Mapped[str] = mapped_column(String(300), default="")


class NoticePreference(Base):
    """How often a person wants mail about one topic, where they chose other than what is usual."""

    __tablename__ = "notice_preference"
    __table_args__ = (CheckConstraint(f"frequency IN {FREQUENCIES}", name="frequency"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(8))


class MailDelivery(Base):
    """One mail on its way: claimed before it is handed to the server, so that two workers never send it twice."""

    __tablename__ = "mail_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'refused')", name="state"),
        CheckConstraint("(state = 'sending') = (claimed_until IS NOT NULL)", name="claimed"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        Index("ix_mail_delivery_not_sent", "state", "key", sqlite_where=NOT_SENT, postgresql_where=NOT_SENT),
    )

    key: Mapped[str] = mapped_column(String(220), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default="sending")
    tries: Mapped[int] = mapped_column(default=1)
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
