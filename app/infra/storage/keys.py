"""The rules for keys: made by us from a hash, never from a name that somebody sent."""

from __future__ import annotations

import re

_KIND = re.compile(r"[a-z][a-z-]{0,30}")
_EXT = re.compile(r"[a-z0-9]{1,8}")
_KEY = re.compile(r"[a-z][a-z-]{0,30}/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{1,8}")


def make_key(kind: str, sha256: str, ext: str) -> str:
    """Return kind/ab/<sha256>.ext; raises ValueError for a kind or extension that is not plain."""
    if not _KIND.fullmatch(kind) or not _EXT.fullmatch(ext) or len(sha256) != 64:
        raise ValueError(f"Not a storage key: {kind!r}, {ext!r}.")
    return f"{kind}/{sha256[:2]}/{sha256}.{ext}"


def check_key(key: str) -> str:
    """Return the key if it has our form; raises ValueError (so no path can leave the store)."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not a storage key: {key!r}.")
    return key
