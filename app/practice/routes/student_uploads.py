"""Photos in parts, by tus 1.0.0: announced at the piece, sent part by part, gone on with after any interruption.

No view here does image work, and none holds a transaction while bytes arrive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import structlog
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict
from app.domain.practice.capture import capture_from
from app.domain.practice.integrity import VIDEO_SLOTS
from app.infra.images import HEAD_BYTES, describe, sniff, sniff_any
from app.practice import queries, services
from app.practice.queries import UploadFacts
from app.web import tus
from app.web.access import current_actor, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.uploads import MEGABYTE, clean_name

bp = AudienceBlueprint("practice_uploads", Audience.STUDENT)
tus.speak(bp)
SHA256 = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[0-9A-Za-z-]{8,64}")
log_lines = structlog.get_logger("uploads")


@bp.route("/practice/<uuid:entry_id>/uploads", methods=["OPTIONS"], provide_automatic_options=False)
@requires(Permission.PRACTICE_LOG)
def collection_options(entry_id: UUID) -> ResponseReturnValue:
    """What the protocol can do here."""
    _require_own(entry_id)
    return tus.options(_max_bytes())


@bp.route("/uploads/<uuid:upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
@requires(Permission.PRACTICE_LOG)
def upload_options(upload_id: UUID) -> ResponseReturnValue:
    """The same at the address of an upload."""
    _own(upload_id)
    return tus.options(_max_bytes())


@bp.post("/practice/<uuid:entry_id>/uploads")
@requires(Permission.PRACTICE_LOG)
def create(entry_id: UUID) -> ResponseReturnValue:
    """Announce a photo; its first bytes may come along. The sender's own key again gives the same upload again."""
    _require_own(entry_id)
    if tus.method() == "OPTIONS":
        return tus.options(_max_bytes())
    tus.require_version()
    wanted = _announced()
    if request.content_length:
        tus.require_body_type()
    with runtime().transaction() as session:
        found = services.begin_upload(
            session, current_actor(), entry_id, wanted, max_bytes=_max_bytes(wanted.slot), now=request_now()
        )
    if request.content_length and found.received == 0:
        found = _take(found)
    response = _where(201, found)
    response.headers["Location"] = url_for(".append", upload_id=found.id)
    return response


@bp.route("/uploads/<uuid:upload_id>", methods=["HEAD"], provide_automatic_options=False)
@requires(Permission.PRACTICE_LOG)
def look(upload_id: UUID) -> ResponseReturnValue:
    """How much has arrived."""
    found = _own(upload_id)
    tus.require_version()
    if found.state == "refused":
        raise tus.Refusal(410, found.reason)
    services.require_alive(found, request_now())
    return _where(200, found)


@bp.patch("/uploads/<uuid:upload_id>")
@requires(Permission.PRACTICE_LOG)
def append(upload_id: UUID) -> ResponseReturnValue:
    """Take the next part. With the last one the photo is in the piece when the answer goes out."""
    found = _own(upload_id)
    tus.require_version()
    tus.require_body_type()
    offset = tus.number("Upload-Offset")
    services.require_not_refused(found)
    services.require_alive(found, request_now())
    if offset != found.received:
        raise _conflict(found)
    return _where(204, _take(found))


@bp.delete("/uploads/<uuid:upload_id>")
@requires(Permission.PRACTICE_LOG)
def end(upload_id: UUID) -> ResponseReturnValue:
    """Forget an upload that has not become a photo."""
    _own(upload_id)
    tus.require_version()
    with runtime().transaction() as session:
        services.end_upload(session, upload_id)
    runtime().storage.parts.remove(upload_id)
    return tus.answer(204)


@bp.post("/uploads/<uuid:upload_id>")
@requires(Permission.PRACTICE_LOG)
def override(upload_id: UUID) -> ResponseReturnValue:
    """For networks that let only GET and POST through: X-HTTP-Method-Override names the method that is meant."""
    views = {"PATCH": append, "DELETE": end, "HEAD": look, "OPTIONS": upload_options}
    view = views.get(tus.method())
    if view is None:
        _own(upload_id)
        raise tus.Refusal(400, _("Name PATCH, DELETE or HEAD in X-HTTP-Method-Override."))
    return view(upload_id)


# ---------------------------------------------------------------- what is asked for


