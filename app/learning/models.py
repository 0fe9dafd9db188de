"""Enrollment in courses and progress through lessons."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime


class Enrollment(HasId, Base):
    """A student takes a course, in the version that was live when they enrolled."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("uq_enrollment_user_course", "user_id", "course_key", unique=True),
        Index("ix_enrollment_started", "started_at", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    course_key: Mapped[str] = mapped_column(String(120))
    course_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LessonProgress(HasId, Base):
    """A lesson that a student opened and perhaps finished; `minutes` is what it counted for at that time."""

    __tablename__ = "lesson_progress"
    __table_args__ = (Index("uq_lesson_progress", "user_id", "lesson_key", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    lesson_key: Mapped[str] = mapped_column(String(120))
    course_key: Mapped[str] = mapped_column(String(120))
    lesson_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    minutes: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
