"""What was worked out about quizzes and items. Derived: every row can be thrown away and worked out again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.infra.audit import BigId
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime


class QuizStatistics(HasId, Base):
    """The figures of one version of a quiz by one choice of attempts.

    `newest_grade` and `recipe` say what they were made from: when both still hold there is nothing to do again.
    Mean and CIC in percent; `report` has the rest.
    """

    __tablename__ = "quiz_statistics"
    __table_args__ = (
        CheckConstraint("chosen IN ('first', 'last', 'best', 'all')", name="chosen"),
        Index("uq_quiz_statistics_version", "quiz_version_id", "chosen", unique=True),
        Index("ix_quiz_statistics_quiz", "quiz_key", "chosen"),
    )

    quiz_key: Mapped[str] = mapped_column(String(120))
    quiz_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    chosen: Mapped[str] = mapped_column(String(8))
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    newest_grade: Mapped[int] = mapped_column(BigId)
    recipe: Mapped[int]
    attempts: Mapped[int]
    passed: Mapped[int]
    mean: Mapped[float | None]
    cic: Mapped[float | None]
    bad: Mapped[int]
    warned: Mapped[int]
    report: Mapped[dict[str, Any]] = deferred(mapped_column(JSON, nullable=False), raiseload=True)


class ItemStatistics(HasId, Base):
    """The figures of one version of an item within the figures of a quiz; `finding` is the most urgent verdict."""

    __tablename__ = "item_statistics"
    __table_args__ = (
        Index("uq_item_statistics_version", "quiz_statistics_id", "item_version_id", unique=True),
        Index("ix_item_statistics_item", "item_key"),
    )

    quiz_statistics_id: Mapped[UUID] = mapped_column(ForeignKey("quiz_statistics.id"))
    item_key: Mapped[str] = mapped_column(String(120))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    attempts: Mapped[int]
    finding: Mapped[str] = mapped_column(String(20))
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
