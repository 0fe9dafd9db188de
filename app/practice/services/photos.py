"""Photos of a piece: taken into a slot, out of it, what their processing found, and sweeping what nothing needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.practice.capture import taken_at
from app.domain.practice.healed import SLOT as HEALED
from app.domain.practice.integrity import VIDEO_SLOTS
from app.domain.practice.photo_help import help_codes
from app.infra.audit import AuditTag, record
from app.infra.images import PhotoFacts, PhotoResult, is_video_key
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import Storage, StoredFile
from app.infra.video import VideoResult
from app.practice import queries
from app.practice.models import Photo, PracticeEntry
from app.practice.services.color import ask_for_reading
from app.practice.services.integrity import file_hash
from app.practice.services.states import editable, require_healed_window, require_open

PROCESS_PHOTO = "practice.process_photo"
ORIGINAL, RENDITION = "original", "rendition"
"""Kinds of stored files: what was sent, which is never served, and what is made of it."""
ORPHAN_AGE = timedelta(days=1)
MAX_PHOTOS = 24
MAX_PHOTOS_PER_SLOT = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file: where its bytes are stored, what it was called, its slot, and the photo that it replaces.

    `capture` is what the browser said of the photo before it made it smaller (domain/practice/capture.py).
    `most` is how many photos a piece may have.
    """

    stored: StoredFile
    name: str
    slot: str
    replaces: UUID | None = None
    capture: Mapping[str, Any] = field(default_factory=dict)
    most: int = MAX_PHOTOS


def attach_photo(session: Session, actor: Actor, entry_id: UUID, upload: Upload, *, now: datetime) -> Photo:
    """Put a stored file into a slot and queue its processing; the same bytes in the same slot count once.

    The photo that it replaces, and one in the same slot that could not be used, go out. Raises Invalid for an
    unknown slot or too many photos, Conflict when the piece is in review or decided.
    """
    entry = queries.entry_for(session, actor.user_id, entry_id, lock=True)
    photos = queries.photos_of(session, entry.id)
    in_slot = [photo for photo in photos if photo.slot == upload.slot]
    same = [p for p in in_slot if p.original_key == upload.stored.key and p.state != "rejected"]
    if same:
        return same[0]
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    if upload.slot == HEALED and exercise.healed is not None:
        require_healed_window(entry, exercise.healed, now)
    else:
        require_open(entry)
    if upload.slot not in {slot.id for slot in exercise.slots} | ({HEALED} if exercise.healed else set()):
        raise Invalid("This piece has no such photo.", [FieldProblem("slot", "slot", "Choose one of the photo tiles.")])
    _require_video_place(upload, in_slot)
    leaving = [photo for photo in in_slot if photo.state == "rejected" or photo.id == upload.replaces]
    if len(photos) - len(leaving) >= upload.most or len(in_slot) - len(leaving) >= MAX_PHOTOS_PER_SLOT:
        text = f"A piece takes {upload.most} photos, {MAX_PHOTOS_PER_SLOT} in each place. Remove one first."
        raise Invalid(text, [FieldProblem("photo", "count", text)])
    for photo in leaving:
        _take_out(session, actor, photo, now)
    photo = Photo(
        entry_id=entry.id,
        slot=upload.slot,
        original_key=upload.stored.key,
        original_name=upload.name[:200],
        size=upload.stored.size,
        capture=dict(upload.capture),
        taken_at=taken_at(upload.capture),
        uploaded_at=now,
    )
    session.add(photo)
    session.flush()  # the job names its id
    enqueue(session, PROCESS_PHOTO, {"photo_id": photo.id.hex}, now=now)
    entry.updated_at = now
    return photo


def _require_video_place(upload: Upload, in_slot: Sequence[Photo]) -> None:
    """A video is taken of set-up and tear-down only, one of each."""
    if not is_video_key(upload.stored.key):
        return
    if upload.slot not in VIDEO_SLOTS:
        text = f"{upload.name} is a video; this place takes photos only. Videos go to station set-up and tear-down."
        raise Invalid(text, [FieldProblem("photo", "video_place", text)], code="video_place")
    if any(
        is_video_key(photo.original_key)
        for photo in in_slot
        if photo.id != upload.replaces and photo.state != "rejected"
    ):
        text = "There is a video in this place already; it takes one. Remove that one first."
        raise Invalid(text, [FieldProblem("photo", "count", text)])


def remove_photo(session: Session, actor: Actor, entry_id: UUID, photo_id: UUID, *, now: datetime) -> None:
    """Take a photo out of a draft; doing it again changes nothing.

    Its bytes stay while an earlier submission shows it, and are swept otherwise.
    """
    entry = editable(session, actor, entry_id)
    photo = queries.photo_for(session, actor.user_id, photo_id)
    if photo.entry_id != entry.id:
        raise NotFound
    if photo.removed_at is None:
        _take_out(session, actor, photo, now)
        entry.updated_at = now


def _take_out(session: Session, actor: Actor, photo: Photo, now: datetime) -> None:
    photo.removed_at = now
    record(session, actor, AuditTag.PHOTO_REMOVED, now=now, target_kind="photo", target_id=photo.id)


