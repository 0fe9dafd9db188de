"""What keeps review fair: confirmed flags, appeals, re-marks, reference pieces and calibration, the policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

APPEALS = text("state = 'waiting'")


class FlagCheck(HasId, Base):
    """What a second reviewer says of a critical flag: confirmed or not, and why. `check_id` is the reading for it."""

    __tablename__ = "flag_check"
    __table_args__ = (Index("uq_flag_check", "mark_id", "code", unique=True),)

    mark_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    check_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), index=True)
    code: Mapped[str] = mapped_column(String(8))
    confirmed: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Appeal(HasId, Base):
    """A student's appeal against the result of one try: what exactly, why, and what came of it. One for each try.

    `criteria` and `flags` name what is appealed in the mark `review_id`. `changed_id` is the mark that took its place.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'upheld', 'changed')", name="state"),
        CheckConstraint(
            "((state = 'waiting') = (decided_at IS NULL)) AND ((state = 'changed') = (changed_id IS NOT NULL))",
            name="decided",
        ),
        CheckConstraint("lease_until IS NULL OR (judge_id IS NOT NULL AND state = 'waiting')", name="held"),
        Index("ix_appeal_waiting", "filed_at", "id", sqlite_where=APPEALS, postgresql_where=APPEALS),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    criteria: Mapped[list[str]] = mapped_column(JSON, default=list)
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    judge_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_id: Mapped[UUID | None] = mapped_column(ForeignKey("review.id"))
    filed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Remark(HasId, Base):
    """A piece that was drawn to be read once more, blind, to see whether reviewers agree; the result stays as it is.

    `review_id` is the mark that came of it; `differs` tells whether it says something else than the result (then the
    academy looks at it: `closed_at` with `answer`).
    """

    __tablename__ = "remark"
    __table_args__ = (
        CheckConstraint("(review_id IS NULL) = (differs IS NULL)", name="read"),
        CheckConstraint("closed_at IS NULL OR differs", name="closed"),
        Index("ix_remark_month", "month"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    month: Mapped[str] = mapped_column(String(7))
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime)
    review_id: Mapped[UUID | None] = mapped_column(ForeignKey("review.id"))
    differs: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ReferencePiece(HasId, Base):
    """A decided piece whose levels the academy agreed on; reviewers measure themselves against it."""

    __tablename__ = "reference_piece"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    levels: Mapped[dict[str, int]] = mapped_column(JSON)
    chosen_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    chosen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CalibrationRound(HasId, Base):
    """A reviewer's pass through the reference pieces. `kappa` (quadratic weights) is known when the last is marked."""

    __tablename__ = "calibration_round"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (passed IS NULL)", name="finished"),
        CheckConstraint("valid_until IS NULL OR passed", name="valid"),
        Index("uq_calibration_number", "reviewer_id", "number", unique=True),
    )

    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    number: Mapped[int]
    pieces: Mapped[list[str]] = mapped_column(JSON)
    kappa: Mapped[float | None] = mapped_column(Float)
    passed: Mapped[bool | None]
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CalibrationMark(Base):
    """The levels that a reviewer gave to one reference piece in one round."""

    __tablename__ = "calibration_mark"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("calibration_round.id"), primary_key=True)
    reference_id: Mapped[UUID] = mapped_column(ForeignKey("reference_piece.id"), primary_key=True)
    levels: Mapped[dict[str, int]] = mapped_column(JSON)
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReviewPolicy(HasId, Base):
    """What the academy set for its reviews; the newest row counts, none means the defaults of the house."""

    __tablename__ = "review_policy"
    __table_args__ = (CheckConstraint("calibration_months BETWEEN 1 AND 60", name="months"),)

    blind_all: Mapped[bool]
    calibration_months: Mapped[int]
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
