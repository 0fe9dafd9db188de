"""External proofs with their own clocks, and the decisions that a student meets a requirement set."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

WAITING = text("state = 'sent'")


class ExternalProof(HasId, Base):
    """A certificate from elsewhere (for example bloodborne pathogens) that a student handed in and staff check."""

    __tablename__ = "external_proof"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'accepted', 'refused')", name="state"),
        CheckConstraint("(state = 'sent') = (checked_at IS NULL)", name="checked"),
        Index("ix_external_proof_user", "user_id", "sent_at"),
        Index("ix_external_proof_waiting", "sent_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(30))
    issuer: Mapped[str] = mapped_column(String(160))
    number: Mapped[str] = mapped_column(String(80), default="")
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    document_key: Mapped[str] = mapped_column(String(120), default="")
    document_kind: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(10), default="sent")
    note: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_by: Mapped[UUID | None]


class Decision(HasId, Base):
    """A student met every requirement of one version of a certification; evidence frozen, never rewritten.

    The unique sequence makes deciding twice harmless: the second run finds the first one's row. The last four
    columns mirror the credential that it led to (kept by the credentials slice, in the same transaction),
    because higher tiers ask whether the lower one is in force.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("uq_decision_sequence", "user_id", "certification_key", "sequence", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    certification_key: Mapped[str] = mapped_column(String(60))
    sequence: Mapped[int] = mapped_column(default=1)
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    number: Mapped[str] = mapped_column(String(20), default="")
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    in_force: Mapped[bool] = mapped_column(default=False)