def photo_ready(
    session: Session, photo_id: UUID, result: PhotoResult, renditions: Mapping[str, Any], *, now: datetime
) -> None:
    """Write down what the worker process found; a photo that was processed before is left alone."""
    facts = result.facts
    values: dict[str, Any] = {
        "width": facts.width,
        "height": facts.height,
        "hashes": {
            "dhash": facts.fingerprint.dhash,
            "ahash": facts.fingerprint.ahash,
            "dhash_mirrored": facts.mirrored_fingerprint.dhash,
            "ahash_mirrored": facts.mirrored_fingerprint.ahash,
        },
        "quality": _quality(facts),
        "renditions": dict(renditions),
    }
    if facts.taken_at is not None:  # else what the browser said stays
        values["taken_at"] = facts.taken_at
    _become_ready(session, photo_id, values, now)


def _quality(facts: PhotoFacts) -> dict[str, Any]:
    figures = {
        "sharpness": round(facts.sharpness, 2),
        "exposure": round(facts.exposure, 4),
        "shadows": round(facts.shadows, 4),
        "highlights": round(facts.highlights, 4),
        "vivid": facts.vivid,
        "noise": facts.noise,
    }
    codes = help_codes({**figures, "edge": max(facts.width, facts.height)}, facts.software)
    zone = facts.taken_at is not None and facts.taken_at_has_zone
    return {**figures, "tint": facts.tint, "help": list(codes), "zone": zone, "codes": list(facts.codes)}


def photo_like(session: Session, photo_id: UUID, twin: Photo, *, now: datetime) -> None:
    """Give a photo the results of a processed twin with the same bytes."""
    copied = ("width", "height", "taken_at", "hashes", "quality", "renditions")
    _become_ready(session, photo_id, {name: getattr(twin, name) for name in copied}, now)


def _become_ready(session: Session, photo_id: UUID, values: Mapping[str, Any], now: datetime) -> None:
    """Once: whoever comes second changes nothing."""
    due = update(Photo).where(Photo.id == photo_id, Photo.state == "processing").returning(Photo.id)
    if session.scalar(due.values(state="ready", processed_at=now, **values)) is not None and values["hashes"]:
        file_hash(session, photo_id, values["hashes"]["dhash"])
        ask_for_reading(session, photo_id, values["quality"].get("codes", ()), now=now)


def video_ready(
    session: Session, photo_id: UUID, result: VideoResult, renditions: Mapping[str, Any], *, now: datetime
) -> None:
    """Write down what is known of a video; one that was processed before is left alone."""
    facts = {"codec": result.codec, "seconds": result.seconds, "drawn_poster": result.is_drawn}
    values: dict[str, Any] = {
        "width": result.width,
        "height": result.height,
        "hashes": {},
        "quality": {"video": facts, "zone": result.taken_at is not None},
        "renditions": dict(renditions),
    }
    if result.taken_at is not None:
        values["taken_at"] = result.taken_at
    _become_ready(session, photo_id, values, now)


def photo_deepened(session: Session, photo_id: UUID, renditions: Mapping[str, Any]) -> None:
    """Add what only reviewers need to the renditions of a photo; done again, it replaces itself.

    `renditions` may also be all those of a photo of the same bytes, whose first files are then the photo's own.
    """
    photo = session.get_one(Photo, photo_id, with_for_update=True)
    merged = {name: dict(rendition) for name, rendition in photo.renditions.items()}
    for name, made in renditions.items():
        if name in merged and made["key"] == merged[name]["key"]:
            merged[name] = dict(made)
        elif name in merged:
            others = [one for one in merged[name].get("also", ()) if one["mime"] != made["mime"]]
            merged[name]["also"] = [{part: made[part] for part in ("key", "mime", "size")}, *others]
        else:
            merged[name] = dict(made)
    photo.renditions = merged


def photo_rejected(session: Session, photo_id: UUID, reason: str, *, now: datetime) -> PracticeEntry | None:
    """Write down why a photo cannot be used; returns its entry, or None when this was known."""
    photo = queries.photo(session, photo_id)
    if photo is None or photo.state != "processing" or photo.removed_at is not None:
        return None
    photo.state, photo.reason, photo.processed_at = "rejected", reason[:300], now
    return session.get(PracticeEntry, photo.entry_id)


def sweep_orphans(session: Session, storage: Storage, *, now: datetime, tick: Callable[[], None] = lambda: None) -> int:
    """Remove files of photos that nothing needs and that were stored more than a day ago; returns how many.

    Keys are read before the files are looked at: a file that is put meanwhile is young again and is spared.
    """
    before = now - ORPHAN_AGE
    kept = {key for _photo, key in queries.kept_files(session)}
    removed = storage.tidy(before)
    for kind in (ORIGINAL, RENDITION):
        for key in storage.keys(f"{kind}/"):
            tick()
            if key not in kept and _is_old(storage, key, before):
                storage.delete(key)
                removed += 1
    return removed


def _is_old(storage: Storage, key: str, before: datetime) -> bool:
    try:
        return storage.stat(key).stored_at < before
    except FileNotFoundError:
        return False
