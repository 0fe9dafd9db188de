"""Parts of files that are still arriving: what a resumable upload has brought so far.

A part gets a name of its own and is never written twice, so two requests that bring the same bytes at once cannot
spoil each other; the row of the upload names the parts that count. Whatever no row names is removed by a sweeper.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from app.infra.storage.base import CHUNK_BYTES

_FOLDER: Final = ".parts"
_PREFIX: Final = "parts"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is safely stored: its name within its upload, and its size in bytes."""

    name: str
    size: int


class Parts(Protocol):
    """A store of parts. What cannot be read or written raises OSError; a missing part is FileNotFoundError."""

    def write(self, upload: UUID, chunks: Iterable[bytes]) -> Part:
        """Store a part; when this returns, it has survived a power cut. An error leaves nothing behind."""

    def joined(self, upload: UUID, names: Sequence[str]) -> AbstractContextManager[Path]:
        """A file that holds the parts one after the other, until the block ends."""

    def drop(self, upload: UUID, name: str) -> None:
        """Remove one part; one that is not there is no error."""

    def remove(self, upload: UUID) -> None:
        """Remove every part of an upload."""

    def uploads(self) -> Iterator[tuple[UUID, datetime]]:
        """Every upload that has parts, and when the last of them came (UTC)."""


class LocalParts:
    """Parts in a folder beside the files; several processes of one machine may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root / _FOLDER

    def write(self, upload: UUID, chunks: Iterable[bytes]) -> Part:
        """See `Parts.write`."""
        folder = self._root / upload.hex
        is_new = not folder.is_dir()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name, size = uuid.uuid4().hex, 0
        path = folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                for chunk in chunks:
                    target.write(chunk)
                    size += len(chunk)
                target.flush()
                os.fsync(target.fileno())
            for touched in (folder, self._root, self._root.parent) if is_new else (folder,):
                _flush_folder(touched)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Part(name, size)

    @contextmanager
    def joined(self, upload: UUID, names: Sequence[str]) -> Iterator[Path]:
        """See `Parts.joined`. One part alone is read where it lies."""
        folder = self._root / upload.hex
        if len(names) == 1:
            (folder / _checked(names[0])).stat()
            yield folder / names[0]
            return
        with tempfile.NamedTemporaryFile(prefix="vermilion-upload-") as whole:
            for name in names:
                with (folder / _checked(name)).open("rb") as part:
                    shutil.copyfileobj(part, whole, CHUNK_BYTES)
            whole.flush()
            yield Path(whole.name)

    def drop(self, upload: UUID, name: str) -> None:
        """See `Parts.drop`."""
        (self._root / upload.hex / _checked(name)).unlink(missing_ok=True)

    def remove(self, upload: UUID) -> None:
        """See `Parts.remove`."""
        shutil.rmtree(self._root / upload.hex, ignore_errors=True)

    def uploads(self) -> Iterator[tuple[UUID, datetime]]:
        """See `Parts.uploads`."""
        for folder in self._root.glob("*"):
            with suppress(ValueError, FileNotFoundError):
                # The time of a folder is that of its last new or removed entry.
                yield UUID(hex=folder.name), datetime.fromtimestamp(folder.stat().st_mtime, UTC)


class ObjectParts:
    """Parts as objects `parts/<upload>/<name>`, for several hosts that share one bucket."""

    def __init__(self, store: Any, obstore: Any, errors: Any) -> None:
        self._store, self._obstore, self._errors = store, obstore, errors

    def write(self, upload: UUID, chunks: Iterable[bytes]) -> Part:
        """See `Parts.write`. Collected first, in memory or (beyond a megabyte) on the disk: an object is put whole."""
        name, size = uuid.uuid4().hex, 0
        with tempfile.SpooledTemporaryFile(max_size=4 * CHUNK_BYTES) as body:
            for chunk in chunks:
                body.write(chunk)
                size += len(chunk)
            body.seek(0)
            with self._errors():
                self._obstore.put(self._store, self._key(upload, name), body)
        return Part(name, size)

    @contextmanager
    def joined(self, upload: UUID, names: Sequence[str]) -> Iterator[Path]:
        """See `Parts.joined`."""
        with tempfile.NamedTemporaryFile(prefix="vermilion-upload-") as whole:
            for name in names:
                with self._errors():
                    found = self._obstore.get(self._store, self._key(upload, name))
                    for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                        whole.write(chunk)
            whole.flush()
            yield Path(whole.name)

    def drop(self, upload: UUID, name: str) -> None:
        """See `Parts.drop`."""
        with suppress(FileNotFoundError), self._errors():
            self._obstore.delete(self._store, self._key(upload, name))

    def remove(self, upload: UUID) -> None:
        """See `Parts.remove`."""
        with self._errors():
            pages = self._obstore.list(self._store, prefix=f"{_PREFIX}/{upload.hex}/")
            paths = [found["path"] for page in pages for found in page]
        for path in paths:
            with suppress(FileNotFoundError), self._errors():
                self._obstore.delete(self._store, path)

    def uploads(self) -> Iterator[tuple[UUID, datetime]]:
        """See `Parts.uploads`."""
        newest: dict[UUID, datetime] = {}
        with self._errors():
            for page in self._obstore.list(self._store, prefix=f"{_PREFIX}/"):
                for found in page:
                    with suppress(ValueError, IndexError):
                        upload = UUID(hex=found["path"].split("/")[1])
                        newest[upload] = max(newest.get(upload, found["last_modified"]), found["last_modified"])
        yield from newest.items()

    def _key(self, upload: UUID, name: str) -> str:
        return f"{_PREFIX}/{upload.hex}/{_checked(name)}"


def _checked(name: str) -> str:
    """`name` itself: names of parts come from rows, but no row may ever lead out of the folder."""
    return UUID(hex=name).hex


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
