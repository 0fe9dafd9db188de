"""The append-only record of who did what. Written in the same transaction as the change it tells of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.access.actor import Actor
from app.infra import triggers  # noqa: F401 - the log is append-only wherever its table is made
from app.infra.db import Base
from app.infra.types import UTCDateTime

BigId = BigInteger().with_variant(Integer, "sqlite")


class AuditTag(StrEnum):
    """source:subject:action, the whole vocabulary of the log."""

    USER_SIGNED_UP = "accounts:user:signed_up"
    USER_SIGNED_IN = "accounts:user:signed_in"
    USER_SIGN_IN_FAILED = "accounts:user:sign_in_failed"
    USER_SIGNED_OUT = "accounts:user:signed_out"
    USER_PASSWORD_CHANGED = "accounts:user:password_changed"
    USER_PASSWORD_RESET_ASKED = "accounts:user:password_reset_asked"
    USER_INVITED = "accounts:invitation:sent"
    INVITATION_ACCEPTED = "accounts:invitation:accepted"
    ROLE_GRANTED = "accounts:role:granted"
    ROLE_ENDED = "accounts:role:ended"
    USER_DISABLED = "accounts:user:disabled"
    USER_ENABLED = "accounts:user:enabled"
    SESSION_ENDED = "accounts:session:ended"
    ABSENCE_ENTERED = "accounts:absence:entered"
    ABSENCE_WITHDRAWN = "accounts:absence:withdrawn"
    CONTENT_RELEASED = "content:release:published"
    DEFINITION_PUBLISHED = "content:definition:published_on_web"
    RULE_CHANGED = "content:rule:changed"
    ENROLLED = "learning:enrollment:started"
    ATTEMPT_STARTED = "quizzes:attempt:started"
    ATTEMPT_SUBMITTED = "quizzes:attempt:submitted"
    ATTEMPT_CLOSED = "quizzes:attempt:closed"
    GRADE_CHANGED = "quizzes:grade:changed"
    ESSAY_MARKED = "quizzes:essay:marked"
    ATTEMPT_PAUSED = "quizzes:attempt:paused"
    ATTEMPT_RESUMED = "quizzes:attempt:resumed"
    ATTEMPT_EXTENDED = "quizzes:attempt:extended"
    TIME_GRANTED = "quizzes:user:time_granted"
    REGRADE_ASKED = "quizzes:item:regrade_asked"
    REGRADE_DONE = "quizzes:item:regraded"
    PIECE_SUBMITTED = "practice:submission:sent"
    PHOTO_REMOVED = "practice:photo:removed"
    COLOR_CARD_MADE = "practice:color_card:made"
    COLOR_CARD_SAVED = "practice:color_card:saved"
    HOURS_CORRECTED = "practice:hours:corrected"
    SIGNOFF_ASKED = "practice:signoff:asked"
    SIGNOFF_WITHDRAWN = "practice:signoff:withdrawn"
    SIGNOFF_SIGNED = "practice:signoff:signed"
    LOG_EXPORTED = "practice:log:exported"
    REVIEW_CLAIMED = "reviews:review:claimed"
    REVIEW_RELEASED = "reviews:review:released"
    REVIEW_DECIDED = "reviews:review:decided"
    REVIEW_MARKED = "reviews:review:marked"
    REVIEW_MESSAGE = "reviews:review:message_sent"
    FLAG_CHECKED = "reviews:flag:checked"
    APPEAL_FILED = "reviews:appeal:filed"
    APPEAL_DECIDED = "reviews:appeal:decided"
    REMARKS_DRAWN = "reviews:remark:drawn"
    REMARK_READ = "reviews:remark:read"
    REMARK_CLOSED = "reviews:remark:closed"
    REFERENCE_CHOSEN = "reviews:reference:chosen"
    REFERENCE_RETIRED = "reviews:reference:retired"
    CALIBRATION_DONE = "reviews:calibration:done"
    REVIEW_POLICY_SET = "reviews:policy:set"
    PROOF_SENT = "certification:proof:sent"
    PROOF_ACCEPTED = "certification:proof:accepted"
    PROOF_REFUSED = "certification:proof:refused"
    DECISION_MADE = "certification:decision:made"
    CREDENTIAL_ISSUED = "credentials:credential:issued"
    CREDENTIAL_SUSPENDED = "credentials:credential:suspended"
    CREDENTIAL_REINSTATED = "credentials:credential:reinstated"
    CREDENTIAL_REVOKED = "credentials:credential:revoked"
    CREDENTIAL_SUPERSEDED = "credentials:credential:superseded"
    KEY_MADE = "credentials:key:made"
    KEY_WITHDRAWN = "credentials:key:withdrawn"
    STUDIO_CREATED = "studios:studio:created"
    WATCH_ADDED = "studios:watch:added"
    WATCH_ENDED = "studios:watch:ended"
    JOB_RETRIED = "admin:job:retried"
    AUDIT_VERIFIED = "admin:audit:verified"
    BACKUP_MADE = "admin:backup:made"
    BACKUP_RESTORED = "admin:backup:restored"
    DEMO_FILLED = "admin:demo:filled"


class AuditEvent(Base):
    """One line of the log; rows are only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_target", "target_kind", "target_id", "id"),
        Index("ix_audit_event_actor", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    tag: Mapped[str] = mapped_column(String(80), index=True)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    target_kind: Mapped[str] = mapped_column(String(40), default="")
    target_id: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: Session,
    actor: Actor,
    tag: AuditTag,
    *,
    now: datetime,
    target_kind: str = "",
    target_id: object = "",
    **facts: Any,
) -> None:
    """Add a line to the log. `facts` must be JSON-able and free of secrets and health data."""
    session.add(
        AuditEvent(
            at=now,
            tag=tag.value,
            actor_id=actor.id,
            actor_name=actor.name,
            target_kind=target_kind,
            target_id=str(target_id),
            facts=facts,
        )
    )
