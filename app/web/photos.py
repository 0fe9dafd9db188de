"""Serve the renditions of a photo: a fixed type, no sniffing, no script, private, and never the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Response, request

from app.domain.errors import NotFound
from app.infra.storage.base import Storage

MIMES = {"image/webp": "webp", "image/jpeg": "jpg"}
PRIVATE = "private, max-age=86400"
NOTHING_RUNS = "default-src 'none'; sandbox"
log = structlog.get_logger("photos")


def rendition_response(storage: Storage, renditions: Mapping[str, Any], name: str) -> Response:
    """Answer with the rendition called `name`; the caller has checked who asks.

    The contents of a rendition never change, so its hash is the ETag; ranges are served. Raises NotFound when
    there is no such rendition or its file is gone.
    """
    found = renditions.get(name)
    if found is None or found["mime"] not in MIMES:
        raise NotFound
    etag = found["key"].rpartition("/")[2].partition(".")[0]
    response = Response(b"", mimetype=found["mime"])
    if not request.if_none_match.contains(etag):
        response.set_data(_bytes(storage, found["key"]))
    response.set_etag(etag)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{MIMES[found["mime"]]}"'
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response.make_conditional(request, accept_ranges=True, complete_length=response.content_length)


def _bytes(storage: Storage, key: str) -> bytes:
    try:
        with storage.open(key) as file:
            return file.read()
    except FileNotFoundError:
        log.error("a rendition is missing from the store", key=key)
        raise NotFound from None
