"""Files on the local disk: written beside their place, forced to disk, then renamed into it."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.infra.storage.base import Missing, StoredFile
from app.infra.storage.keys import check_key, make_key

CHUNK = 1024 * 1024


class LocalStorage:
    """The default store: a folder that only this user may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put_file(self, kind: str, path: Path, ext: str) -> StoredFile:
        """Store a file under the hash of its content."""
        with path.open("rb") as source:
            return self._put(kind, source, ext)

    def put_bytes(self, kind: str, data: bytes, ext: str) -> StoredFile:
        """Store bytes under their hash."""
        return self._put(kind, io.BytesIO(data), ext)

    def open(self, key: str) -> BinaryIO:
        """Open for reading; raises Missing."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise Missing(key) from None

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part; raises Missing."""
        with self.open(key) as file:
            file.seek(start)
            return file.read(length)

    def size(self, key: str) -> int:
        """The size in bytes; raises Missing."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise Missing(key) from None

    def exists(self, key: str) -> bool:
        """True when there are bytes under the key."""
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the bytes."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that start with the prefix; unfinished files have other names and are not among them."""
        for path in self._folder.glob("*/*/*"):
            key = path.relative_to(self._folder).as_posix()
            if key.startswith(prefix) and not path.name.startswith("."):
                yield key

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)

    def _put(self, kind: str, source: BinaryIO, ext: str) -> StoredFile:
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=".put-", dir=self._folder)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
                size = target.tell()
            key = make_key(kind, digest.hexdigest(), ext)
            path = self._path(key)
            if not path.exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                unfinished.replace(path)
                _sync_folder(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
        return StoredFile(key, digest.hexdigest(), size)

    def free_bytes(self) -> int:
        """Free space on the disk of the store."""
        return shutil.disk_usage(self._folder).free


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk before a row that names the file is committed.
    for place in (folder, folder.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
