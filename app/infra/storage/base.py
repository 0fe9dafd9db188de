"""What every store of files does. Files are private, content-addressed and never change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from app.infra.storage.parts import Parts

CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely stored: its key, the SHA-256 of its contents (hexadecimal) and its size in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Size in bytes of a stored file, and when its contents were last put (UTC)."""

    size: int
    stored_at: datetime


class StorageError(OSError):
    """The store could not be reached or did not do as told."""


class Storage(Protocol):
    """A store of files.

    Every method that takes a key raises ValueError for one that breaks the rules of `keys.py`. What cannot be read or
    written raises OSError; a missing file is FileNotFoundError. Methods may be called from several threads.
    """

    @property
    def parts(self) -> Parts:
        """Where the parts of files lie that are still arriving."""

    def put_file(self, kind: str, path: Path, ext: str) -> StoredFile:
        """Store a copy of the file at `path`, which is left alone.

        When this returns, the copy has survived a power cut. Putting the same contents again is harmless and renews
        `stored_at`, so that a sweeper of old orphans spares a file that is about to be referred to again.
        """

    def put_bytes(self, kind: str, data: bytes, ext: str) -> StoredFile:
        """Store `data`; otherwise as `put_file`."""

    def open(self, key: str) -> BinaryIO:
        """The file opened for reading in binary, seekable. The caller closes it."""

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from byte `start` on; fewer at the end of the file, none behind it."""

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """A path under which the file can be read (never written) until the block ends."""

    def stat(self, key: str) -> FileFacts:
        """Size and age of the file."""

    def exists(self, key: str) -> bool:
        """Whether the file is stored."""

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is no error."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys, or those that begin with `prefix` (`kind/` or `kind/aa/`), in no certain order."""

    def sizes(self) -> Iterator[tuple[str, int]]:
        """All keys, each with the size of its file in bytes; a file that goes away meanwhile may be left out."""

    def ping(self) -> None:
        """Return within about two seconds when the store can be read; raise OSError when it cannot."""

    def tidy(self, before: datetime) -> int:
        """Remove what crashes before `before` left half written, and say how many pieces that were."""
