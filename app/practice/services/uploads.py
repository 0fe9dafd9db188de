"""Photos that arrive in parts: announced, filled part by part, made a photo once, ended, swept.

Every step may be repeated. What was acknowledged is in a row whose bytes are on the disk; a crash at any point leaves
parts that no row names (swept) or an upload that is whole and no photo yet (finished by a job, within a minute or two).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, DomainError, Expired, FieldProblem, Invalid, TooLarge
from app.infra.images import ACCEPTED, EXTENSIONS, HEAD_BYTES, describe, hides_archive, sniff_any
from app.infra.runtime import Runtime
from app.infra.storage.parts import Part, Parts
from app.practice import queries
from app.practice.models import PhotoUpload
from app.practice.queries import UploadFacts
from app.practice.services.photos import ORIGINAL, Upload, attach_photo
from app.practice.services.states import require_open

UPLOAD_LIFE = timedelta(days=7)
"""How long an upload waits for its next part; a finished one is remembered as long."""
MAX_RECEIVING = 48
UNFINISHED_AFTER = timedelta(seconds=30)
PART_ORPHAN_AGE = timedelta(days=1)
MEGABYTE = 1024 * 1024
TAIL_BYTES = 65_536 + 22


@dataclass(frozen=True, slots=True)
class Announced:
    """A photo that is about to be sent: what it is called, where it goes, how many bytes it has.

    `client_key` is the sender's own name for it (empty: none), `sha256` the hash that it must have (empty: any),
    `capture` what the browser says of the photo before it was made smaller.
    """

    name: str
    slot: str
    length: int
    client_key: str = ""
    sha256: str = ""
    replaces: UUID | None = None
    capture: Mapping[str, Any] = field(default_factory=dict)


def begin_upload(
    session: Session, actor: Actor, entry_id: UUID, wanted: Announced, *, max_bytes: int, now: datetime
) -> UploadFacts:
    """Announce a photo; the same key again is the same upload.

    Raises Invalid for an unknown slot, an empty file, too many photos on their way or an upload that was refused,
    TooLarge for too many bytes, Conflict when the piece is in review or decided.
    """
    session.get_one(User, actor.user_id, with_for_update=True)  # the count below must not be passed by two at once
    entry = queries.entry_for(session, actor.user_id, entry_id)
    known = queries.upload_by_key(session, entry.id, wanted.client_key) if wanted.client_key else None
    if known is not None and known.expires_at > now and known.length == wanted.length:
        require_not_refused(known)
        return queries.upload_facts(session, known.id)
    require_open(entry)
    if known is not None:
        session.delete(known)
        session.flush()
    _require_possible(wanted, max_bytes)
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    if wanted.slot not in {slot.id for slot in exercise.slots}:
        raise Invalid("This piece has no such photo.", [FieldProblem("slot", "slot", "Choose one of the photo tiles.")])
    if queries.receiving_count(session, actor.user_id, now) >= MAX_RECEIVING:
        text = f"{MAX_RECEIVING} photos are on their way already. Let some of them arrive first."
        raise Invalid(text, [FieldProblem("photo", "count", text)], code="count")
    upload = PhotoUpload(
        entry_id=entry.id,
        client_key=wanted.client_key or uuid.uuid4().hex,
        slot=wanted.slot,
        replaces=wanted.replaces,
        name=wanted.name[:200],
        length=wanted.length,
        received=0,
        sha256=wanted.sha256,
        parts=[],
        capture=dict(wanted.capture),
        created_at=now,
        updated_at=now,
        expires_at=now + UPLOAD_LIFE,
    )
    session.add(upload)
    session.flush()
    return queries.upload_facts(session, upload.id)


def _require_possible(wanted: Announced, max_bytes: int) -> None:
    if wanted.length == 0:
        text = f"{wanted.name} is empty. Choose it again, or take a new photo."
        raise Invalid(text, [FieldProblem("photo", "empty", text)], code="empty")
    require_size(wanted.name, wanted.length, max_bytes)


def require_size(name: str, length: int, max_bytes: int) -> None:
    """Raise TooLarge, with both figures, when a photo has more bytes than it may have."""
    if length > max_bytes:
        # Rounded up: a photo of 25.04 MB must not be told that it has 25.0 and may have 25.
        size = -(-length * 10 // MEGABYTE) / 10
        text = (
            f"{name} has {size} MB; a photo may have at most {max_bytes // MEGABYTE} MB. "
            "Choose a smaller version of it, or take the photo again with a lower resolution."
        )
        raise TooLarge(text, [FieldProblem("photo", "too_large", text)], code="too_large")


def require_not_refused(upload: UploadFacts | PhotoUpload) -> None:
    """Raise Invalid with the reason when what arrived cannot be used."""
    if upload.state == "refused":
        raise Invalid(upload.reason, [FieldProblem("photo", "refused", upload.reason)], code="refused")


def require_alive(upload: UploadFacts, now: datetime) -> None:
    """Raise Expired when nobody went on with the upload for too long."""
    if upload.expires_at <= now:
        raise Expired("This upload waited too long for its next part. Send the photo again.")


def note_part(session: Session, upload_id: UUID, part: Part, *, offset: int, now: datetime) -> int:
    """Count a stored part that begins at `offset`; returns how many bytes are there now.

    Raises Conflict (offset) when another request was faster, or the upload has ended.
    """
    upload = queries.locked_upload(session, upload_id)
    if upload is None or upload.state != "receiving" or upload.received != offset:
        raise Conflict("Another request has gone on with this upload.", code="offset")
    upload.parts = [*upload.parts, part.name]
    upload.received = offset + part.size
    upload.updated_at, upload.expires_at = now, now + UPLOAD_LIFE
    return upload.received


def finish_upload(runtime: Runtime, upload_id: UUID, *, now: datetime) -> UploadFacts:
    """Make a photo of an upload that is whole, once; returns it as it stands afterwards.

    The bytes are joined and stored first, then the photo, its job and the end of the upload are one transaction.
    Raises Invalid or Conflict when the photo is not taken (which is remembered), Expired when it is to be sent anew,
    OSError when the disk does not do its part (nothing is lost then: a job tries again).
    """
    with runtime.db.reading() as session:
        facts = queries.upload_facts(session, upload_id)
    if facts.state != "receiving" or not facts.is_whole:
        require_not_refused(facts)
        return facts
    try:
        stored = _store(runtime, facts)
        with runtime.transaction() as session:
            _make_photo(session, facts, stored, now)
    except FileNotFoundError as error:
        return _gone(runtime, upload_id, error)
    except DomainError as refusal:
        with runtime.transaction() as session:
            _close(session, upload_id, refusal, now)
        runtime.storage.parts.remove(upload_id)
        raise
    runtime.storage.parts.remove(upload_id)
    with runtime.db.reading() as session:
        return queries.upload_facts(session, upload_id)


def _store(runtime: Runtime, facts: UploadFacts) -> Upload:
    """Join the parts and store the whole, if it is what it should be."""
    storage = runtime.storage
    with storage.parts.joined(facts.id, facts.parts) as path:
        stored = storage.put_file(ORIGINAL, path, _extension(path, facts.name))
    if facts.sha256 and stored.sha256 != facts.sha256:
        raise Expired(f"{facts.name} did not arrive as it was sent. Send it again.", code="damaged")
    return Upload(stored, facts.name, facts.slot, facts.replaces, facts.capture, runtime.settings.max_photos)


def _extension(path: Path, name: str) -> str:
    """The extension by content. Raises Invalid for what is no photo."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    kind = sniff_any(head)
    if kind is not None and not hides_archive(tail):
        return EXTENSIONS[kind]
    words = "a photo with an archive hidden in it" if kind is not None else describe(head)
    raise not_a_photo(name, words)


