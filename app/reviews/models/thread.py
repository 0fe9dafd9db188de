"""What follows a released review: messages between the student and the staff, and the points that a redo ticks off."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

LONGEST_MESSAGE = 2000


class ReviewMessage(HasId, Base):
    """One message below the feedback on a try, by its student or (`by_staff`) by somebody who reviewed the piece."""

    __tablename__ = "review_message"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {LONGEST_MESSAGE}", name="text"),
        Index("ix_review_message_thread", "submission_id", "sent_at", "id"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    by_staff: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PointTick(Base):
    """A point of the last review that the student says is dealt with. It can be changed until the try is sent."""

    __tablename__ = "point_tick"

    pin_id: Mapped[UUID] = mapped_column(ForeignKey("pin.id"), primary_key=True)
    ticked_at: Mapped[datetime] = mapped_column(UTCDateTime)
