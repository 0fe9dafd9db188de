"""Keys of stored files: `kind/aa/sha256.ext`, nothing else, so no key can ever name a place outside the store."""

from __future__ import annotations

import re
from typing import Final

_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_EXTENSION: Final = re.compile(r"[a-z0-9]{1,8}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KEY: Final = re.compile(r"([a-z][a-z0-9-]{0,31})/([0-9a-f]{2})/([0-9a-f]{64})\.([a-z0-9]{1,8})")


def key_for(kind: str, sha256: str, ext: str) -> str:
    """The key of a file of this kind with these contents. Raises ValueError when a part is malformed."""
    if not (_KIND.fullmatch(kind) and _SHA256.fullmatch(sha256) and _EXTENSION.fullmatch(ext)):
        raise ValueError(f"No storage key can be made of {kind!r}, {sha256!r} and {ext!r}.")
    return f"{kind}/{sha256[:2]}/{sha256}.{ext}"


def check_key(key: str) -> str:
    """`key` itself. Raises ValueError when it is not a key that `key_for` could have made."""
    match = _KEY.fullmatch(key)
    if match is None or match[3][:2] != match[2]:
        raise ValueError(f"{key!r} is not a storage key.")
    return key


def check_prefix(prefix: str) -> str:
    """`prefix` itself: empty, or the beginning of keys up to a slash. Raises ValueError for anything else."""
    if prefix and not re.fullmatch(r"[a-z][a-z0-9-]{0,31}/([0-9a-f]{2}/)?", prefix):
        raise ValueError(f"{prefix!r} is not the beginning of storage keys.")
    return prefix


def sha256_of_key(key: str) -> str:
    """The SHA-256 (64 hexadecimal digits) that the file under `key` must have. Raises ValueError for a bad key."""
    return check_key(key).rsplit("/", 1)[1].split(".", 1)[0]
