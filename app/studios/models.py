"""Studios, the artists they follow, and the alerts when a followed certificate changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

FOLLOWED = text("ended_at IS NULL")


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
        Index(
            "ix_alert_unseen",
            "studio_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
        Index("uq_alert_once", "studio_id", "once_key", unique=True),
    )

    studio_id: Mapped[UUID] = mapped_column(ForeignKey("studio.id"))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    kind: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    once_key: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
