"""What every store of parts must do, tried on each of them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import MemoryStore

from app.infra.storage.base import Storage
from app.infra.storage.local import LocalStorage
from app.infra.storage.s3 import ObjectStorage


@pytest.fixture(params=["local", "object", pytest.param("seaweedfs", marks=pytest.mark.services)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "seaweedfs":
        return request.getfixturevalue("seaweedfs").empty_storage()
    return LocalStorage(tmp_path / "files") if request.param == "local" else ObjectStorage(MemoryStore())


def test_parts_are_joined_in_the_order_that_is_asked_for(storage: Storage) -> None:
    upload = uuid4()
    names = [storage.parts.write(upload, [letter * 3, letter]).name for letter in (b"a", b"b", b"c")]
    with storage.parts.joined(upload, names) as path:
        assert path.read_bytes() == b"aaaabbbbcccc"
    with storage.parts.joined(upload, names[1:2]) as path:
        assert path.read_bytes() == b"bbbb"


def test_the_same_bytes_twice_are_two_parts(storage: Storage) -> None:
    upload = uuid4()
    first, second = storage.parts.write(upload, [b"x"]), storage.parts.write(upload, [b"x"])
    storage.parts.drop(upload, first.name)
    storage.parts.drop(upload, first.name)
    with storage.parts.joined(upload, [second.name]) as path:
        assert path.read_bytes() == b"x"


def test_a_part_that_is_not_there_is_said(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError), storage.parts.joined(uuid4(), [uuid4().hex]):
        pass
    with pytest.raises(ValueError, match="hexadecimal"), storage.parts.joined(uuid4(), ["../../secret"]):
        pass


def test_an_error_while_bytes_arrive_leaves_no_part(storage: Storage, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    upload = uuid4()
    with pytest.raises(OSError, match="No space"):
        storage.parts.write(upload, broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_removing_an_upload_leaves_the_others_and_the_files(storage: Storage) -> None:
    gone, kept = uuid4(), uuid4()
    key = storage.put_bytes("original", b"photo", "jpg").key
    storage.parts.write(gone, [b"1"])
    part = storage.parts.write(kept, [b"2"])
    storage.parts.remove(gone)
    storage.parts.remove(gone)
    found = dict(storage.parts.uploads())
    assert list(found) == [kept]
    assert abs(found[kept] - datetime.now(UTC)) < timedelta(minutes=1)
    with storage.parts.joined(kept, [part.name]) as path:
        assert path.read_bytes() == b"2"
    assert list(storage.keys()) == [key], "parts are no files: a sweeper of files must not see them"
