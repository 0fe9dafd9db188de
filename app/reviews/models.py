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


class DraftVersion(HasId, Base):
    """A draft of a review as it was once: `saved` in its turn, or put `beside` because a newer one was stored.

    `revision` is the one that the draft became, or for one beside the one that it was built on. Changes of one window
    within a minute are one version.
    """

    __tablename__ = "draft_version"
    __table_args__ = (
        CheckConstraint("kind IN ('saved', 'beside')", name="kind"),
        Index("ix_draft_version_review", "review_id", "saved_at"),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(6))
    revision: Mapped[int]
    tab: Mapped[str] = mapped_column(String(40), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)


class HeldDecision(Base):
    """A decision that can still be taken back; a job makes it take effect at `effective_at`."""

    __tablename__ = "held_decision"
    __table_args__ = (
        CheckConstraint("result IN ('approved', 'resubmit', 'failed')", name="result"),
        CheckConstraint("effective_at > decided_at", name="order"),
        Index("ix_held_decision_reviewer", "reviewer_id", "effective_at"),
        Index("ix_held_decision_due", "effective_at"),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    result: Mapped[str] = mapped_column(String(10))
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    effective_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReviewComment(HasId, Base):
    """A comment that is kept to be used again, of one criterion's step or of any; shared with all reviewers or not."""

    __tablename__ = "review_comment"
    __table_args__ = (
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text"),
        Index("ix_review_comment_owner", "owner_id"),
        Index(
            "ix_review_comment_shared",
            "shared",
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SavedView(HasId, Base):
    """Filters of the queue that an instructor gave a name."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("uq_saved_view_name", "user_id", "name", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Assignment(Base):
    """Who is meant to review a piece: named by a person, or by an even split that a person agreed to."""

    __tablename__ = "review_assignment"
    __table_args__ = (
        CheckConstraint("origin IN ('person', 'split')", name="origin"),
        Index("ix_review_assignment_reviewer", "reviewer_id"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    assigned_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    origin: Mapped[str] = mapped_column(String(6))
    assigned_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AudioNote(HasId, Base):
    """A spoken note to the student with its words in short, because not everybody can hear it."""

    __tablename__ = "audio_note"
    __table_args__ = (
        CheckConstraint("length(summary) > 0", name="summary"),
        CheckConstraint("size > 0 AND seconds BETWEEN 0 AND 600", name="extent"),
        Index("ix_audio_note_review", "review_id"),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    seconds: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ReviewerSetting(Base):
    """How a person likes to review: single keys on or off, and whether the next piece opens after a decision."""

    __tablename__ = "reviewer_setting"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    single_keys: Mapped[bool] = mapped_column(default=True)
    goes_on: Mapped[bool] = mapped_column(default=True)
