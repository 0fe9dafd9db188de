"""The resumable upload protocol tus 1.0.0 over HTTP: its headers, its refusals, its bytes. What they mean is elsewhere.

https://tus.io/protocols/resumable-upload (core, creation, creation-with-upload, expiration, termination, checksum).
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, request
from flask_babel import gettext as _
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import http_date

from app.web.blueprint import AudienceBlueprint
from app.web.errors import problem

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
ALGORITHMS = ("sha1", "sha256")
BODY_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460
CHUNK_BYTES = 64 * 1024


class Refusal(Exception):
    """A request that breaks the protocol, or cannot be followed; the headers say more to programs."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


def speak(blueprint: AudienceBlueprint) -> None:
    """Let every answer of a blueprint name the version, and turn refusals into problem documents."""

    @blueprint.after_request
    def _name_the_version(response: Response) -> Response:
        response.headers["Tus-Resumable"] = VERSION
        return response

    @blueprint.errorhandler(Refusal)
    def _refuse(refusal: Refusal) -> Response:
        response = problem(refusal.status, "The upload cannot go on", refusal.sentence, code="tus")
        response.headers.update(refusal.headers)
        return response


def answer(status: int, **headers: str | int) -> Response:
    """An answer without a body; `upload_offset=5` becomes `Upload-Offset: 5`."""
    response = make_response(b"", status)
    response.headers.pop("Content-Type", None)
    for name, value in headers.items():
        response.headers[name.replace("_", "-").title()] = str(value)
    response.headers["Cache-Control"] = "no-store"
    return response


def options(max_bytes: int) -> Response:
    """What this server can do."""
    return answer(
        204,
        tus_version=VERSION,
        tus_extension=EXTENSIONS,
        tus_max_size=max_bytes,
        tus_checksum_algorithm=",".join(ALGORITHMS),
    )


def expires(moment: datetime) -> str:
    """The value of Upload-Expires."""
    return http_date(moment)


def require_version() -> None:
    """Refuse every version but ours: 412, and the one that is spoken here."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Refusal(412, _("This address speaks tus %(version)s.", version=VERSION), {"Tus-Version": VERSION})


def method() -> str:
    """The method of the request; X-HTTP-Method-Override comes before the real one."""
    return (request.headers.get("X-HTTP-Method-Override") or request.method).upper()


def require_body_type() -> None:
    """Refuse a body of another type: 415."""
    if request.mimetype != BODY_TYPE:
        raise Refusal(415, _("The bytes of an upload are sent as %(type)s.", type=BODY_TYPE))


def number(header: str) -> int:
    """A header that must be a whole number that is not negative: 400 otherwise."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Refusal(400, _("%(header)s must be a whole number of bytes.", header=header))
    return int(text)


def metadata() -> dict[str, str]:
    """Upload-Metadata: pairs of a key and a value in base64. What is no UTF-8 text is read as far as it can be."""
    found: dict[str, str] = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        key, _space, encoded = pair.strip().partition(" ")
        try:
            value = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            key = ""
        if not key or not key.isascii() or key in found:
            raise Refusal(400, _("Upload-Metadata must be pairs of a key and a value in base64, each key once."))
        found[key] = value
    return found


@dataclass
class Body:
    """The bytes of a request, counted, limited and hashed while they pass."""

    room: int
    size: int = 0

    def __post_init__(self) -> None:
        self._sum, self._expected = _checksum()

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come. A sender that goes away ends them, so that what came can be kept."""
        while True:
            try:
                chunk = request.stream.read(CHUNK_BYTES)
            except ClientDisconnected:
                break
            if not chunk:
                break
            self.size += len(chunk)
            if self.size > self.room:
                raise Refusal(413, _("More bytes came than the upload was announced with."))
            if self._sum is not None:
                self._sum.update(chunk)
            yield chunk
        if self._sum is not None and self._sum.digest() != self._expected:
            raise Refusal(CHECKSUM_MISMATCH, _("These bytes did not arrive as they were sent. Send them again."))


def _checksum() -> tuple[hashlib._Hash | None, bytes]:
    sent = request.headers.get("Upload-Checksum")
    if sent is None:
        return None, b""
    algorithm, _space, encoded = sent.partition(" ")
    try:
        expected = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        expected = b""
    if algorithm not in ALGORITHMS or not expected:
        raise Refusal(400, _("Upload-Checksum must be sha1 or sha256 and a hash in base64."))
    return hashlib.new(algorithm, usedforsecurity=False), expected


def full(error: OSError) -> Refusal:
    """The refusal for bytes that the server could not keep: 507 for a full disk, 503 for anything else."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        text = _("The disk of the server is full, so this photo cannot be taken now. It is still on your device.")
        return Refusal(507, text, {"Retry-After": "60"})
    text = _("The server could not store the photo just now. It is still on your device, and is sent again by itself.")
    return Refusal(503, text, {"Retry-After": "15"})
