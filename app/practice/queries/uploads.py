"""Reads of photos on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.practice.models import PhotoUpload, PracticeEntry


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """Where an upload stands, read once and free of its session."""

    id: UUID
    entry_id: UUID
    user_id: UUID
    photo_id: UUID | None
    slot: str
    replaces: UUID | None
    name: str
    length: int
    received: int
    sha256: str
    parts: tuple[str, ...]
    capture: Mapping[str, Any]
    state: str
    reason: str
    expires_at: datetime

    @property
    def is_whole(self) -> bool:
        """True when every byte has arrived, whether or not a photo was made of them yet."""
        return self.received == self.length


def upload_facts(session: Session, upload_id: UUID, *, user_id: UUID | None = None) -> UploadFacts:
    """Where an upload stands. Raises NotFound when there is none, or it is not of that person's pieces."""
    query = (
        select(PhotoUpload, PracticeEntry.user_id)
        .join(PracticeEntry, PracticeEntry.id == PhotoUpload.entry_id)
        .where(PhotoUpload.id == upload_id)
    )
    if user_id is not None:
        query = query.where(PracticeEntry.user_id == user_id)
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    upload: PhotoUpload = found[0]
    return UploadFacts(
        id=upload.id,
        entry_id=upload.entry_id,
        user_id=found[1],
        photo_id=upload.photo_id,
        slot=upload.slot,
        replaces=upload.replaces,
        name=upload.name,
        length=upload.length,
        received=upload.received,
        sha256=upload.sha256,
        parts=tuple(upload.parts),
        capture=upload.capture,
        state=upload.state,
        reason=upload.reason,
        expires_at=upload.expires_at,
    )


def locked_upload(session: Session, upload_id: UUID) -> PhotoUpload | None:
    """The row of an upload, held until the end of the transaction; None when it is gone."""
    return session.scalar(select(PhotoUpload).where(PhotoUpload.id == upload_id).with_for_update())


def upload_by_key(session: Session, entry_id: UUID, client_key: str) -> PhotoUpload | None:
    """The upload of a piece that its sender calls by this key."""
    query = select(PhotoUpload).where(PhotoUpload.entry_id == entry_id, PhotoUpload.client_key == client_key)
    return session.scalar(query)


def receiving_count(session: Session, user_id: UUID, now: datetime) -> int:
    """How many photos of a person are on their way."""
    query = (
        select(func.count(PhotoUpload.id))
        .join(PracticeEntry, PracticeEntry.id == PhotoUpload.entry_id)
        .where(PracticeEntry.user_id == user_id, PhotoUpload.state == "receiving", PhotoUpload.expires_at > now)
    )
    return session.scalar(query) or 0


def whole_uploads(session: Session, before: datetime, *, size: int = 50) -> Sequence[UUID]:
    """Uploads whose last byte came before that time and of which no photo was made yet, oldest first."""
    query = (
        select(PhotoUpload.id)
        .where(
            PhotoUpload.state == "receiving",
            PhotoUpload.received == PhotoUpload.length,
            PhotoUpload.updated_at < before,
        )
        .order_by(PhotoUpload.updated_at)
        .limit(size)
    )
    return session.scalars(query).all()


def expired_uploads(session: Session, now: datetime, *, size: int = 500) -> Sequence[UUID]:
    """Uploads that nobody went on with, and finished ones that nobody asks for any more; oldest first."""
    query = select(PhotoUpload.id).where(PhotoUpload.expires_at <= now).order_by(PhotoUpload.expires_at).limit(size)
    return session.scalars(query).all()


def living_uploads(session: Session, uploads: Sequence[UUID]) -> set[UUID]:
    """Those of the given uploads that are receiving."""
    query = select(PhotoUpload.id).where(PhotoUpload.id.in_(uploads), PhotoUpload.state == "receiving")
    return set(session.scalars(query))
