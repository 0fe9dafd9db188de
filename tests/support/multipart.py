"""Forms with files as browsers send them, as bytes: Werkzeug's own encoder leaves temporary files open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOUNDARY = "----vermilion"


def part(disposition: str, body: bytes, kind: str = "") -> bytes:
    """One part with this Content-Disposition behind "form-data; ", which may be as odd as a test wants it."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body + b"\r\n"


def body(*parts: bytes) -> dict[str, Any]:
    """The keywords of a test client's `post` for these parts."""
    data = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {"data": data, "content_type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(
    fields: Mapping[str, str | list[str]] | None = None, files: Mapping[str, tuple[str, bytes]] | None = None
) -> dict[str, Any]:
    """The keywords of `post` for a form: fields (several values as a list), then files as (name, bytes)."""
    parts = []
    for name, values in (fields or {}).items():
        for value in [values] if isinstance(values, str) else values:
            parts.append(part(f'name="{name}"', value.encode()))
    for name, (filename, data) in (files or {}).items():
        parts.append(part(f'name="{name}"; filename="{filename}"', data, "image/jpeg"))
    return body(*parts)
