"""The practice-skin log: entries that a student keeps, their photos, and the frozen submissions sent to review."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

WAITING = text("state IN ('waiting', 'in_review')")
QUEUED = text("state IN ('waiting', 'in_review') AND stopped_at IS NULL")
STANDS = text("ended_at IS NULL")
KEPT = text("removed_at IS NULL")
ASKS_HEALED = text("healed_from IS NOT NULL")
WHOLE = text("state = 'receiving' AND received = length")


class PracticeEntry(HasId, Base):
    """One practice piece. `number` counts per student ("Piece 19"); `records` holds the fields of each step.

    `copied_from` is the number of the piece that all of it was filled in from. `timer_since` is set while its clock
    runs. The days of the follow-up photo are set when the piece is sent.
    """

    __tablename__ = "practice_entry"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'returned', 'approved', 'failed')", name="state"),
        Index("uq_practice_entry_number", "user_id", "number", unique=True),
        Index("ix_practice_entry_healed", "healed_from", sqlite_where=ASKS_HEALED, postgresql_where=ASKS_HEALED),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    number: Mapped[int]
    exercise_key: Mapped[str] = mapped_column(String(120))
    exercise_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    piece_code: Mapped[str] = mapped_column(String(16), unique=True)
    records: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    skin: Mapped[str] = mapped_column(String(30), default="")
    tone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    question: Mapped[str] = mapped_column(Text, default="")
    reflection: Mapped[str] = mapped_column(Text, default="")
    self_scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    minutes: Mapped[int] = mapped_column(default=0)
    copied_from: Mapped[int | None]
    timer_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    healed_from: Mapped[date | None] = mapped_column(Date)
    healed_until: Mapped[date | None] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Photo(HasId, Base):
    """A photo in a slot of an entry. The original stays private; only renditions are served.

    `capture` is what the sender's browser said of the photo that it made smaller: not proof, but all that is left.
    """

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("state IN ('processing', 'ready', 'rejected')", name="state"),
        Index("ix_photo_entry", "entry_id", "slot", sqlite_where=KEPT, postgresql_where=KEPT),
        Index("ix_photo_original", "original_key"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("practice_entry.id"))
    slot: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default="processing")
    reason: Mapped[str] = mapped_column(String(300), default="")
    original_key: Mapped[str] = mapped_column(String(120))
    original_name: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    width: Mapped[int | None]
    height: Mapped[int | None]
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    capture: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    hashes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    quality: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    renditions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    processed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Submission(HasId, Base):
    """A frozen revision of an entry in review. `number` counts its tries, `tier` names the mark it is held to."""

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'in_review', 'approved', 'resubmit', 'failed')", name="state"),
        CheckConstraint("(state IN ('approved', 'resubmit', 'failed')) = (decided_at IS NOT NULL)", name="decided"),
        Index("uq_submission_number", "entry_id", "number", unique=True),
        Index(
            "uq_submission_approved",
            "entry_id",
            unique=True,
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
        Index("uq_submission_live", "entry_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_submission_queued", "sent_at", "id", sqlite_where=QUEUED, postgresql_where=QUEUED),
        Index("ix_submission_user", "user_id", "sent_at"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("practice_entry.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    number: Mapped[int]
    exercise_key: Mapped[str] = mapped_column(String(120))
    exercise_version_id: Mapped[UUID] = mapped_column(ForeignKey("definition.id"))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    frozen: Mapped[dict[str, Any]] = mapped_column(JSON)
    skin: Mapped[str] = mapped_column(String(30), default="")
    minutes: Mapped[int] = mapped_column(default=0)
    tier: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the integrity of its photos was looked at; None while that is still to come."""
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when it is kept out of the queue, because the certification committee looks at its student's work."""


class SendingBlock(HasId, Base):
    """What keeps a student from sending pieces since a critical fault was confirmed (`app.domain.practice.blocks`)."""

    __tablename__ = "sending_block"
    __table_args__ = (
        CheckConstraint("kind IN ('refresher', 'meeting', 'committee')", name="kind"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended"),
        CheckConstraint("ended_as IN ('passed', 'met', 'decided', 'overturned')", name="ended_as"),
        Index("uq_sending_block", "submission_id", "kind", unique=True),
        Index("ix_sending_block_user", "user_id", "begun_at"),
        Index("ix_sending_block_open", "begun_at", "id", sqlite_where=STANDS, postgresql_where=STANDS),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    kind: Mapped[str] = mapped_column(String(12))
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_as: Mapped[str | None] = mapped_column(String(12))
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="")


class SubmissionPhoto(Base):
    """The photos that a submission was sent with, in the order of the slots."""

    __tablename__ = "submission_photo"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]


class PhotoHashBand(Base):
    """The perceptual hash of a photo, filed once for each of its bands (`app.domain.practice.perceptual`).

    Everything is in the key, so that a search reads the index and nothing else.
    """

    __tablename__ = "photo_hash_band"
    __table_args__ = (Index("ix_photo_hash_band_photo", "photo_id"), {"sqlite_with_rowid": False})

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True)


