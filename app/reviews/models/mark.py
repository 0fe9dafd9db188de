"""A mark of a submission: one holder at a time, ratings by criterion, pins on the photo, one decision."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra import step_triggers  # noqa: F401 - a mark takes only the steps of the workflow wherever its table is made
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

HELD = text("state = 'open'")
HELD_IN_QUEUE = text("state = 'open' AND kind <> 'remark'")
HELD_REMARK = text("state = 'open' AND kind = 'remark'")
DECIDED = text("state = 'decided'")
GIVEN = text("decided_at IS NOT NULL")
CLOSED = text("state IN ('marked', 'decided', 'superseded') AND kind <> 'confirm'")
# One person reads a piece once: whoever holds or gave a mark cannot be its second or third marker as well.
ONE_READING = text("state IN ('open', 'marked', 'decided', 'superseded') AND kind NOT IN ('combined', 'appeal')")


class Review(HasId, Base):
    """One mark of one submission, by one instructor. Partial unique indexes make a claim exclusive.

    `kind` says why it is read (app/domain/review/status.py, Kind). `state`: open and released are drafts; `marked` is
    in, but does not carry the result (its partner is awaited, or it never does, as a re-mark); the one `decided` mark
    of a submission is its result and what the student sees; after a changed appeal it is `superseded`. Once in, a
    mark never changes (triggers). `blind`: the reviewer saw neither name nor history.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'released', 'marked', 'decided', 'superseded')", name="state"),
        CheckConstraint("kind IN ('first', 'second', 'third', 'confirm', 'combined', 'remark', 'appeal')", name="kind"),
        CheckConstraint(
            "((state IN ('marked', 'decided', 'superseded')) = (outcome IS NOT NULL))"
            " AND ((state IN ('marked', 'decided', 'superseded')) = (decided_at IS NOT NULL))",
            name="decided",
        ),
        # A re-mark and a confirmation never are the result.
        CheckConstraint("kind NOT IN ('remark', 'confirm') OR state NOT IN ('decided', 'superseded')", name="carries"),
        CheckConstraint("(state = 'open') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("outcome IN ('approved', 'resubmit', 'failed')", name="outcome"),
        Index(
            "uq_review_held", "submission_id", unique=True, sqlite_where=HELD_IN_QUEUE, postgresql_where=HELD_IN_QUEUE
        ),
        Index("uq_review_remark", "submission_id", unique=True, sqlite_where=HELD_REMARK, postgresql_where=HELD_REMARK),
        Index("uq_review_result", "submission_id", unique=True, sqlite_where=DECIDED, postgresql_where=DECIDED),
        Index("uq_review_kind", "submission_id", "kind", unique=True, sqlite_where=CLOSED, postgresql_where=CLOSED),
        Index(
            "uq_review_reader",
            "submission_id",
            "reviewer_id",
            unique=True,
            sqlite_where=ONE_READING,
            postgresql_where=ONE_READING,
        ),
        # Few are open at a time; without it the page of what one holds would read all that one ever decided.
        Index("ix_review_open", "reviewer_id", "claimed_at", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_review_submission", "submission_id"),
        Index("ix_review_reviewer", "reviewer_id", "decided_at"),
        # Agreement and turnaround look at the marks of a time, whoever gave them.
        Index("ix_review_given", "decided_at", sqlite_where=GIVEN, postgresql_where=GIVEN),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    kind: Mapped[str] = mapped_column(String(10), default="first", server_default="first")
    blind: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
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
    """A note at a point or an area of a photo, in fractions (0 to 1) of the upright photo, so no rendition moves it.

    x and y are the point, or the middle of a box or an oval that is `w` wide and `h` high. An area may reach over the
    edge of the photo; what lies outside is not drawn.
    """

    __tablename__ = "pin"
    __table_args__ = (
        CheckConstraint("x >= 0 AND x <= 1 AND y >= 0 AND y <= 1", name="inside"),
        CheckConstraint("shape IN ('point', 'box', 'oval')", name="shape"),
        CheckConstraint(
            "(shape = 'point' AND w = 0 AND h = 0) OR (shape <> 'point' AND w > 0 AND w <= 1 AND h > 0 AND h <= 1)",
            name="extent",
        ),
        Index("ix_pin_review", "review_id", "number"),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"))
    number: Mapped[int]
    x: Mapped[float] = mapped_column(Float)
    y: Mapped[float] = mapped_column(Float)
    shape: Mapped[str] = mapped_column(String(5), default="point", server_default="point")
    w: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    h: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    criterion: Mapped[str] = mapped_column(String(40), default="")
    defect: Mapped[str] = mapped_column(String(8), default="")
    note: Mapped[str] = mapped_column(Text, default="")
