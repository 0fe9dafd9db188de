"""How a backup folder looks.

    files/kind/aa/sha256.ext    every stored file once, shared by all backups in the folder
    sets/2026-11-22T12-00-00Z/  one backup: manifest.json, manifest.mac, database, files.txt, secrets

A set is written under a hidden name and renamed when it is whole. Nothing in `files` or `sets` is ever removed or
replaced by us.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from app.infra.backup.vault import BackupProblem, Cost
from app.infra.storage.base import CHUNK_BYTES
from app.infra.storage.keys import check_key
from app.infra.storage.local import LocalStorage

FORMAT: Final = 1
MANIFEST, MAC, DATABASE, FILES, SECRETS = "manifest.json", "manifest.mac", "database", "files.txt", "secrets"
PARTS: Final = (DATABASE, FILES, SECRETS)
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d{1,3})?")
_MOST_MANIFEST_BYTES: Final = 4 * 1024 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Strict):
    """A file of the set."""

    sha256: str
    size: int


class Kdf(_Strict):
    """How the passphrase becomes a key."""

    salt: str
    n: int
    r: int
    p: int

    @property
    def cost(self) -> Cost:
        """As a cost, not yet checked."""
        return Cost(self.n, self.r, self.p)


class Manifest(_Strict):
    """What a set holds. `damaged` names stored files whose bytes were not those of their name, so not in the set."""

    format: int
    name: str
    made_at: str
    schema_revision: str
    database: str
    kdf: Kdf
    parts: dict[str, Part]
    tables: dict[str, int]
    file_count: int
    file_bytes: int
    audit_sequence: int
    audit_head: str
    damaged: list[str]


def is_name(name: str) -> bool:
    """Whether a set can have this name."""
    return _NAME.fullmatch(name) is not None


def sets_of(folder: Path) -> list[Path]:
    """The whole sets in a backup folder, oldest first."""
    found = (path for path in (folder / "sets").glob("*") if _NAME.fullmatch(path.name) and path.is_dir())
    return sorted(found, key=lambda path: path.name)


def chosen_set(folder: Path, name: str = "") -> Path:
    """The set of this name, or the newest one. Raises BackupProblem when there is none."""
    sets = sets_of(folder)
    if name:
        sets = [path for path in sets if path.name == name]
    if not sets:
        raise BackupProblem(f"There is no backup {name!r} in {folder}." if name else f"There is no backup in {folder}.")
    return sets[-1]


def read_manifest(place: Path) -> tuple[Manifest, bytes]:
    """The manifest of a set with its bytes. Raises BackupProblem when it is missing, damaged or of another format."""
    try:
        if (place / MANIFEST).stat().st_size > _MOST_MANIFEST_BYTES:
            raise BackupProblem(f"{place / MANIFEST} is too large to be a manifest.")
        data = (place / MANIFEST).read_bytes()
        manifest = Manifest.model_validate_json(data)
    except (OSError, ValidationError) as error:
        raise BackupProblem(f"{place / MANIFEST} is missing or damaged: {str(error).splitlines()[0]}") from error
    if manifest.format != FORMAT or manifest.name != place.name or set(manifest.parts) != set(PARTS):
        raise BackupProblem(f"{place / MANIFEST} is not of this version of Vermilion, or of another backup.")
    return manifest, data


def listed_files(place: Path) -> Iterator[tuple[str, int]]:
    """Key and size of each stored file that the set needs. Raises BackupProblem for a line that is no key."""
    with (place / FILES).open(encoding="ascii") as lines:
        for line in lines:
            key, _, size = line.rstrip("\n").partition("\t")
            try:
                yield check_key(key), int(size)
            except ValueError as error:
                raise BackupProblem(f"{place / FILES} is damaged: {line[:80]!r}") from error


def pool_of(folder: Path) -> LocalStorage:
    """The stored files of all sets."""
    return LocalStorage(folder / "files")


def sha256_of(path: Path) -> str:
    """The hash of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only we can read, and flush it to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush(path: Path) -> None:
    """Flush a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the backup folder and hold it. Raises BackupProblem when another backup is being made into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise BackupProblem(f"{folder} cannot be written to: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupProblem(f"Another backup is being made into {folder}.") from error
    finally:
        os.close(lock)
