"""Photos are processed here, never in a request: read in a process of its own, renditions stored, result noted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.domain.errors import DomainError
from app.domain.events import SubmissionReceived
from app.infra.color_reading_client import read_card_in_worker
from app.infra.images import (
    EXTENSION_OF,
    ImageRefused,
    Limits,
    PhotoResult,
    Rendition,
    deepen_in_worker,
    process_in_worker,
)
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.infra.storage.base import Storage
from app.notifications.services import notify
from app.practice import queries, services

DEEPEN_PHOTO = "practice.deepen_photo"
PATIENCE = timedelta(minutes=2)


@task(services.PROCESS_PHOTO)
def process_photo(context: JobContext, payload: dict[str, Any]) -> None:
    """Make the renditions of one photo. Done twice, the second run finds the first one's result."""
    photo_id = UUID(payload["photo_id"])
    with context.reading() as session:
        photo = queries.photo(session, photo_id)
        if photo is None or photo.state != "processing" or photo.removed_at is not None:
            return
        key, name, uploaded_at = photo.original_key, photo.original_name, photo.uploaded_at
        twin = queries.processed_twin(session, key)
    if twin is not None:
        with context.transaction() as session:
            services.photo_like(session, photo_id, twin, now=context.runtime.now())
        return
    try:
        result, renditions = _make_renditions(context, key)
    except ImageRefused as refusal:
        # A worker that was killed from outside is tried again, but nobody waits for that without end.
        if refusal.transient and context.runtime.now() - uploaded_at < PATIENCE:
            raise
        _reject(context, photo_id, name, refusal.sentence)
    except FileNotFoundError:
        _reject(context, photo_id, name, "The file was lost on the server. Please send the photo again.")
    else:
        with context.transaction() as session:
            services.photo_ready(session, photo_id, result, renditions, now=context.runtime.now())


def _make_renditions(context: JobContext, key: str) -> tuple[PhotoResult, dict[str, Any]]:
    """Process a stored original and store what comes out of it."""
    storage = context.runtime.storage
    with tempfile.TemporaryDirectory(prefix="vermilion-photo-") as folder:
        with storage.local_copy(key) as original:
            result = process_in_worker(original, Path(folder), _limits(context))
        return result, _stored(storage, result.renditions)


def _limits(context: JobContext) -> Limits:
    settings = context.runtime.settings
    return Limits(max_bytes=settings.max_photo_mb * 1024 * 1024, max_megapixels=settings.max_photo_megapixels)


def _stored(storage: Storage, made: Iterable[Rendition]) -> dict[str, Any]:
    """Store renditions. Each size has a first file that every browser reads, and "also" the same in other types."""
    found: dict[str, Any] = {}
    for one in made:
        stored = storage.put_file(services.RENDITION, one.path, EXTENSION_OF[one.mime])
        file = {"key": stored.key, "mime": one.mime, "size": one.size}
        if one.name in found:
            found[one.name]["also"].append(file)
        else:
            found[one.name] = {**file, "width": one.width, "height": one.height, "also": []}
    return found


def _reject(context: JobContext, photo_id: UUID, name: str, reason: str) -> None:
    with context.transaction() as session:
        entry = services.photo_rejected(session, photo_id, f"{name}: {reason}", now=context.runtime.now())
        if entry is not None:
            notify(
                session,
                entry.user_id,
                "photo_rejected",
                once_key=f"photo:{photo_id}",
                url=f"/learn/practice/{entry.id}/edit",
                now=context.now,
                number=entry.number,
                reason=reason,
            )


@task(services.READ_CARD)
def read_card(context: JobContext, payload: dict[str, Any]) -> None:
    """Read the color card in a photo that has one. Done twice, the second reading replaces the first."""
    photo_id = UUID(payload["photo_id"])
    with context.reading() as session:
        photo = queries.photo(session, photo_id)
        if photo is None or photo.state != "ready" or photo.removed_at is not None or "large" not in photo.renditions:
            return
        key = photo.renditions["large"]["key"]
    with context.runtime.storage.local_copy(key) as picture:
        reading = read_card_in_worker(picture)
    if reading.code:
        with context.transaction() as session:
            services.note_reading(session, photo_id, reading, now=context.runtime.now())


