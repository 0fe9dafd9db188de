"""Training: items that come back to one learner over days. Private to the learner, and nothing of it is a grade."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.assessment.spacing import MOST_PER_DAY, NEW_PER_DAY
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime


class TrainingItem(HasId, Base):
    """One item in the training of one learner: when it is due, how well it is remembered, and the last answer.

    `revision` counts what the learner did with it (answered, said how it was remembered), so that a form that is sent
    twice acts once; `answers` counts answers and so decides in which order the options stand. `memory` is empty until
    the first answer is settled. An answer that was right waits for `recall`; a wrong one is "again" at once.
    """

    __tablename__ = "training_item"
    __table_args__ = (
        CheckConstraint("source IN ('missed', 'lesson')", name="source"),
        CheckConstraint("recall IN ('again', 'hard', 'good', 'easy')", name="recall"),
        CheckConstraint("(answered_at IS NULL) = (first_on IS NULL)", name="answered"),
        CheckConstraint("recall IS NULL OR memory IS NOT NULL", name="settled"),
        Index("uq_training_item", "user_id", "item_key", unique=True),
        Index("ix_training_item_due", "user_id", "due_on"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    item_key: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_on: Mapped[date]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    memory: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int] = mapped_column(default=0)
    answers: Mapped[int] = mapped_column(default=0)
    item_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("definition.id"))
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    recall: Mapped[str | None] = mapped_column(String(8))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TrainingPlan(Base):
    """How many new items a learner wants in a day; without a row it is the usual number."""

    __tablename__ = "training_plan"
    __table_args__ = (CheckConstraint(f"new_per_day BETWEEN 0 AND {MOST_PER_DAY}", name="new_per_day"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    new_per_day: Mapped[int] = mapped_column(default=NEW_PER_DAY)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
