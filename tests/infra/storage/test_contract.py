"""What every store must do, tried on each of them."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import MemoryStore

from app.infra.storage.base import Storage, StoredFile
from app.infra.storage.local import LocalStorage
from app.infra.storage.s3 import ObjectStorage, s3_storage

DATA = bytes(range(256)) * 4096  # 1 MiB: several chunks
MISSING = "originals/ab/ab" + "0" * 62 + ".jpg"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3 over HTTP. It does not check signatures; everything else is the wire."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["local", "memory", "s3", pytest.param("seaweedfs", marks=pytest.mark.services)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A store of each kind, empty."""
    if request.param == "local":
        return LocalStorage(tmp_path / "files")
    if request.param == "memory":
        return ObjectStorage(MemoryStore())
    if request.param == "seaweedfs":
        return request.getfixturevalue("seaweedfs").empty_storage()
    endpoint, bucket = request.getfixturevalue("s3_server"), f"photos-{uuid4().hex}"
    urlopen(Request(f"{endpoint}/{bucket}", method="PUT")).close()
    return s3_storage(
        endpoint=endpoint, bucket=bucket, region="us-east-1", access_key="AKIA" + "0" * 16, secret_key="s" * 40
    )


def test_put_bytes_gives_the_key_by_contents(storage: Storage) -> None:
    sha256 = hashlib.sha256(b"hello").hexdigest()
    assert storage.put_bytes("originals", b"hello", "jpg") == StoredFile(
        f"originals/{sha256[:2]}/{sha256}.jpg", sha256, 5
    )


def test_put_file_copies_and_leaves_the_source(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(DATA)
    stored = storage.put_file("originals", source, "jpg")
    assert stored.sha256 == hashlib.sha256(DATA).hexdigest()
    assert stored.size == len(DATA)
    assert source.read_bytes() == DATA
    with storage.open(stored.key) as file:
        assert file.read() == DATA


def test_an_empty_file_can_be_stored(storage: Storage) -> None:
    stored = storage.put_bytes("documents", b"", "pdf")
    with storage.open(stored.key) as file:
        assert file.read() == b""
    assert storage.read_range(stored.key, 0, 10) == b""


def test_putting_twice_is_one_file(storage: Storage) -> None:
    first = storage.put_bytes("originals", DATA, "jpg")
    assert storage.put_bytes("originals", DATA, "jpg") == first
    assert list(storage.keys()) == [first.key]


def test_putting_again_renews_the_age(storage: Storage) -> None:
    key = storage.put_bytes("originals", DATA, "jpg").key
    before = storage.stat(key).stored_at
    storage.put_bytes("originals", DATA, "jpg")
    assert storage.stat(key).stored_at >= before
    assert storage.stat(key).stored_at > datetime.now(UTC) - timedelta(minutes=1)


def test_an_open_file_seeks(storage: Storage) -> None:
    key = storage.put_bytes("originals", DATA, "jpg").key
    with storage.open(key) as file:
        file.seek(1000)
        assert file.read(10) == DATA[1000:1010]
        assert file.tell() == 1010
        file.seek(-3, 2)
        assert file.read() == DATA[-3:]
        file.seek(0)
        assert file.read(2) == DATA[:2]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 4, DATA[:4]),
        (700_000, 300_000, DATA[700_000:1_000_000]),
        (len(DATA) - 5, 100, DATA[-5:]),
        (len(DATA), 1, b""),
        (len(DATA) + 10, 5, b""),
        (3, 0, b""),
    ],
)
def test_ranges(storage: Storage, start: int, length: int, expected: bytes) -> None:
    assert storage.read_range(storage.put_bytes("originals", DATA, "jpg").key, start, length) == expected


@pytest.mark.parametrize(("start", "length"), [(-1, 5), (0, -1)])
def test_a_negative_range_is_refused(storage: Storage, start: int, length: int) -> None:
    key = storage.put_bytes("originals", DATA, "jpg").key
    with pytest.raises(ValueError, match="range"):
        storage.read_range(key, start, length)


def test_local_copy_is_readable_by_path(storage: Storage) -> None:
    key = storage.put_bytes("originals", DATA, "jpg").key
    with storage.local_copy(key) as path:
        assert path.read_bytes() == DATA
        assert path.suffix == ".jpg"


def test_stat_tells_size_and_age(storage: Storage) -> None:
    facts = storage.stat(storage.put_bytes("originals", DATA, "jpg").key)
    assert facts.size == len(DATA)
    assert abs(facts.stored_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_is_missing_is_a_file_not_found(storage: Storage) -> None:
    assert not storage.exists(MISSING)
    for read in (storage.open, storage.stat, lambda key: storage.read_range(key, 0, 1)):
        with pytest.raises(FileNotFoundError):
            read(MISSING)
    with pytest.raises(FileNotFoundError), storage.local_copy(MISSING):
        pytest.fail("There is no copy of a missing file.")


def test_delete_is_idempotent(storage: Storage) -> None:
    key = storage.put_bytes("originals", DATA, "jpg").key
    assert storage.exists(key)
    storage.delete(key)
    storage.delete(key)
    assert not storage.exists(key)
    assert list(storage.keys()) == []


def test_keys_by_prefix(storage: Storage) -> None:
    photo = storage.put_bytes("originals", b"one", "jpg").key
    page = storage.put_bytes("documents", b"two", "pdf").key
    assert set(storage.keys()) == {photo, page}
    assert list(storage.keys("originals/")) == [photo]
    assert list(storage.keys(photo[:13])) == [photo]
    assert list(storage.keys("originals/zz/" if photo[10:12] == "00" else "originals/00/")) == []
    assert list(storage.keys("nothing/")) == []


@pytest.mark.parametrize(
    "key",
    ["", "../etc/passwd", "originals/../x", "/etc/passwd", MISSING + "/..", MISSING.replace("/ab/", "/cd/"),
     MISSING.upper(), MISSING + "\n", "originals/ab/short.jpg", ".incoming/ab/x"],
)  # fmt: skip
def test_bad_keys_are_refused_by_every_method(storage: Storage, key: str) -> None:
    for call in (
        storage.open,
        storage.stat,
        storage.exists,
        storage.delete,
        lambda key: storage.read_range(key, 0, 1),
    ):
        with pytest.raises(ValueError, match="is not a storage key"):
            call(key)
    with pytest.raises(ValueError, match="is not a storage key"), storage.local_copy(key):
        pytest.fail("A bad key has no copy.")


@pytest.mark.parametrize(("kind", "ext"), [("../up", "jpg"), ("Originals", "jpg"), ("originals", "j/g"), ("", "jpg")])
def test_bad_kinds_and_extensions_are_refused(storage: Storage, kind: str, ext: str) -> None:
    with pytest.raises(ValueError, match="No storage key"):
        storage.put_bytes(kind, b"x", ext)
    assert list(storage.keys()) == []


@pytest.mark.parametrize("prefix", ["..", "/", "originals", "originals/../", "originals/a"])
def test_bad_prefixes_are_refused(storage: Storage, prefix: str) -> None:
    with pytest.raises(ValueError, match="beginning"):
        list(storage.keys(prefix))


def test_many_threads_putting_the_same_file(storage: Storage) -> None:
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(storage.put_bytes("originals", DATA, "jpg").key)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert list(storage.keys()) == [keys[0]]
    with storage.open(keys[0]) as file:
        assert file.read() == DATA
