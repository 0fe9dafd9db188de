"""Reviews of submissions: one holder at a time, ratings by criterion, pins on the photo, one decision."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

HELD = text("state = 'open'")


class Review(HasId, Base):
    """One instructor's reading of one submission. The partial unique index makes a claim exclusive."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'released', 'decided')", name="state"),
        CheckConstraint(
            "((state = 'decided') = (outcome IS NOT NULL)) AND ((state = 'decided') = (decided_at IS NOT NULL))",
            name="decided",
        ),
        CheckConstraint("(state = 'open') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("outcome IN ('approved', 'resubmit', 'failed')", name="outcome"),
        Index("uq_review_held", "submission_id", unique=True, sqlite_where=HELD, postgresql_where=HELD),
        # Few are open at a time; without it the page of what one holds would read all that one ever decided.
        Index("ix_review_open", "reviewer_id", "claimed_at", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_review_submission", "submission_id"),
        Index("ix_review_reviewer", "reviewer_id", "decided_at"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    revision: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    critical: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    outcome: Mapped[str | None] = mapped_column(String(10))
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CriterionRating(Base):
    """The level (1 to 4) that a review gave to one criterion, with the reason where one is required."""

    __tablename__ = "criterion_rating"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level"),)

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(40), primary_key=True)
    level: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")


class Pin(HasId, Base):
    """A note at a point of a photo; x and y are fractions (0 to 1) of the upright photo, so no rendition moves it."""

    __tablename__ = "pin"
    __table_args__ = (
        CheckConstraint("x >= 0 AND x <= 1 AND y >= 0 AND y <= 1", name="inside"),
        Index("ix_pin_review", "review_id", "number"),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"))
    number: Mapped[int]
    x: Mapped[float] = mapped_column(Float)
    y: Mapped[float] = mapped_column(Float)
    criterion: Mapped[str] = mapped_column(String(40), default="")
    defect: Mapped[str] = mapped_column(String(8), default="")
    note: Mapped[str] = mapped_column(Text, default="")
