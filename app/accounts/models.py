"""People, their roles, their sessions, and the links that invite them or reset a password."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

FACTORS = "factor IN ('password', 'totp', 'passkey', 'recovery')"
ROLES = "role IN ('student', 'instructor', 'studio', 'admin')"


class User(HasId, Base):
    """A person with a password. E-mail is kept lower-case; `name` is printed on certificates.

    Time for quizzes is stretched by `time_factor_percent`; `pause_minutes` is for how long, in each attempt, the
    person may stop the clock. `language` is that of the interface and of mails; empty as long as none was chosen.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("time_factor_percent BETWEEN 100 AND 400", name="time_factor"),
        CheckConstraint("pause_minutes BETWEEN 0 AND 240", name="pause"),
    )

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    adult_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    time_factor_percent: Mapped[int] = mapped_column(default=100)
    pause_minutes: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")


class RoleGrant(HasId, Base):
    """A role that a person holds from one day to another; a studio role names the studio and the rank there.

    A studio grant without a rank is an owner's (`app.domain.studios.ranks`).
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(ROLES, name="role"),
        CheckConstraint("(role = 'studio') = (studio_id IS NOT NULL)", name="studio"),
        Index(
            "ix_role_grant_user",
            "user_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_role_grant_studio",
            "studio_id",
            sqlite_where=text("studio_id IS NOT NULL"),
            postgresql_where=text("studio_id IS NOT NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(12))
    studio_id: Mapped[UUID | None]
    studio_rank: Mapped[str] = mapped_column(String(8), default="", server_default="")
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    granted_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignIn(HasId, Base):
    """A session on the server. The cookie holds a random token, the table only its SHA-256.

    `factor` is the strongest thing that the person has shown in it, `proved_at` when they last showed one.
    """

    __tablename__ = "sign_in"
    __table_args__ = (
        CheckConstraint(FACTORS, name="factor"),
        Index("ix_sign_in_user", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    device: Mapped[str] = mapped_column(String(200), default="")
    factor: Mapped[str] = mapped_column(String(12), default="password", server_default="password")
    proved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CodeApp(HasId, Base):
    """An app that shows codes for a person (TOTP). It counts once a first code has confirmed it.

    The secret is sealed by a key outside of the database; `last_step` is the time step of the last code taken, because
    a code counts once.
    """

    __tablename__ = "code_app"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), unique=True)
    sealed_secret: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class Passkey(HasId, Base):
    """The public half of a passkey; the secret half never leaves the person's device."""

    __tablename__ = "passkey"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    is_synced: Mapped[bool]
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(HasId, Base):
    """A code on paper for the day when the phone is gone. Stored as a hash, works once."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Challenge(HasId, Base):
    """Something that is to be answered once and soon: a passkey ceremony, or the second half of a sign-in."""

    __tablename__ = "sign_in_challenge"
    __table_args__ = (CheckConstraint("purpose IN ('second_factor', 'passkey', 'new_passkey')", name="purpose"),)

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class Invitation(HasId, Base):
    """A single-use link that gives a role; without an e-mail it is the set-up link of the first administrator."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint(ROLES, name="role"),)

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), default="", index=True)
    role: Mapped[str] = mapped_column(String(12))
    studio_id: Mapped[UUID | None]
    studio_name: Mapped[str] = mapped_column(String(120), default="")
    studio_rank: Mapped[str] = mapped_column(String(8), default="", server_default="")
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PasswordReset(HasId, Base):
    """A single-use, short-lived link to set a new password."""

    __tablename__ = "password_reset"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Absence(HasId, Base):
    """From which day to which (both included, UTC) a person is away: new work goes to others.

    One that was taken back keeps its row.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        Index(
            "ix_absence_user",
            "user_id",
            "last_day",
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
