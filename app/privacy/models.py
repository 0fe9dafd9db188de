"""What people agreed to, the copies of their data that they asked for, and requests to be erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

STANDING = text("withdrawn_at IS NULL")
OPEN = text("withdrawn_at IS NULL AND done_at IS NULL")
KINDS = "kind IN ('terms', 'notice', 'teaching')"


class Consent(HasId, Base):
    """One yes to one thing in one version. Taking it back closes the row; a new yes is a new row: history is kept."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(KINDS, name="kind"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="order"),
        Index("ix_consent_user", "user_id", "given_at"),
        Index(
            "uq_consent_standing",
            "user_id",
            "kind",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DataCopy(HasId, Base):
    """A copy of everything about a person, made in the background; its file is removed at `expires_at`."""

    __tablename__ = "data_copy"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (file_key IS NOT NULL)", name="file"),
        Index("ix_data_copy_user", "user_id", "asked_at"),
        Index("ix_data_copy_expires", "expires_at"),
        Index(
            "uq_data_copy_waiting",
            "user_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(300), default="")
    file_key: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ErasureRequest(HasId, Base):
    """Somebody is to be erased at `due_at`, unless the request is withdrawn before. A person has one open at most."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR done_at IS NULL", name="ending"),
        Index("ix_erasure_request_user", "user_id", "asked_at"),
        Index("ix_erasure_request_due", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("uq_erasure_request_open", "user_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
