"""Studios: what they follow, what they are told, the lists they check, and what artists let them see.

What an artist shows to everybody (portfolio, directory) stands at the end: it is theirs and no studio's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.audit import BigId
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

FOLLOWED = text("ended_at IS NULL")
UNSEEN = text("seen_at IS NULL")
LISTED = text("is_listed AND is_open")
WAITING = text("state = 'waiting'")


class Studio(HasId, Base):
    """An employer. People belong to it through role grants that name it."""

    __tablename__ = "studio"

    name: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_demo: Mapped[bool] = mapped_column(default=False)


class Watch(HasId, Base):
    """A studio follows one certificate."""

    __tablename__ = "watch"
    __table_args__ = (
        Index(
            "uq_watch_followed",
            "studio_id",
            "credential_id",
            unique=True,
            sqlite_where=FOLLOWED,
            postgresql_where=FOLLOWED,
        ),
        Index("ix_watch_credential", "credential_id", sqlite_where=FOLLOWED, postgresql_where=FOLLOWED),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    note: Mapped[str] = mapped_column(String(200), default="")
    added_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Alert(HasId, Base):
    """What happened to a followed certificate; `once_key` keeps a repeated job from telling it twice."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_studio", "studio_id", "created_at", "id"),
        Index("ix_alert_unseen", "studio_id", sqlite_where=UNSEEN, postgresql_where=UNSEEN),
        Index("uq_alert_once", "studio_id", "once_key", unique=True),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    kind: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    once_key: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TeamLine(Base):
    """Who of a studio checked or changed what, and when. Rows are only added (`app.infra.triggers`)."""

    __tablename__ = "team_line"
    __table_args__ = (Index("ix_team_line_studio", "studio_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    deed: Mapped[str] = mapped_column(String(30))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RosterCheck(HasId, Base):
    """A list of people that a studio sent to be checked. `counts` has the number of rows by outcome."""

    __tablename__ = "roster_check"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finished"),
        Index("ix_roster_check_studio", "studio_id", "asked_at", "id"),
        Index("ix_roster_check_asked", "asked_at"),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    asked_by: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(300), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    followed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    followed: Mapped[int] = mapped_column(default=0)


class RosterRow(Base):
    """One row of a list and what the check said; `outcome` is empty until it was checked."""

    __tablename__ = "roster_row"
    __table_args__ = (Index("ix_roster_row_rank", "check_id", "urgency", "position"),)

    check_id: Mapped[UUID] = mapped_column(ForeignKey("roster_check.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    typed: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(16), default="")
    urgency: Mapped[int] = mapped_column(default=99)
    number: Mapped[str] = mapped_column(String(20), default="")
    holder_name: Mapped[str] = mapped_column(String(120), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    meant_number: Mapped[str] = mapped_column(String(20), default="")
    meant_name: Mapped[str] = mapped_column(String(120), default="")
    hint: Mapped[str] = mapped_column(String(200), default="")


class Webhook(HasId, Base):
    """An address of a studio's own program. Its secret is derived and nowhere stored; `serial` counts its changes.

    `failures` counts tries in a row that failed. `disabled_why` is empty when a person switched it off.
    """

    __tablename__ = "webhook"
    __table_args__ = (Index("ix_webhook_studio", "studio_id", "created_at"),)

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    url: Mapped[str] = mapped_column(String(500))
    serial: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_why: Mapped[str] = mapped_column(String(300), default="")
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WebhookDelivery(HasId, Base):
    """One message and how its sending went; its id is the id that the receiver sees, also when it is sent again."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        Index("ix_webhook_delivery_webhook", "webhook_id", "created_at", "id"),
        Index("uq_webhook_delivery_once", "webhook_id", "once_key", unique=True),
    )

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    kind: Mapped[str] = mapped_column(String(40))
    once_key: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    said: Mapped[str] = mapped_column(String(300), default="")
    milliseconds: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ArtistLink(HasId, Base):
    """A studio asked the artist of a certificate to share their papers.

    `shares` is what the artist lets it see now, nothing at first.
    """

    __tablename__ = "artist_link"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'shared', 'declined')", name="state"),
        Index("uq_artist_link", "studio_id", "user_id", unique=True),
        Index("ix_artist_link_user", "user_id", "asked_at"),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    shares: Mapped[list[str]] = mapped_column(JSON, default=list)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ConsentLine(Base):
    """An artist began or ceased to share one kind of data with one studio. Rows are only added."""

    __tablename__ = "consent_line"
    __table_args__ = (Index("ix_consent_line_user", "user_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    kind: Mapped[str] = mapped_column(String(20))
    is_shared: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class InspectionPack(HasId, Base):
    """The papers of a team in one zip file, made in the background and kept for a week."""

    __tablename__ = "inspection_pack"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (file_key IS NOT NULL)", name="file"),
        Index("ix_inspection_pack_studio", "studio_id", "asked_at"),
        Index("ix_inspection_pack_asked", "asked_at"),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    asked_by: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(300), default="")
    file_key: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Portfolio(Base):
    """What an artist shows to everybody: closed, unlisted and hidden from search engines until they say otherwise."""

    __tablename__ = "portfolio"
    __table_args__ = (
        Index("ix_portfolio_listed", "listed_at", "user_id", sqlite_where=LISTED, postgresql_where=LISTED),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    is_open: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=False)
    is_indexed: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(80), default="")
    place_key: Mapped[str] = mapped_column(String(80), default="")
    listed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PortfolioPiece(HasId, Base):
    """An approved piece in a portfolio, with its picture that bears name and number; `file_key` once it is made."""

    __tablename__ = "portfolio_piece"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (file_key IS NOT NULL)", name="file"),
        Index("uq_portfolio_piece", "user_id", "submission_id", unique=True),
        Index("ix_portfolio_piece_waiting", "added_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("portfolio.user_id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    file_key: Mapped[str | None] = mapped_column(String(120))
    mark: Mapped[str] = mapped_column(String(160), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
