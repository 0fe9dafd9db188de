"""Recordings of a voice: a file of a form on its way in, and a private answer that plays from anywhere in it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import cast

from flask import Response, request, send_file
from flask_babel import gettext as _

from app.domain.errors import FieldProblem, Invalid, NotFound, TooLarge
from app.infra.storage.base import Storage
from app.infra.storage.keys import sha256_of_key
from app.web.uploads import IncomingFile

MAX_AGE_SECONDS = 3600
# The bytes come from a browser: should another ever read them as a page, it may do nothing.
POLICY = "default-src 'none'; sandbox"


def recording_in(field: str) -> Path:
    """Where the recording of a field lies while the request lasts. Raises Invalid (TooLarge) with a sentence."""
    part = request.files.get(field)
    incoming = cast("IncomingFile", part.stream) if part is not None else None
    if incoming is None or incoming.size == 0:
        text = _("There is no recording in this form. Record or choose one, then add it.")
        raise Invalid(text, [FieldProblem(field, "missing", text)])
    if incoming.too_large:
        text = _("This recording is too large. Record a shorter one.")
        raise TooLarge(text, [FieldProblem(field, "too_large", text)], code="too_large")
    return incoming.path


def recording_response(storage: Storage, key: str, mime: str) -> Response:
    """Answer with a recording or the part of it that a player asks for (Range); the caller has checked who may hear it.

    Raises NotFound for a lost file. A recording has a few megabytes at most, so it is read whole.
    """
    try:
        with storage.open(key) as stream:
            data = stream.read()
    except FileNotFoundError as error:
        raise NotFound from error
    response = send_file(BytesIO(data), mimetype=mime, etag=sha256_of_key(key), conditional=True)
    response.cache_control.clear()
    response.cache_control.private = True
    response.cache_control.max_age = MAX_AGE_SECONDS
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Disposition"] = "inline"
    return response
