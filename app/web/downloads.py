"""Stored files that came from outside, as downloads that no browser shows or runs as a page of ours."""

from __future__ import annotations

from flask import Response, send_file

from app.domain.errors import NotFound
from app.infra.storage.base import Storage


def stored_download(storage: Storage, key: str, mimetype: str, name: str) -> Response:
    """The stored file of a key as a download; its ending is added to `name`. Raises NotFound for an empty key."""
    if not key:
        raise NotFound
    response = send_file(
        storage.open(key),
        mimetype=mimetype,
        as_attachment=True,
        download_name=f"{name}.{key.rpartition('.')[2]}",
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
