from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from app.infra.storage.base import StorageError
from app.infra.storage.s3 import ObjectStorage, s3_storage
from tests.infra.storage.conftest import SeaweedFS


def unreachable() -> ObjectStorage:
    """A service that nobody offers: the discard port of this machine."""
    return s3_storage(
        endpoint="http://127.0.0.1:9", bucket="photos", region="us-east-1", access_key="key", secret_key="secret"
    )


def test_a_service_that_is_away_is_an_oserror(tmp_path: Path) -> None:
    source = tmp_path / "photo"
    source.write_bytes(b"x")
    storage = unreachable()
    stored = ObjectStorage(MemoryStore()).put_bytes("originals", b"x", "jpg")
    with pytest.raises(StorageError):
        storage.put_file("originals", source, "jpg")
    with pytest.raises(StorageError) as caught:
        storage.exists(stored.key)
    assert isinstance(caught.value, OSError)
    assert "secret" not in str(caught.value)


def test_objects_of_others_in_the_bucket_are_no_keys() -> None:
    store = MemoryStore()
    store.put("backup/2026.tar", b"x")
    storage = ObjectStorage(store)
    key = storage.put_bytes("originals", b"x", "jpg").key
    assert list(storage.keys()) == [key]


def test_there_is_nothing_half_written_to_tidy() -> None:
    assert ObjectStorage(MemoryStore()).tidy(datetime(2026, 11, 22, tzinfo=UTC)) == 0


@pytest.mark.services
def test_a_signature_counts_and_each_prefix_sees_only_its_own(seaweedfs: SeaweedFS) -> None:
    one, other = seaweedfs.empty_storage(), seaweedfs.empty_storage()
    key = one.put_bytes("originals", b"x", "jpg").key
    assert (list(one.keys()), list(other.keys())) == ([key], [])
    one.ping()
    stranger = seaweedfs.empty_storage(secret_key="not the one that was agreed on")
    for call in (stranger.ping, lambda: stranger.put_bytes("originals", b"x", "jpg"), lambda: stranger.exists(key)):
        with pytest.raises(StorageError):
            call()


def test_a_ping_does_not_wait_for_a_service_that_is_away() -> None:
    began = time.monotonic()
    with pytest.raises(StorageError):
        unreachable().ping()
    assert time.monotonic() - began < 5
