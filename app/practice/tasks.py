"""Photos are processed here, never in a request: read in a process of its own, renditions stored, result noted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from app.domain.events import SubmissionReceived
from app.infra.images import ImageRefused, Limits, process_in_worker
from app.infra.jobs.registry import handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.practice import queries, services

EXTENSIONS = {"image/webp": "webp", "image/jpeg": "jpg"}


@task(services.PROCESS_PHOTO)
def process_photo(context: JobContext, payload: dict[str, Any]) -> None:
    """Make the renditions of one photo. Done twice, the second run finds the first one's result."""
    photo_id = UUID(payload["photo_id"])
    with context.reading() as session:
        photo = queries.photo(session, photo_id)
        if photo is None or photo.state != "processing":
            return
        key, name = photo.original_key, photo.original_name
        twin = queries.processed_twin(session, key)
    if twin is not None:
        with context.transaction() as session:
            services.photo_like(session, photo_id, twin, now=context.runtime.now())
        return
    settings = context.runtime.settings
    limits = Limits(max_bytes=settings.max_photo_mb * 1024 * 1024, max_megapixels=settings.max_photo_megapixels)
    renditions: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="vermilion-photo-") as folder:
        try:
            with context.runtime.storage.local_copy(key) as original:
                result = process_in_worker(original, Path(folder), limits)
        except ImageRefused as refusal:
            if refusal.transient:
                raise
            _reject(context, photo_id, name, refusal.sentence)
            return
        except FileNotFoundError:
            _reject(context, photo_id, name, "The file was lost on the server. Please send the photo again.")
            return
        for made in result.renditions:
            stored = context.runtime.storage.put_file("rendition", made.path, EXTENSIONS[made.mime])
            renditions[made.name] = {
                "key": stored.key,
                "mime": made.mime,
                "width": made.width,
                "height": made.height,
                "size": made.size,
            }
    with context.transaction() as session:
        services.photo_ready(session, photo_id, result, renditions, now=context.runtime.now())


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
