"""Renditions of photos and videos as answers: private, in the best type the browser takes, whole or a range of bytes.

A rendition is one picture in one size. It may be there in several types (JPEG, WebP, AVIF); which one is sent depends
on what the browser says that it accepts, so a page needs one address for each size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, BinaryIO, Final

from flask import Response, request

from app.domain.errors import NotFound
from app.infra.storage.base import CHUNK_BYTES, Storage
from app.infra.storage.keys import sha256_of_key

# Whoever may see a photo now may keep showing it for an hour; its bytes never change under one key.
MAX_AGE_SECONDS = 3600
# The bytes were made by us from what somebody sent: should a browser ever read them as a page, it may do nothing.
POLICY = "default-src 'none'; sandbox"
BETTER: Final = ("image/avif", "image/webp")
"""Smaller types first. They are sent only to browsers that name them; the first file of a rendition suits them all."""
LESSER: Final = {"full": "large"}
"""What stands in for a rendition that is not made yet, or has no more pixels."""
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


def rendition_response(storage: Storage, renditions: Mapping[str, Any], name: str) -> Response:
    """Answer with one rendition of a photo ("full", "large", "medium", "small") or video ("video").

    The caller has checked that the person may see it. Answers 304 when the browser has it, 206 for a range, 416 for
    a range behind the end. Raises NotFound for an unknown name or a lost file.
    """
    found = renditions.get(name) or renditions.get(LESSER.get(name, ""))
    if found is None:
        raise NotFound
    file = _best(found)
    etag = sha256_of_key(file["key"])
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        response = _bytes_of(storage, file, etag)
        response.mimetype = file["mime"]
    response.set_etag(etag)
    response.cache_control.private = True
    response.cache_control.max_age = MAX_AGE_SECONDS if name in renditions else 0
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Disposition"] = "inline"
    if found.get("also"):
        response.vary.add("Accept")
    return response


def _best(rendition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file for this browser. `*/*` says nothing about a type, so only what is named counts."""
    named = {mime for mime, quality in request.accept_mimetypes if quality > 0}
    others: dict[str, Mapping[str, Any]] = {other["mime"]: other for other in rendition.get("also", ())}
    return next((others[mime] for mime in BETTER if mime in others and mime in named), rendition)


def _bytes_of(storage: Storage, file: Mapping[str, Any], etag: str) -> Response:
    size = file["size"]
    asked = asked_range(size, etag)
    if asked is not None and asked[0] >= size:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = asked or (0, size)
    try:
        if request.method == "HEAD":  # nobody would read, nor close, an opened file
            storage.stat(file["key"])
            response = Response(status=200)
        else:
            stream = storage.open(file["key"])
            response = Response(_pieces(stream, start, end), status=206 if asked else 200)
            response.call_on_close(stream.close)
    except FileNotFoundError as error:
        raise NotFound from error
    response.content_length = end - start
    if asked:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def asked_range(size: int, etag: str) -> tuple[int, int] | None:
    """The range of bytes that the request asks for as (first, behind the last), or None for all of them.

    A first byte at `size` or later cannot be satisfied. As RFC 9110 allows (14.2), a Range that is malformed, of
    another unit or of several parts is ignored, and so is every Range of a method other than GET, or under an
    If-Range that does not name these very bytes (13.1.5: compared strongly; we send no dates).
    """
    header, condition = request.headers.get("Range", ""), request.headers.get("If-Range")
    if request.method != "GET" or (condition is not None and condition.strip() != f'"{etag}"'):
        return None
    match = _RANGE.fullmatch(header.strip().replace(" ", ""))
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return (max(0, size - int(suffix)), size) if int(suffix) else (size, size)
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _pieces(stream: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with closing(stream):
        stream.seek(start)
        left = end - start
        while left and (piece := stream.read(min(CHUNK_BYTES, left))):
            left -= len(piece)
            yield piece
