"""Where to go after signing in: only to a page of our own."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_next(target: str | None, fallback: str) -> str:
    """Return `target` when it is a plain path of this site, else `fallback`.

    Control characters, backslashes, schemes and hosts are refused before parsing: browsers normalize them
    in ways that turn a path into another site.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    if any(ord(c) < 33 or c == "\\" or ord(c) == 127 for c in target):
        return fallback
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return fallback
    return target
