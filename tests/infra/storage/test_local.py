from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.infra.storage.local import LocalStorage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def storage(root: Path) -> LocalStorage:
    return LocalStorage(root)


def test_files_and_folders_are_private(storage: LocalStorage, root: Path) -> None:
    key = storage.put_bytes("originals", b"x", "jpg").key
    assert stat.S_IMODE((root / key).stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "originals").stat().st_mode) == 0o700


def test_the_order_that_survives_a_power_cut(
    storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contents reach the disk before the name, and the name before the call returns."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append(f"flush {kind} {Path(os.readlink(f'/proc/self/fd/{descriptor}')).parent.name}")
        fsync(descriptor)

    def note_replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    storage.put_bytes("originals", b"first", "jpg")  # makes the folders
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    storage.put_bytes("originals", b"first", "jpg")
    assert steps == ["flush file .incoming", "rename", "flush folder originals"]


def test_new_folders_are_flushed_too(storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    key = storage.put_bytes("originals", b"x", "jpg").key
    assert {str(root.parent), str(root), str(root / "originals"), str((root / key).parent)} <= set(flushed)


def test_a_full_disk_leaves_nothing_behind(storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (root / ".incoming").mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.put_bytes("originals", b"x" * 1000, "jpg")
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_putting_again_heals_a_damaged_file(storage: LocalStorage, root: Path) -> None:
    key = storage.put_bytes("originals", b"good", "jpg").key
    (root / key).write_bytes(b"baad")
    storage.put_bytes("originals", b"good", "jpg")
    assert (root / key).read_bytes() == b"good"


def test_putting_again_renews_an_old_file(storage: LocalStorage, root: Path) -> None:
    key = storage.put_bytes("originals", b"good", "jpg").key
    os.utime(root / key, (1, 1))
    storage.put_bytes("originals", b"good", "jpg")
    assert storage.stat(key).stored_at > datetime.now(UTC) - timedelta(minutes=1)


def test_strangers_in_the_folder_are_no_keys(storage: LocalStorage, root: Path) -> None:
    key = storage.put_bytes("originals", b"good", "jpg").key
    (root / "originals" / ".DS_Store").write_bytes(b"")
    (root / "notes.txt").write_bytes(b"")
    assert list(storage.keys()) == [key]


def test_tidy_removes_only_old_halves(storage: LocalStorage, root: Path) -> None:
    key = storage.put_bytes("originals", b"good", "jpg").key
    old, new = root / ".incoming" / "old", root / ".incoming" / "new"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert storage.tidy(datetime.now(UTC) - timedelta(hours=1)) == 1
    assert not old.exists()
    assert new.exists()
    assert list(storage.keys()) == [key]


def test_tidy_of_a_store_that_was_never_used(storage: LocalStorage) -> None:
    assert storage.tidy(datetime.now(UTC)) == 0
    assert list(storage.keys()) == []
