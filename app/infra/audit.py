"""The append-only record of who did what. Written in the same transaction as the change it tells of.

The names of people, and what is said of them in words, lie beside the log (`AuditPersonal`); a line only holds
commitments to them. So a person can be erased without a change of any line (app/domain/audit.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String, Text, case, delete, func, select
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column

from app.domain.access.actor import Actor
from app.domain.audit import SEALED, commit, commitment_in, sealed_fact
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
    PROOF_GIVEN = "accounts:session:proved"
    PROOF_FAILED = "accounts:session:proof_failed"
    CODE_APP_ADDED = "accounts:code_app:added"
    CODE_APP_REMOVED = "accounts:code_app:removed"
    PASSKEY_ADDED = "accounts:passkey:added"
    PASSKEY_REMOVED = "accounts:passkey:removed"
    RECOVERY_CODES_MADE = "accounts:recovery_codes:made"
    RECOVERY_CODE_USED = "accounts:recovery_codes:used"
    SECOND_FACTORS_FORGOTTEN = "accounts:user:second_factors_forgotten"
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
    SENDING_BLOCKED = "practice:sending:blocked"
    SENDING_UNBLOCKED = "practice:sending:unblocked"
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
    COMPLAINT_OPENED = "certification:complaint:opened"
    COMPLAINT_CLOSED = "certification:complaint:closed"
    WAIVER_GRANTED = "certification:waiver:granted"
    WAIVER_ENDED = "certification:waiver:ended"
    APPLICATION_MADE = "certification:application:made"
    APPLICATION_APPROVED = "certification:application:approved"
    APPLICATION_REFUSED = "certification:application:refused"
    RULE_TRIED = "certification:rule:tried"
    CREDENTIAL_ISSUED = "credentials:credential:issued"
    CREDENTIAL_SUSPENDED = "credentials:credential:suspended"
    CREDENTIAL_REINSTATED = "credentials:credential:reinstated"
    CREDENTIAL_REVOKED = "credentials:credential:revoked"
    CREDENTIAL_SUPERSEDED = "credentials:credential:superseded"
    CREDENTIAL_RENEWED = "credentials:credential:renewed"
    CREDENTIAL_WITHDRAWN = "credentials:credential:withdrawn"
    REVOCATION_ASKED = "credentials:revocation:asked"
    REVOCATION_WITHDRAWN = "credentials:revocation:withdrawn"
    KEY_MADE = "credentials:key:made"
    KEY_WITHDRAWN = "credentials:key:withdrawn"
    FILES_SIGNED_ANEW = "credentials:files:signed_anew"
    STUDIO_CREATED = "studios:studio:created"
    WATCH_ADDED = "studios:watch:added"
    WATCH_ENDED = "studios:watch:ended"
    ROSTER_CHECKED = "studios:roster:checked"
    ROSTER_FOLLOWED = "studios:roster:followed"
    STUDIO_MEMBER_RANKED = "studios:member:ranked"
    STUDIO_MEMBER_ENDED = "studios:member:ended"
    WEBHOOK_ADDED = "studios:webhook:added"
    WEBHOOK_REMOVED = "studios:webhook:removed"
    WEBHOOK_ROTATED = "studios:webhook:secret_changed"
    WEBHOOK_SWITCHED = "studios:webhook:switched"
    ARTIST_ASKED = "studios:artist:asked"
    CONSENT_CHANGED = "studios:consent:changed"
    PACK_ASKED = "studios:pack:asked"
    PORTFOLIO_CHANGED = "studios:portfolio:changed"
    API_KEY_MADE = "api:key:made"
    API_KEY_ROTATED = "api:key:rotated"
    API_KEY_ENDED = "api:key:ended"
    JOB_RETRIED = "admin:job:retried"
    JOB_GIVEN_UP = "admin:job:given_up"
    MAIL_TRIED = "admin:mail:tried"
    MAINTENANCE_BEGUN = "admin:maintenance:begun"
    MAINTENANCE_ENDED = "admin:maintenance:ended"
    STORAGE_VERIFIED = "admin:storage:verified"
    AUDIT_VERIFIED = "admin:audit:verified"
    BACKUP_MADE = "admin:backup:made"
    BACKUP_RESTORED = "admin:backup:restored"
    DEMO_FILLED = "admin:demo:filled"
    CONSENT_GIVEN = "privacy:consent:given"
    CONSENT_WITHDRAWN = "privacy:consent:withdrawn"
    DATA_ASKED = "privacy:copy:asked"
    DATA_FETCHED = "privacy:copy:fetched"
    ERASURE_ASKED = "privacy:erasure:asked"
    ERASURE_WITHDRAWN = "privacy:erasure:withdrawn"
    PERSON_ERASED = "privacy:person:erased"
    RETENTION_DONE = "privacy:retention:done"


class AuditPersonal(Base):
    """A name, or words about a person, that a line of the log is bound to. Erasing the person removes the row."""

    __tablename__ = "audit_personal"

    commitment: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str] = mapped_column(Text)


class AuditEvent(Base):
    """One line of the log; rows are only ever added.

    `stored_name` is a commitment to the name of who acted. It is the name itself where that is no person (the system),
    and in lines from before there were commitments. `actor_name` is the name, empty when the person was erased.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_target", "target_kind", "target_id", "id"),
        Index("ix_audit_event_actor", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    tag: Mapped[str] = mapped_column(String(80), index=True)
    actor_id: Mapped[UUID | None]
    stored_name: Mapped[str] = mapped_column("actor_name", String(200), default="")
    target_kind: Mapped[str] = mapped_column(String(40), default="")
    target_id: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor_name: Mapped[str] = column_property(
        func.coalesce(
            select(AuditPersonal.text)
            .where(AuditPersonal.commitment == stored_name)
            .correlate_except(AuditPersonal)
            .scalar_subquery(),
            case((stored_name.startswith(SEALED), ""), else_=stored_name),
        )
    )


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
    """Add a line to the log. `facts` must be JSON-able and free of secrets and words about people (`words_about`)."""
    stored = _keep(session, actor.id, actor.name) if actor.id is not None and actor.name else actor.name
    session.add(
        AuditEvent(
            at=now,
            tag=tag.value,
            actor_id=actor.id,
            stored_name=stored,
            target_kind=target_kind,
            target_id=str(target_id),
            facts=facts,
        )
    )


def words_about(session: Session, person_id: UUID, **words: str) -> dict[str, Any]:
    """Facts for `record` that say something about a person: the line is bound to the words, but they can be erased."""
    return {name: sealed_fact(person_id, _keep(session, person_id, said)) for name, said in words.items()}


def _keep(session: Session, person_id: UUID, words: str) -> str:
    """Keep words about a person under a salt of their own and return the commitment to them."""
    salt = secrets.token_bytes(32)
    commitment = commit(salt, words)
    session.add(AuditPersonal(commitment=commitment, person_id=person_id, salt=salt, text=words))
    return commitment


def forget_person(session: Session, person_id: UUID) -> int:
    """Remove names and words about a person from beside the log; returns how many. No line is touched."""
    removed = session.execute(delete(AuditPersonal).where(AuditPersonal.person_id == person_id))
    return removed.rowcount  # type: ignore[attr-defined]


def readable_facts(session: Session, lines: Sequence[AuditEvent]) -> dict[int, dict[str, Any]]:
    """The facts of these lines by line, with the words about people in clear (empty when erased); one statement."""
    sealed = {each.text for line in lines for value in line.facts.values() if (each := commitment_in(value))}
    query = select(AuditPersonal.commitment, AuditPersonal.text).where(AuditPersonal.commitment.in_(sealed))
    words = {row[0]: row[1] for row in session.execute(query)}

    def clear(value: Any) -> Any:
        found = commitment_in(value)
        return value if found is None else words.get(found.text, "")

    return {line.id: {name: clear(value) for name, value in line.facts.items()} for line in lines}