@handles(SubmissionReceived, "practice.tell_received")
def tell_received(context: JobContext, payload: dict[str, Any]) -> None:
    """The student sees that the piece is in the queue."""
    with context.transaction() as session:
        submission = queries.submission(session, UUID(payload["submission_id"]))
        entry = queries.entry_for(session, submission.user_id, submission.entry_id)
        notify(
            session,
            submission.user_id,
            "piece_received",
            once_key=f"submission:{submission.id}",
            url=f"/learn/practice/{entry.id}",
            now=context.now,
            number=entry.number,
        )


@handles(SubmissionReceived, "practice.check_integrity")
def check_integrity(context: JobContext, payload: dict[str, Any]) -> None:
    """Find what the reviewer should look at twice, and have the photos made ready for the zoom."""
    submission_id = UUID(payload["submission_id"])
    key = context.runtime.settings.secret_key.encode()
    with context.transaction() as session:
        services.check_integrity(session, submission_id, key, now=context.runtime.now())
        for photo in queries.photos_to_check(session, submission_id):
            if not _is_deep(photo.renditions):
                enqueue(session, DEEPEN_PHOTO, {"photo_id": photo.id.hex}, now=context.now)


def _is_deep(renditions: Mapping[str, Any]) -> bool:
    return any(other["mime"] == "image/avif" for other in renditions.get("large", {}).get("also", ()))


@task(DEEPEN_PHOTO)
def deepen_photo(context: JobContext, payload: dict[str, Any]) -> None:
    """Make what only reviewers need of a photo: AVIF and all its pixels."""
    photo_id = UUID(payload["photo_id"])
    with context.reading() as session:
        photo = queries.photo(session, photo_id)
        if photo is None or photo.state != "ready" or _is_deep(photo.renditions):
            return
        key = photo.original_key
    storage = context.runtime.storage
    with tempfile.TemporaryDirectory(prefix="vermilion-photo-") as folder:
        try:
            with storage.local_copy(key) as original:
                made = deepen_in_worker(original, Path(folder), _limits(context))
        except ImageRefused as refusal:
            if refusal.transient:
                raise
            return  # all pixels of it cost too much; reviewers have the large rendition
        with context.transaction() as session:
            services.photo_deepened(session, photo_id, _stored(storage, made))


@every(timedelta(days=1), "practice.sweep_orphans")
def sweep_orphans(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove the bytes of photos that were taken out, and of uploads that came to nothing."""
    with context.transaction() as session:
        services.forget_uploads(session, now=context.now)
    with context.reading() as session:
        services.sweep_orphans(session, context.runtime.storage, now=context.now)
        services.sweep_parts(session, context.runtime.storage.parts, now=context.now)


@every(timedelta(minutes=1), "practice.finish_uploads")
def finish_uploads(context: JobContext, _payload: dict[str, Any]) -> None:
    """Make photos of uploads whose last byte was acknowledged just before the web process died."""
    with context.reading() as session:
        left = queries.whole_uploads(session, context.now - services.UNFINISHED_AFTER)
    for upload_id in left:
        try:
            services.finish_upload(context.runtime, upload_id, now=context.runtime.now())
        except DomainError as refusal:
            _tell_refused(context, upload_id, refusal.message)


def _tell_refused(context: JobContext, upload_id: UUID, reason: str) -> None:
    """Nobody waits for the answer any more, so the student finds it among the notices."""
    with context.transaction() as session:
        upload = queries.locked_upload(session, upload_id)
        if upload is None:
            return
        facts = queries.upload_facts(session, upload_id)
        entry = queries.entry_for(session, facts.user_id, facts.entry_id)
        notify(
            session,
            facts.user_id,
            "photo_rejected",
            once_key=f"upload:{upload_id}",
            url=f"/learn/practice/{entry.id}/edit",
            now=context.now,
            number=entry.number,
            reason=reason,
        )
