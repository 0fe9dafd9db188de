"""Files in a folder of this machine, written so that a power cut leaves all of a file or nothing."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from app.infra.storage.base import CHUNK_BYTES, FileFacts, StoredFile
from app.infra.storage.keys import check_key, check_prefix, key_for
from app.infra.storage.parts import LocalParts

_INCOMING: Final = ".incoming"


class LocalStorage:
    """The store of the embedded default."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def parts(self) -> LocalParts:
        """See `Storage.parts`."""
        return LocalParts(self._root)

    def put_file(self, kind: str, path: Path, ext: str) -> StoredFile:
        """See `Storage.put_file`."""
        with path.open("rb") as source:
            return self._put(kind, iter(lambda: source.read(CHUNK_BYTES), b""), ext)

    def put_bytes(self, kind: str, data: bytes, ext: str) -> StoredFile:
        """See `Storage.put_bytes`."""
        return self._put(kind, (data,), ext)

    def open(self, key: str) -> BinaryIO:
        """See `Storage.open`."""
        return self._path(key).open("rb")

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """See `Storage.read_range`."""
        if start < 0 or length < 0:
            raise ValueError("A range begins at 0 or later and is not negative.")
        with self.open(key) as file:
            file.seek(start)
            return file.read(length)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """See `Storage.local_copy`; here it is the stored file itself."""
        path = self._path(key)
        path.stat()
        yield path

    def stat(self, key: str) -> FileFacts:
        """See `Storage.stat`."""
        found = self._path(key).stat()
        return FileFacts(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def exists(self, key: str) -> bool:
        """See `Storage.exists`."""
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        """See `Storage.delete`. A power cut may bring the file back, as an orphan that the next sweep removes."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `Storage.keys`. Anything in the folder that is not named by a key is passed over."""
        for folder, folders, names in os.walk(self._root / check_prefix(prefix)):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                key = (Path(folder) / name).relative_to(self._root).as_posix()
                try:
                    yield check_key(key)
                except ValueError:
                    continue

    def sizes(self) -> Iterator[tuple[str, int]]:
        """See `Storage.sizes`."""
        for key in self.keys():
            with suppress(FileNotFoundError):
                yield key, (self._root / key).stat().st_size

    def ping(self) -> None:
        """See `Storage.ping`. A folder that is not there yet is made with the first file."""
        if self._root.exists():
            os.listdir(self._root)
        else:
            self._root.parent.stat()

    def tidy(self, before: datetime) -> int:
        """See `Storage.tidy`."""
        removed = 0
        for part in (self._root / _INCOMING).glob("*"):
            try:
                if part.stat().st_mtime < before.timestamp():
                    part.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _put(self, kind: str, chunks: Iterable[bytes], ext: str) -> StoredFile:
        """Write beside, flush to the disk, rename into place, flush the folder: in this order, and only in this.

        A file that is there already is replaced by the same bytes: that renews its age and heals a damaged disk block.
        """
        key_for(kind, "0" * 64, ext)
        incoming = self._root / _INCOMING
        _make_folders(incoming)
        part = incoming / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                for chunk in chunks:
                    digest.update(chunk)
                    target.write(chunk)
                    size += len(chunk)
                target.flush()
                os.fsync(target.fileno())
            key = key_for(kind, digest.hexdigest(), ext)
            final = self._root / key
            _make_folders(final.parent)
            part.replace(final)
            _flush_folder(final.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return StoredFile(key, digest.hexdigest(), size)


def _make_folders(folder: Path) -> None:
    """Make a folder and its parents, each entry flushed to the disk: a file is lost with the folder that held it."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
