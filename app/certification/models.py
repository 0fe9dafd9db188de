"""External proofs with their own clocks, and the decisions that a student meets a requirement set."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

WAITING = text("state = 'sent'")
ASKED = text("state = 'waiting'")
UNANSWERED = text("state IN ('waiting', 'refused')")
OPEN = text("closed_at IS NULL")
RUNNING = text("state IN ('queued', 'running')")


class ExternalProof(HasId, Base):
    """A certificate from elsewhere (for example bloodborne pathogens) that a student handed in and staff check."""

    __tablename__ = "external_proof"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'accepted', 'refused')", name="state"),
        CheckConstraint("(state = 'sent') = (checked_at IS NULL)", name="checked"),
        Index("ix_external_proof_user", "user_id", "sent_at"),
        Index("ix_external_proof_waiting", "sent_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(30))
    issuer: Mapped[str] = mapped_column(String(160))
    number: Mapped[str] = mapped_column(String(80), default="")
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    document_key: Mapped[str] = mapped_column(String(120), default="")
    document_kind: Mapped[str] = mapped_column(String(60), default="")
    # The status where one is asked (hepatitis B: vaccinated, immune or declined), and the place that gave a license.
    answer: Mapped[str] = mapped_column(String(20), default="", server_default="")
    place: Mapped[str] = mapped_column(String(120), default="", server_default="")
    # Continuing education (kind "ce") is a proof of minutes on a topic; its title stands in `course`.
    course: Mapped[str] = mapped_column(String(160), default="", server_default="")
    minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    topic: Mapped[str] = mapped_column(String(20), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default="sent")
    note: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_by: Mapped[UUID | None]


class Decision(HasId, Base):
    """A student met every requirement of one version of a certification; evidence frozen, never rewritten.

    The unique sequence makes deciding twice harmless: the second run finds the first one's row. The last four
    columns mirror the credential that it led to (kept by the credentials slice, in the same transaction),
    because higher tiers ask whether the lower one is in force.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("uq_decision_sequence", "user_id", "certification_key", "sequence", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    certification_key: Mapped[str] = mapped_column(String(60))
    sequence: Mapped[int] = mapped_column(default=1)
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    number: Mapped[str] = mapped_column(String(20), default="")
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    in_force: Mapped[bool] = mapped_column(default=False)


class Waiver(HasId, Base):
    """Staff let a student off one requirement, for a reason that the decision shows; ended, never removed."""

    __tablename__ = "requirement_waiver"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index("ix_requirement_waiver_user", "user_id", "granted_at"),
        Index("ix_requirement_waiver_granted", "granted_at", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    certification_key: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(120))
    label: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))
    until: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[UUID]
    granted_name: Mapped[str] = mapped_column(String(120))
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[UUID | None]


class Complaint(HasId, Base):
    """Somebody complained about an artist, as staff recorded it; closed with what came of it, never removed.

    While one is open, a rule that asks for none is not met.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        Index("ix_complaint_user", "user_id", "opened_at"),
        Index("ix_complaint_opened", "opened_at", "id"),
        Index("ix_complaint_open", "user_id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    about: Mapped[str] = mapped_column(String(600))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[UUID]
    opened_name: Mapped[str] = mapped_column(String(120))
    outcome: Mapped[str] = mapped_column(String(600), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by: Mapped[UUID | None]


class Application(HasId, Base):
    """A certificate that is asked for, the first time or as a renewal. Where the rule asks, a second person answers.

    `decision_id` is the decision whose certificate is renewed, or the one that an approved first application led to.
    `valid_until` is the new end of an approved renewal.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("kind IN ('first', 'renewal')", name="kind"),
        CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("kind = 'first' OR decision_id IS NOT NULL", name="renewed"),
        Index("ix_application_user", "user_id", "asked_at"),
        Index("ix_application_decision", "decision_id"),
        Index("ix_application_waiting", "asked_at", "id", sqlite_where=ASKED, postgresql_where=ASKED),
        # A refused one can still be approved, so nobody needs a second one beside it.
        Index(
            "uq_application_open",
            "user_id",
            "certification_key",
            "kind",
            unique=True,
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    certification_key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    statement: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RuleTrial(HasId, Base):
    """A changed rule tried out on every student: what it would mean. Nothing but this row is written.

    `after` is the last person who was judged, so a job that is run again goes on where it was.
    """

    __tablename__ = "rule_trial"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'stopped')", name="state"),
        Index("ix_rule_trial_asked", "asked_at", "id"),
        Index("ix_rule_trial_running", "state", sqlite_where=RUNNING, postgresql_where=RUNNING),
    )

    certification_key: Mapped[str] = mapped_column(String(60))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    after: Mapped[UUID | None]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    gained: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    people: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