class IntegrityFlag(HasId, Base):
    """Something that the reviewer of a submission should look at twice; never a verdict."""

    __tablename__ = "integrity_flag"
    __table_args__ = (
        CheckConstraint(
            "finding IN ('same_piece', 'same_photo', 'mirrored', 'card_other', 'card_unknown', 'card_missing', "
            "'before_issue', 'out_of_order')",
            name="finding",
        ),
        Index("ix_integrity_flag_submission", "submission_id"),
        Index("ix_integrity_flag_other", "other_photo_id"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    finding: Mapped[str] = mapped_column(String(20))
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"))
    other_photo_id: Mapped[UUID | None] = mapped_column(ForeignKey("photo.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PhotoUpload(HasId, Base):
    """A photo on its way, in parts. `received` bytes of `length` are safely stored; `parts` names them in order.

    `client_key` is the sender's own name for it, so that an announcement that arrives twice is one upload. `replaces`
    is no foreign key: that photo may be gone before this one has arrived.
    """

    __tablename__ = "photo_upload"
    __table_args__ = (
        CheckConstraint("state IN ('receiving', 'finished', 'refused')", name="state"),
        CheckConstraint("length > 0 AND received >= 0 AND received <= length", name="received"),
        CheckConstraint("(state = 'finished') = (photo_id IS NOT NULL)", name="finished"),
        Index("uq_photo_upload_key", "entry_id", "client_key", unique=True),
        Index("ix_photo_upload_expires", "expires_at"),
        Index("ix_photo_upload_whole", "updated_at", sqlite_where=WHOLE, postgresql_where=WHOLE),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("practice_entry.id"))
    photo_id: Mapped[UUID | None] = mapped_column(ForeignKey("photo.id"))
    client_key: Mapped[str] = mapped_column(String(64))
    slot: Mapped[str] = mapped_column(String(20))
    replaces: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(200))
    length: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    parts: Mapped[list[str]] = mapped_column(JSON, default=list)
    capture: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="receiving")
    reason: Mapped[str] = mapped_column(String(400), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class KitItem(HasId, Base):
    """A machine, cartridge, pigment or product that a student works with; `retired_at` when it left the kit."""

    __tablename__ = "kit_item"
    __table_args__ = (
        CheckConstraint("kind IN ('machine', 'cartridge', 'pigment', 'product')", name="kind"),
        CheckConstraint("kind NOT IN ('pigment', 'product') OR expires_on IS NOT NULL", name="expires"),
        Index("ix_kit_item_user", "user_id", "kind", "name"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(40), default="")
    lot: Mapped[str] = mapped_column(String(40), default="")
    expires_on: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignoffLink(HasId, Base):
    """An invitation to sign for a supervised session. Only the hash of its token is kept."""

    __tablename__ = "signoff_link"
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR signed_at IS NULL", name="ending"),
        Index("ix_signoff_link_user", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SessionSignoff(HasId, Base):
    """What a guest signed, word for word. The database takes no change of it (`app.infra.triggers`)."""

    __tablename__ = "session_signoff"
    __table_args__ = (Index("ix_session_signoff_user", "user_id"),)

    link_id: Mapped[UUID] = mapped_column(ForeignKey("signoff_link.id"), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    guest_name: Mapped[str] = mapped_column(String(80))
    guest_role: Mapped[str] = mapped_column(String(80))
    license_number: Mapped[str] = mapped_column(String(60), default="")
    statement: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class HoursLine(HasId, Base):
    """A line of the hours ledger that no other table holds; never changed, corrected by further lines.

    Lessons and approved pieces are lines of the ledger too, read where they are recorded.
    """

    __tablename__ = "hours_line"
    __table_args__ = (
        CheckConstraint("source IN ('supervised', 'correction')", name="source"),
        CheckConstraint("(source = 'correction') = (corrects <> '')", name="corrects"),
        CheckConstraint("(source = 'correction') = (minutes < 0)", name="minutes"),
        CheckConstraint("(source = 'supervised') = (signoff_id IS NOT NULL)", name="signoff"),
        Index("ix_hours_line_user", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    source: Mapped[str] = mapped_column(String(12))
    minutes: Mapped[int]
    on_day: Mapped[date] = mapped_column(Date)
    corrects: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    signoff_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_signoff.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LogExport(HasId, Base):
    """A copy of the log that a student asked for: a PDF portfolio, or a zip with all data and photos."""

    __tablename__ = "log_export"
    __table_args__ = (
        CheckConstraint("kind IN ('pdf', 'zip')", name="kind"),
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (file_key IS NOT NULL)", name="file"),
        Index("ix_log_export_user", "user_id", "asked_at"),
        Index("ix_log_export_asked", "asked_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(300), default="")
    file_key: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ColorCard(HasId, Base):
    """A printed color reference card of a student; its code stands in the card's QR codes.

    `check_line` is how long the 50 mm line came out, in mm. `measured_text` is what was typed of a measuring device,
    `measured` the same as Lab values for D65 by patch; both empty for a print that nobody measured.
    """

    __tablename__ = "color_card"
    __table_args__ = (
        CheckConstraint("check_line IS NULL OR check_line BETWEEN 40 AND 60", name="check_line"),
        CheckConstraint("white IN ('D50', 'D65')", name="white"),
        Index("ix_color_card_user", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    code: Mapped[str] = mapped_column(String(5), unique=True)
    check_line: Mapped[float | None] = mapped_column(Float)
    white: Mapped[str] = mapped_column(String(3), default="D50")
    device: Mapped[str] = mapped_column(String(80), default="")
    measured_text: Mapped[str] = mapped_column(Text, default="")
    measured: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    measured_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PhotoCard(Base):
    """What a photo shows of a color reference card: a reading (`app.domain.color.reading`), no figures.

    Figures are computed when they are asked for, so that a print that is measured later serves earlier photos too.
    """

    __tablename__ = "photo_card"

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(5))
    reading: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)
