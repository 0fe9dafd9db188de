"""What is known about reviewing as a whole: kept figures, and which pieces reviewers were reminded of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime


class AgreementFigures(HasId, Base):
    """How well reviewers agree, worked out from the marks of a time. Derived: it can be thrown away and made again.

    `marks`, `newest_mark` and `recipe` say what it was made from; when they still hold there is nothing to do.
    """

    __tablename__ = "agreement_figures"
    __table_args__ = (
        CheckConstraint("marks >= 0", name="marks"),
        Index("ix_agreement_figures_computed", "computed_at"),
    )

    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    recipe: Mapped[int]
    marks: Mapped[int]
    newest_mark: Mapped[datetime | None] = mapped_column(UTCDateTime)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)


class PromiseReminder(Base):
    """A piece that reviewers were told of before its promise was broken; told once."""

    __tablename__ = "promise_reminder"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
