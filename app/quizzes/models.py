"""Attempts at quizzes. The row exists from the start; answers are saved on it; grades are only ever added."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.audit import BigId
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

OPEN = text("state = 'open'")
GOING_ON = text("ended_at IS NULL")
AHEAD = text("state IN ('queued', 'running')")


class Regrade(HasId, Base):
    """One correction of marks: an item judged again by a newer version, asked for by a person with a reason.

    The counts are attempts: `done` of `total` looked at, and of these `changed` got a new grade, `passed` and
    `failed` turned over, `refused` could not be judged by the new version.
    """

    __tablename__ = "regrade"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'stopped')", name="state"),
        CheckConstraint("(state IN ('done', 'stopped')) = (finished_at IS NOT NULL)", name="finished"),
        Index("uq_regrade_ahead", "item_key", unique=True, sqlite_where=AHEAD, postgresql_where=AHEAD),
        Index("ix_regrade_asked", "asked_at", "id"),
    )

    item_key: Mapped[str] = mapped_column(String(120))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class Attempt(HasId, Base):
    """One try of one student at one version of a quiz. `number` counts per student and quiz.

    The unique number carries the attempt limit and the partial unique index the rule "one open attempt".

    `deadline_at` is always the latest moment that the clock can still mean. While it stands still (`paused_at`), all
    the pause that is left is in it (until `paused_until`, when it goes on by itself), so whoever reads only the
    deadline never ends an attempt too early.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'submitted')", name="state"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted"),
        CheckConstraint("number >= 1", name="number"),
        Index("uq_attempt_number", "user_id", "quiz_key", "number", unique=True),
        Index("uq_attempt_open", "user_id", "quiz_key", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_attempt_deadline", "deadline_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_attempt_running", "started_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        CheckConstraint("time_factor_percent >= 100 AND extra_seconds >= 0", name="time"),
        CheckConstraint("(paused_at IS NULL) = (paused_until IS NULL)", name="paused"),
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
    time_factor_percent: Mapped[int] = mapped_column(default=100)
    extra_seconds: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AttemptPause(HasId, Base):
    """One time that the clock of an attempt stood still; without an end, it stands still now."""

    __tablename__ = "attempt_pause"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ended"),
        Index("ix_attempt_pause_attempt", "attempt_id", "started_at"),
        Index("uq_attempt_pause_running", "attempt_id", unique=True, sqlite_where=GOING_ON, postgresql_where=GOING_ON),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def _as_drawn(context: Any) -> Any:
    """Until a correction says otherwise, an item is graded by the version that was drawn."""
    return context.get_current_parameters()["item_version_id"]


class AttemptItem(HasId, Base):
    """One drawn item at its place, with the saved response. `revision` counts saves, so that a late one loses.

    `item_version_id` is what the person saw; `graded_version_id` is what the answer is judged by, which a regrade
    moves on to the corrected version. `certainty` says how sure the person was, where the quiz asks: 1 to 3.
    """

    __tablename__ = "attempt_item"
    __table_args__ = (
        Index("uq_attempt_item_position", "attempt_id", "position", unique=True),
        Index("ix_attempt_item_graded", "graded_version_id"),
        CheckConstraint("certainty BETWEEN 1 AND 3", name="certainty"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    item_key: Mapped[str] = mapped_column(String(120))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    graded_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"), default=_as_drawn)
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=0)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    certainty: Mapped[int | None] = mapped_column(SmallInteger)


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
    regrade_id: Mapped[UUID | None] = mapped_column(ForeignKey("regrade.id"), index=True)
    graded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Marking(HasId, Base):
    """One essay that was handed in, to be marked by an instructor. `revision` counts its marks; the newest counts."""

    __tablename__ = "marking"
    __table_args__ = (
        Index("uq_marking_item", "attempt_item_id", unique=True),
        Index("ix_marking_sent", "is_waiting", "sent_at", "id"),
        Index("ix_marking_attempt", "attempt_id"),
        CheckConstraint("revision > 0 OR is_waiting", name="marked"),
    )

    attempt_item_id: Mapped[UUID] = mapped_column(ForeignKey("attempt_item.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    item_key: Mapped[str] = mapped_column(String(120))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_waiting: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=0)


class Mark(Base):
    """What an instructor gave for an essay. Rows are only ever added; a change says why.

    `points` holds the points of each criterion, `fraction` the exact share of the item's points ("3/4").
    """

    __tablename__ = "mark"
    __table_args__ = (Index("uq_mark_revision", "marking_id", "revision", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    marking_id: Mapped[UUID] = mapped_column(ForeignKey("marking.id"))
    revision: Mapped[int]
    marker_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    marker_name: Mapped[str] = mapped_column(String(200))
    points: Mapped[dict[str, int]] = mapped_column(JSON)
    fraction: Mapped[str] = mapped_column(String(40))
    comment: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SafetyRisk(HasId, Base):
    """Somebody was sure and wrong on a safety question. Derived from the grade that counts, and renewed with it."""

    __tablename__ = "safety_risk"
    __table_args__ = (
        Index("uq_safety_risk_item", "attempt_item_id", unique=True),
        Index("ix_safety_risk_at", "answered_at", "id"),
        Index("ix_safety_risk_attempt", "attempt_id"),
    )

    attempt_item_id: Mapped[UUID] = mapped_column(ForeignKey("attempt_item.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    item_key: Mapped[str] = mapped_column(String(120))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
