"""The canonical form of a definition and its digest.

Same content means same digest: key order, line endings and the place in the file do not count.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> Any:
    """Return `value` as plain JSON data: string keys, lists, and line feeds only.

    Raises TypeError for a value that JSON cannot hold.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest_of(kind: str, payload: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of `kind` and `payload`, in hexadecimal."""
    text = json.dumps(
        {"kind": kind, "payload": canonical(payload)},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()
