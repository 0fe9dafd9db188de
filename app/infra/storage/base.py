"""What stores bytes: private, content-addressed, create-only. Keys look like kind/ab/abcd....ext."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where bytes were put: key, SHA-256 in hex, size in bytes."""

    key: str
    sha256: str
    size: int


class Missing(LookupError):
    """There are no bytes under this key."""


class Storage(Protocol):
    """The interface of all back ends. Nothing is visible under a key before all of it is safely written."""

    def put_file(self, kind: str, path: Path, ext: str) -> StoredFile:
        """Store the bytes of a file under the hash of its content; storing the same bytes again is harmless."""

    def put_bytes(self, kind: str, data: bytes, ext: str) -> StoredFile:
        """Store bytes under their hash."""

    def open(self, key: str) -> BinaryIO:
        """Open for reading; raises Missing."""

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part; raises Missing."""

    def size(self, key: str) -> int:
        """The size in bytes; raises Missing."""

    def exists(self, key: str) -> bool:
        """True when there are bytes under the key."""

    def delete(self, key: str) -> None:
        """Remove the bytes; removing what is not there is harmless."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that start with the prefix, in no particular order."""