def _max_bytes(slot: str | None = None) -> int:
    """The most bytes that a file for this slot (or for any) may have; only some take videos, which may be larger."""
    settings = runtime().settings
    takes_video = slot is None or slot in VIDEO_SLOTS
    return max(settings.max_photo_mb, settings.max_video_mb if takes_video else 0) * MEGABYTE


def _require_own(entry_id: UUID) -> None:
    with runtime().db.reading() as session:
        queries.entry_for(session, current_actor().user_id, entry_id)


def _own(upload_id: UUID) -> UploadFacts:
    with runtime().db.reading() as session:
        return queries.upload_facts(session, upload_id, user_id=current_actor().user_id)


def _announced() -> services.Announced:
    """The photo that the headers announce. Raises Refusal (400) for what is malformed."""
    if "Upload-Defer-Length" in request.headers:
        raise tus.Refusal(400, _("The length of a photo is known when it is announced: send Upload-Length."))
    length, said = tus.number("Upload-Length"), tus.metadata()
    name, sha256, key = clean_name(said.get("filename")), said.get("sha256", ""), said.get("key", "")
    if not name:
        raise tus.Refusal(400, _("A photo needs a file name: send filename in Upload-Metadata."))
    if (sha256 and not SHA256.fullmatch(sha256)) or (key and not KEY.fullmatch(key)):
        raise tus.Refusal(400, _("Upload-Metadata holds a key or a hash that cannot be one."))
    try:
        replaces = UUID(said["replaces"]) if said.get("replaces") else None
    except ValueError:
        raise tus.Refusal(400, _("Upload-Metadata names a photo to replace that cannot be one.")) from None
    slot = said.get("slot", "").replace("\0", "")
    return services.Announced(name, slot, length, key, sha256, replaces, capture_from(said))


# ---------------------------------------------------------------- bytes


def _take(found: UploadFacts) -> UploadFacts:
    """Store what comes, count it, and make a photo of an upload that is whole then."""
    received = found.received
    if request.content_length and not found.is_whole:
        received = _store(found)
    if received < found.length:
        return _own(found.id)
    try:
        return services.finish_upload(runtime(), found.id, now=request_now())
    except OSError as error:
        # Every byte is safe and the job will finish it; the sender may also just ask again.
        log_lines.error("an upload could not be finished", error=str(error), upload=str(found.id))
        raise tus.full(error) from error


def _store(found: UploadFacts) -> int:
    """Store a part and count it; returns how much is there. Bytes first, row second, as for every file."""
    parts, body = runtime().storage.parts, tus.Body(found.length - found.received)
    try:
        part = parts.write(found.id, _sniffed(found, body))
    except OSError as error:
        log_lines.error("a part could not be stored", error=str(error), upload=str(found.id))
        raise tus.full(error) from error
    if part.size == 0:
        parts.drop(found.id, part.name)
        return found.received
    try:
        with runtime().transaction() as session:
            return services.note_part(session, found.id, part, offset=found.received, now=request_now())
    except Conflict:
        parts.drop(found.id, part.name)
        raise _conflict(_own(found.id)) from None


def _sniffed(found: UploadFacts, body: tus.Body) -> Iterator[bytes]:
    """The bytes; those that begin a file of another kind are refused at once, before a student sends it all."""
    for index, chunk in enumerate(body.chunks()):
        head = chunk[:HEAD_BYTES]
        if index == 0 and found.received == 0 and len(head) == HEAD_BYTES:
            if sniff_any(head) is None:
                raise services.not_a_photo(found.name, describe(head))
            if sniff(head) is not None:  # it was announced as large as a video may be, and is none
                services.require_size(found.name, found.length, runtime().settings.max_photo_mb * MEGABYTE)
        yield chunk


def _conflict(found: UploadFacts) -> tus.Refusal:
    text = _("The upload has gone on from another place. Ask where it stands, and go on from there.")
    return tus.Refusal(409, text, {"Upload-Offset": str(found.received)})


def _where(status: int, found: UploadFacts) -> Response:
    """Where an upload stands, in headers."""
    response = tus.answer(status, upload_offset=found.received, upload_expires=tus.expires(found.expires_at))
    if status == 200:
        response.headers["Upload-Length"] = str(found.length)
    if found.photo_id is not None:
        response.headers["Vermilion-Photo"] = str(found.photo_id)
    return response
