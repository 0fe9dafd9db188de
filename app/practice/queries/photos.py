"""Reads of photos: those of an entry, those that were sent, and the files that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.practice.placeholder import nearest_tint
from app.practice.models import IntegrityFlag, Photo, PracticeEntry, SubmissionPhoto

FRONT = "f8"


def photos_of(session: Session, entry_id: UUID) -> Sequence[Photo]:
    """The photos that an entry has now, in the order of slot and upload."""
    query = (
        select(Photo)
        .where(Photo.entry_id == entry_id, Photo.removed_at.is_(None))
        .order_by(Photo.uploaded_at, Photo.id)
    )
    return sorted(session.scalars(query), key=lambda photo: slot_order(photo.slot))


def slot_order(slot: str) -> tuple[int, str]:
    """Sort key of slot ids: f9 comes before f10."""
    return len(slot), slot


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """A photo as pages show it; `renditions` by name with width and height (empty until it is ready).

    `help` holds codes of what could be better about it (`app.domain.practice.photo_help`), `tint` is the color that
    stands in its place while it loads (`app.domain.practice.placeholder`).
    """

    id: UUID
    slot: str
    state: str
    reason: str
    name: str
    uploaded_at: datetime
    renditions: Mapping[str, Any]
    help: tuple[str, ...] = ()
    tint: int | None = None


FACE = ("id", "slot", "state", "reason", "original_name", "uploaded_at", "renditions", "quality")
"""The columns of a photo that `face_of` takes, in its order."""


def photo_face(photo: Photo) -> PhotoFace:
    """What a page shows of a photo."""
    return face_of(*(getattr(photo, name) for name in FACE))


def face_of(*columns: Any) -> PhotoFace:
    """The same of the columns in `FACE`."""
    photo_id, slot, state, reason, name, uploaded_at, renditions, quality = columns
    codes, tint = tuple(quality.get("help", ())), nearest_tint(quality.get("tint", ""))
    return PhotoFace(photo_id, slot, state, reason, name, uploaded_at, renditions, codes, tint)


def photo_for(session: Session, user_id: UUID, photo_id: UUID) -> Photo:
    """A photo of the person's own entries; raises NotFound for anybody else's."""
    query = (
        select(Photo)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(Photo.id == photo_id, PracticeEntry.user_id == user_id)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def renditions_for(session: Session, user_id: UUID, photo_id: UUID) -> Mapping[str, Any]:
    """The renditions of a photo of one's own that is still in the entry or was sent; raises NotFound otherwise."""
    query = (
        select(Photo.renditions)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(Photo.id == photo_id, PracticeEntry.user_id == user_id, kept())
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def kept() -> ColumnElement[bool]:
    """Photos whose bytes are still needed: in their entry, shown by a submission, or held against another photo."""
    sent = exists().where(SubmissionPhoto.photo_id == Photo.id)
    return or_(Photo.removed_at.is_(None), sent, _is_compared())


def _is_compared() -> ColumnElement[bool]:
    return exists().where(IntegrityFlag.other_photo_id == Photo.id)


def kept_files(session: Session) -> Iterator[tuple[UUID, str]]:
    """The key of every stored file that some photo still needs, with the photo; read in portions."""
    query = select(Photo.id, Photo.original_key, Photo.renditions).where(kept()).order_by(Photo.id)
    for photo_id, original, renditions in session.execute(query.execution_options(yield_per=500)):
        yield photo_id, original
        for rendition in renditions.values():
            yield photo_id, rendition["key"]
            for other in rendition.get("also", ()):
                yield photo_id, other["key"]


def photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo by id, for jobs."""
    return session.get(Photo, photo_id)


def processed_twin(session: Session, original_key: str) -> Photo | None:
    """A processed photo of the very same bytes: its renditions serve again instead of being made twice."""
    query = select(Photo).where(Photo.original_key == original_key, Photo.state == "ready", kept()).limit(1)
    found = session.scalar(query)
    if found is not None:
        session.expunge(found)  # it is read after this session has ended
    return found


def twins(session: Session, original_key: str) -> list[Mapping[str, Any]]:
    """The renditions of processed photos of the very same bytes, of twenty at most."""
    query = select(Photo.renditions).where(Photo.original_key == original_key, Photo.state == "ready", kept()).limit(20)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of a submission, as far as a page needs it that shows all of them."""

    id: UUID
    slot: str
    renditions: Mapping[str, Any]


_photo, _sent = Photo.__table__.c, SubmissionPhoto.__table__.c
_SENT_SHOTS = (
    select(_photo.id, _photo.slot, _photo.renditions)
    .join_from(SubmissionPhoto.__table__, Photo.__table__, _photo.id == _sent.photo_id)
    .where(_sent.submission_id == bindparam("submission"))
    .order_by(_sent.position)
)


def shots_sent(session: Session, submission_id: UUID) -> Sequence[Shot]:
    """The photos that a submission was sent with, in order, without what only checks look at."""
    return [Shot(*row) for row in session.execute(_SENT_SHOTS, {"submission": submission_id})]


def submission_photos(session: Session, submission_id: UUID) -> Sequence[Photo]:
    """The photos that a submission was sent with, in order."""
    query = (
        select(Photo)
        .join(SubmissionPhoto, SubmissionPhoto.photo_id == Photo.id)
        .where(SubmissionPhoto.submission_id == submission_id)
        .order_by(SubmissionPhoto.position)
    )
    return list(session.scalars(query))


def photos_sent(session: Session, submission_ids: Sequence[UUID]) -> dict[UUID, list[PhotoFace]]:
    """The photos of several submissions in their order, by submission; one statement."""
    found: dict[UUID, list[PhotoFace]] = {submission_id: [] for submission_id in submission_ids}
    query = (
        select(SubmissionPhoto.submission_id, Photo)
        .join(Photo, Photo.id == SubmissionPhoto.photo_id)
        .where(SubmissionPhoto.submission_id.in_(submission_ids))
        .order_by(SubmissionPhoto.position)
    )
    for submission_id, shot in session.execute(query) if submission_ids else ():
        found[submission_id].append(photo_face(shot))
    return found


def sent_photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo that was sent with some submission, or that a flag holds against one (reviewers may see no other)."""
    sent = exists().where(SubmissionPhoto.photo_id == Photo.id)
    return session.scalars(select(Photo).where(Photo.id == photo_id, or_(sent, _is_compared()))).first()


_SHOTS = select(
    _photo.entry_id, _photo.slot, _photo.id, _photo.renditions, _photo.quality["tint"].as_string().label("mean")
).where(_photo.entry_id.in_(bindparam("entries", expanding=True)), _photo.removed_at.is_(None), _photo.state == "ready")


def faces(session: Session, entry_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, Mapping[str, Any], int | None]]:
    """The last ready photo of each entry, with its renditions and the tint that stands in its place."""
    if not entry_ids:
        return {}
    # The final front view tells most; without one the latest slot so far stands for the piece.
    rows = session.execute(_SHOTS, {"entries": list(entry_ids)})
    shots = sorted(rows, key=lambda shot: (shot.slot == FRONT, slot_order(shot.slot)))
    return {shot.entry_id: (shot.id, shot.renditions, nearest_tint(shot.mean or "")) for shot in shots}