def not_a_photo(name: str, words: str) -> Invalid:
    """The refusal of a file that is something else; `words` say what it seems to be."""
    text = (
        f"{name} is not taken: this is {words}. "
        f"Photos are {ACCEPTED} files. Take a new photo, or save this one as JPEG."
    )
    return Invalid(text, [FieldProblem("photo", "not_a_photo", text)], code="not_a_photo")


def _make_photo(session: Session, facts: UploadFacts, stored: Upload, now: datetime) -> None:
    upload = queries.locked_upload(session, facts.id)
    if upload is None or upload.state != "receiving":
        return  # somebody else has finished or ended it meanwhile
    photo = attach_photo(session, Actor(id=facts.user_id), facts.entry_id, stored, now=now)
    upload.state, upload.photo_id, upload.parts = "finished", photo.id, []
    upload.updated_at, upload.expires_at = now, now + UPLOAD_LIFE


def _close(session: Session, upload_id: UUID, refusal: DomainError, now: datetime) -> None:
    """Remember why a photo was not taken. One that arrived damaged is forgotten, so that it can be sent again."""
    upload = queries.locked_upload(session, upload_id)
    if upload is None or upload.state != "receiving":
        return
    if isinstance(refusal, Expired):
        session.delete(upload)
        return
    upload.state, upload.reason, upload.parts = "refused", refusal.message[:400], []
    upload.updated_at, upload.expires_at = now, now + UPLOAD_LIFE


def _gone(runtime: Runtime, upload_id: UUID, error: Exception) -> UploadFacts:
    """Parts are missing: another request has just finished it, or a disk has lost them; then it begins anew."""
    with runtime.transaction() as session:
        upload = queries.locked_upload(session, upload_id)
        if upload is not None and upload.state == "receiving":
            session.delete(upload)
        elif upload is not None:
            return queries.upload_facts(session, upload_id)
    raise Expired("Parts of this upload were lost on the server. Send the photo again.") from error


def end_upload(session: Session, upload_id: UUID) -> None:
    """Forget an upload. Raises Conflict for one of which a photo was made: that is taken out of the piece instead."""
    upload = queries.locked_upload(session, upload_id)
    if upload is None:
        return
    if upload.state == "finished":
        raise Conflict("This photo has arrived. Take it out of the piece instead.", code="finished")
    session.delete(upload)


def forget_uploads(session: Session, *, now: datetime) -> int:
    """Remove uploads that waited too long, and finished ones that nobody asks for any more; returns how many."""
    removed = 0
    while gone := queries.expired_uploads(session, now):
        session.execute(delete(PhotoUpload).where(PhotoUpload.id.in_(gone)))
        removed += len(gone)
    return removed


def sweep_parts(session: Session, parts: Parts, *, now: datetime) -> int:
    """Remove parts older than a day of uploads that are over or gone; returns of how many uploads."""
    removed = 0
    for upload_id, newest in list(parts.uploads()):
        if newest < now - PART_ORPHAN_AGE and not queries.living_uploads(session, [upload_id]):
            parts.remove(upload_id)
            removed += 1
    return removed
