"""Renditions of photos as answers: private, kept by the browser that fetched them, never anything but a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, send_file

from app.domain.errors import NotFound
from app.infra.storage.base import Storage
from app.infra.storage.keys import sha256_of_key

# Whoever may see a photo now may keep showing it for an hour; its bytes never change under one key.
MAX_AGE_SECONDS = 3600
# The bytes were made by us from what somebody sent: should a browser ever read them as a page, it may do nothing.
POLICY = "default-src 'none'; sandbox"


def rendition_response(storage: Storage, renditions: Mapping[str, Any], name: str) -> Response:
    """Answer with one rendition of a photo ("large", "medium", "small"), or 304 when the browser has it.

    The caller has checked that the person may see the photo. Raises NotFound for an unknown name or a lost file.
    """
    found = renditions.get(name)
    if found is None:
        raise NotFound
    etag = sha256_of_key(found["key"])
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
        response.set_etag(etag)
    else:
        try:
            stream = storage.open(found["key"])
        except FileNotFoundError as error:
            raise NotFound from error
        response = send_file(stream, mimetype=found["mime"], etag=etag, conditional=False, max_age=MAX_AGE_SECONDS)
        response.content_length = found["size"]
    response.cache_control.clear()
    response.cache_control.private = True
    response.cache_control.max_age = MAX_AGE_SECONDS
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Disposition"] = "inline"
    return response
