"""Photos are processed here, never in a request: read in a process of its own, renditions stored, result noted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.errors import DomainError
from app.domain.events import SubmissionReceived
from app.infra.color_reading_client import read_card_in_worker
from app.infra.documents import DocumentProblem
from app.infra.images import (
    EXTENSION_OF,
    ImageRefused,
    Limits,
    Rendition,
    deepen_in_worker,
    is_video_key,
    process_in_worker,
)
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.infra.storage.base import Storage
from app.infra.video import video_in_worker
from app.notifications.services import notify
from app.practice import queries, services
from app.practice.models import PracticeEntry

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
        ready = _read_video(context, key) if is_video_key(key) else _read_photo(context, key)
    except ImageRefused as refusal:
        # A worker that was killed from outside is tried again, but nobody waits for that without end.
        if refusal.transient and context.runtime.now() - uploaded_at < PATIENCE:
            raise
        _reject(context, photo_id, name, refusal.sentence)
    except FileNotFoundError:
        _reject(context, photo_id, name, "The file was lost on the server. Please send the photo again.")
    else:
        with context.transaction() as session:
            ready(session, photo_id, now=context.runtime.now())


class Ready(Protocol):
    """Writes down what was found in a file, in the caller's transaction."""

    def __call__(self, session: Session, photo_id: UUID, *, now: datetime) -> None:
        """See `services.photo_ready`."""


def _read_photo(context: JobContext, key: str) -> Ready:
    """Process a stored photo and store what comes out of it."""
    storage = context.runtime.storage
    with tempfile.TemporaryDirectory(prefix="vermilion-photo-") as folder:
        with storage.local_copy(key) as original:
            result = process_in_worker(original, Path(folder), _limits(context))
        renditions = _stored(storage, result.renditions)
    return lambda session, photo_id, now: services.photo_ready(session, photo_id, result, renditions, now=now)


def _read_video(context: JobContext, key: str) -> Ready:
    """Clean a stored video and store the copy and its poster."""
    storage = context.runtime.storage
    with tempfile.TemporaryDirectory(prefix="vermilion-video-") as folder:
        with storage.local_copy(key) as original:
            result = video_in_worker(original, Path(folder), _limits(context))
        renditions = _stored(storage, result.renditions)
    return lambda session, photo_id, now: services.video_ready(session, photo_id, result, renditions, now=now)


def _limits(context: JobContext) -> Limits:
    settings = context.runtime.settings
    return Limits(
        max_bytes=settings.max_photo_mb * 1024 * 1024,
        max_megapixels=settings.max_photo_megapixels,
        max_video_bytes=settings.max_video_mb * 1024 * 1024,
        max_video_seconds=settings.max_video_minutes * 60,
    )


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
            _tell_rejected(session, entry, f"photo:{photo_id}", reason, now=context.now)


def _tell_rejected(session: Session, entry: PracticeEntry, once_key: str, reason: str, *, now: datetime) -> None:
    url = f"/learn/practice/{entry.id}/edit"
    facts = {"number": entry.number, "reason": reason}
    notify(session, entry.user_id, "photo_rejected", once_key=once_key, url=url, now=now, **facts)


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
        twin = next((one for one in queries.twins(session, key) if _is_deep(one)), None)
    storage = context.runtime.storage
    if twin is not None:
        with context.transaction() as session:
            services.photo_deepened(session, photo_id, twin)
        return
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
        _tell_rejected(session, entry, f"upload:{upload_id}", reason, now=context.now)


@task(services.EXPORT_JOB)
def export(context: JobContext, payload: dict[str, Any]) -> None:
    """Make a copy of a log. Done twice, the second run finds the copy that is there."""
    export_id, storage = UUID(payload["export_id"]), context.runtime.storage
    with context.reading() as session:
        found = queries.export(session, export_id)
        if found is None or found.state != "waiting":
            return
        user_id, kind = found.user_id, found.kind
    told = 0

    def tick(done: int, total: int) -> None:
        nonlocal told
        if done * 20 // max(total, 1) > told:  # twenty steps are enough for a bar
            told = done * 20 // max(total, 1)
            with context.transaction() as writing:
                services.export_progress(writing, export_id, done, total)

    with tempfile.TemporaryDirectory(prefix="vermilion-export-") as name:
        try:
            with context.reading() as session:
                path = services.write_export(
                    session, storage, user_id, kind, Path(name), now=context.runtime.now(), tick=tick
                )
        except DocumentProblem as problem:
            with context.transaction() as session:
                services.export_failed(session, export_id, str(problem), now=context.runtime.now())
            return
        stored = storage.put_file(services.EXPORT, path, kind)
    with context.transaction() as session:
        services.export_done(session, export_id, stored.key, stored.size, now=context.runtime.now())


@every(timedelta(days=1), "practice.clear_exports")
def clear_exports(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove copies of logs after a week: they can be made again."""
    with context.transaction() as session:
        services.clear_exports(session, context.runtime.storage, now=context.now)


@every(timedelta(hours=12), "practice.remind_healed")
def remind_healed(context: JobContext, _payload: dict[str, Any]) -> None:
    """Tell whose follow-up photo can be taken, once when its weeks begin and once before they end."""
    after: UUID | None = None
    while True:
        with context.transaction() as session:
            due = queries.healed_due(session, context.now.date(), after=after)
            for piece in due:
                kind = "healed_closing" if piece.is_closing else "healed_open"
                notify(
                    session,
                    piece.user_id,
                    kind,
                    once_key=f"{kind}:{piece.entry_id}",
                    url=f"/learn/practice/{piece.entry_id}/healed",
                    now=context.now,
                    number=piece.number,
                    until=piece.closes.isoformat(),
                )
        if not due:
            return
        after = due[-1].entry_id
