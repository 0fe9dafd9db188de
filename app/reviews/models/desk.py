"""What reviewers work with: kept drafts, held decisions, comments, views, assignments, spoken notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime


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
