"""Issued credentials: the record, its signed files, its history, and the status lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.audit import BigId
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

WAITING = text("state = 'waiting'")
REPLACES = text("supersedes_id IS NOT NULL")
# One file of a certificate counts at a time. A renewal leaves the older file's bit at 0 until it expires by itself.
LIVE_FILE = text("replaced_at IS NULL AND revoked_at IS NULL")


class Credential(HasId, Base):
    """One certificate under one number for as long as anybody may ask; `state` says what it is worth now."""

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'suspended', 'revoked', 'superseded', 'withdrawn')", name="state"),
        Index("ix_credential_user", "user_id", "issued_at"),
        Index("ix_credential_issued", "issued_at", "id"),
        Index(
            "ix_credential_expiring",
            "valid_until",
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        # Beside the unique one: that is full of empty places, by which SQLite takes it for useless.
        Index("ix_credential_newer", "supersedes_id", sqlite_where=REPLACES, postgresql_where=REPLACES),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), unique=True)
    certification_key: Mapped[str] = mapped_column(String(60))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    holder_name: Mapped[str] = mapped_column(String(120))
    # What others are shown instead, by the holder's choice: initials. Empty: the name as printed.
    shown_name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    title: Mapped[str] = mapped_column(String(200))
    subject_id: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), default="active")
    state_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason_class: Mapped[str] = mapped_column(String(30), default="")
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("credential.id"), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    valid_from: Mapped[datetime] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime] = mapped_column(UTCDateTime)


class CredentialFile(HasId, Base):
    """Signed bytes, never re-serialized. A revoked bit never goes back: reinstating makes a new file.

    `replaced_at`: a newer file took its place (its bit may still be 0). `revoked_at`: its bit is set.
    """

    __tablename__ = "credential_file"
    __table_args__ = (
        Index("uq_credential_file_index", "status_list_id", "status_index", unique=True),
        Index(
            "uq_credential_file_live",
            "credential_id",
            unique=True,
            sqlite_where=LIVE_FILE,
            postgresql_where=LIVE_FILE,
        ),
        Index("ix_credential_file_credential", "credential_id", "created_at"),
    )

    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    token: Mapped[str] = mapped_column(String, default="", deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    kid: Mapped[str] = mapped_column(String(120))
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    status_index: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CredentialEvent(Base):
    """One change in the life of a credential. Reason classes are public, notes never. Rows are only added."""

    __tablename__ = "credential_event"
    __table_args__ = (Index("ix_credential_event_credential", "credential_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    change: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    reason_class: Mapped[str] = mapped_column(String(30), default="")
    note: Mapped[str] = mapped_column(String(1000), default="")


class RevocationRequest(HasId, Base):
    """One administrator asks to revoke a certificate for good; another one confirms it before it ends."""

    __tablename__ = "revocation_request"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'confirmed', 'withdrawn', 'ended')", name="state"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("answered_by IS NULL OR state <> 'confirmed' OR answered_by <> asked_by", name="second"),
        Index(
            "uq_revocation_request_waiting",
            "credential_id",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"))
    reason_class: Mapped[str] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(1000), default="")
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class StatusList(Base):
    """A list of revocation bits: 131,072 of them, packed, with the signed document that is served."""

    __tablename__ = "status_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    allocated: Mapped[int] = mapped_column(default=0)
    bits: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_open: Mapped[bool] = mapped_column(default=True)
