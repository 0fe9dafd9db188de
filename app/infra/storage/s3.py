"""Files in a bucket of an S3-compatible service, through obstore. For several hosts that share one academy."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from app.infra.storage.base import CHUNK_BYTES, FileFacts, StorageError, StoredFile
from app.infra.storage.keys import check_key, check_prefix, key_for
from app.infra.storage.parts import ObjectParts


def s3_storage(
    *, endpoint: str, bucket: str, region: str, access_key: str, secret_key: str, prefix: str = ""
) -> ObjectStorage:
    """A store in `bucket` at `endpoint` (`https://…`, or `http://…` for a server on a trusted network).

    With a prefix, everything lies below it and nothing else is seen.
    """
    connect = partial(
        s3_store,
        endpoint=endpoint,
        bucket=bucket,
        region=region,
        access_key=access_key,
        secret_key=secret_key,
        prefix=prefix,
    )
    return ObjectStorage(connect(), probe=connect(patience=timedelta(seconds=2)))


def s3_store(
    *,
    endpoint: str,
    bucket: str,
    region: str,
    access_key: str,
    secret_key: str,
    prefix: str = "",
    patience: timedelta = timedelta(seconds=20),
) -> Any:
    """obstore's client, which gives up after `patience`; a probe with little of it does not try again.

    obstore would go on for three minutes; a person waits for the answer, and a job comes again by itself.
    """
    from obstore.store import S3Store  # costs 7 MB that the embedded default must not pay

    seconds = patience.total_seconds()
    is_probe = seconds < 5
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=endpoint,
        region=region,
        access_key_id=access_key,
        secret_access_key=secret_key,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "timeout": f"{seconds:.0f}s" if is_probe else "60s",
            "connect_timeout": "1s" if is_probe else "5s",
        },
        retry_config={"max_retries": 0 if is_probe else 3, "retry_timeout": patience},
    )


class ObjectStorage:
    """Any object store of obstore as our store."""

    def __init__(self, store: Any, *, probe: Any = None) -> None:
        import obstore

        self._store, self._probe = store, probe or store
        self._obstore = obstore

    @property
    def parts(self) -> ObjectParts:
        """See `Storage.parts`."""
        return ObjectParts(self._store, self._obstore, self._errors)

    def put_file(self, kind: str, path: Path, ext: str) -> StoredFile:
        """See `Storage.put_file`. Read twice, because the name is the hash."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
        stored = StoredFile(key_for(kind, digest.hexdigest(), ext), digest.hexdigest(), size)
        with self._errors():
            self._obstore.put(self._store, stored.key, path)
        return stored

    def put_bytes(self, kind: str, data: bytes, ext: str) -> StoredFile:
        """See `Storage.put_bytes`."""
        sha256 = hashlib.sha256(data).hexdigest()
        stored = StoredFile(key_for(kind, sha256, ext), sha256, len(data))
        with self._errors():
            self._obstore.put(self._store, stored.key, data)
        return stored

    def open(self, key: str) -> BinaryIO:
        """See `Storage.open`. Reads ahead in pieces, so that even a large file takes little memory."""
        with self._errors():
            reader = self._obstore.open_reader(self._store, check_key(key), buffer_size=CHUNK_BYTES)
        return cast(BinaryIO, io.BufferedReader(_Raw(reader, self._errors)))

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """See `Storage.read_range`."""
        if start < 0 or length < 0:
            raise ValueError("A range begins at 0 or later and is not negative.")
        size = self.stat(key).size
        if start >= size or length == 0:
            return b""
        with self._errors():
            return bytes(self._obstore.get_range(self._store, key, start=start, end=min(size, start + length)))

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """See `Storage.local_copy`; downloads to a temporary file."""
        with tempfile.NamedTemporaryFile(prefix="vermilion-", suffix=Path(check_key(key)).suffix) as file:
            with self._errors():
                for chunk in self._obstore.get(self._store, key).stream(min_chunk_size=CHUNK_BYTES):
                    file.write(chunk)
            file.flush()
            yield Path(file.name)

    def stat(self, key: str) -> FileFacts:
        """See `Storage.stat`."""
        with self._errors():
            found = self._obstore.head(self._store, check_key(key))
        return FileFacts(found["size"], found["last_modified"])

    def exists(self, key: str) -> bool:
        """See `Storage.exists`."""
        try:
            self.stat(key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        try:
            with self._errors():
                self._obstore.delete(self._store, check_key(key))
        except FileNotFoundError:
            return

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `Storage.keys`. Objects of others in the same bucket are passed over."""
        for key, _size in self._listed(prefix):
            yield key

    def sizes(self) -> Iterator[tuple[str, int]]:
        """See `Storage.sizes`; the list of the bucket says them."""
        yield from self._listed("")

    def _listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        with self._errors():
            for page in self._obstore.list(self._store, prefix=check_prefix(prefix) or None):
                for found in page:
                    try:
                        yield check_key(found["path"]), int(found["size"])
                    except ValueError:
                        continue

    def ping(self) -> None:
        """See `Storage.ping`: asks for an object that is not there, over a connection without patience."""
        try:
            with self._errors():
                self._obstore.head(self._probe, "ping")
        except FileNotFoundError:
            return

    def tidy(self, before: datetime) -> int:
        """Nothing to do: an object appears whole or not at all (let the bucket end old multipart uploads itself)."""
        return 0

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """obstore's errors are not OSErrors, so callers would need to know obstore; a missing object already is."""
        try:
            yield
        except self._obstore.exceptions.BaseError as error:
            raise StorageError(str(error).split("\n", 1)[0]) from error


class _Raw(io.RawIOBase):
    """obstore's reader in the shape of the standard library."""

    def __init__(self, reader: Any, errors: Any) -> None:
        self._reader, self._errors = reader, errors

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._errors():
            data = bytes(self._reader.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._errors():
            return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())
