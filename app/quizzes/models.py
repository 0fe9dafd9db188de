"""Attempts at quizzes. The row exists from the start; answers are saved on it; grades are only ever added."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.audit import BigId
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

OPEN = text("state = 'open'")


class Attempt(HasId, Base):
    """One try of one student at one version of a quiz. `number` counts per student and quiz.

    The unique number carries the attempt limit and the partial unique index the rule "one open attempt".
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'submitted')", name="state"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted"),
        CheckConstraint("number >= 1", name="number"),
        Index("uq_attempt_number", "user_id", "quiz_key", "number", unique=True),
        Index("uq_attempt_open", "user_id", "quiz_key", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_attempt_deadline", "deadline_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    quiz_key: Mapped[str] = mapped_column(String(120))
    quiz_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="open")
    seed: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_time: Mapped[bool] = mapped_column(default=False)


class AttemptItem(HasId, Base):
    """One drawn item at its place, with the saved response. `revision` counts saves, so that a late one loses."""

    __tablename__ = "attempt_item"
    __table_args__ = (Index("uq_attempt_item_position", "attempt_id", "position", unique=True),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    item_key: Mapped[str] = mapped_column(String(120))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=0)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Grade(Base):
    """What an attempt is worth. A correction adds a row with its reason; the newest row counts.

    `percent` is rounded for display; `report` holds the exact fractions, section scores and per-item grades.
    """

    __tablename__ = "grade"
    __table_args__ = (
        CheckConstraint("percent >= 0 AND percent <= 100", name="percent"),
        Index("ix_grade_user_quiz", "user_id", "quiz_key", "id"),
        Index("uq_grade_sequence", "attempt_id", "sequence", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    quiz_key: Mapped[str] = mapped_column(String(120))
    sequence: Mapped[int] = mapped_column(default=1)
    is_current: Mapped[bool] = mapped_column(default=True)
    percent: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    passed: Mapped[bool]
    safety_missed: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300), default="")
    graded_at: Mapped[datetime] = mapped_column(UTCDateTime)
