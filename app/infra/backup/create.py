"""Makes a backup: first the database, then the files, as files are stored before the rows that name them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from app.infra.backup.databases import POSTGRESQL, SQLITE, Contents, copy_database
from app.infra.backup.depot import Depot, FolderDepot
from app.infra.backup.layout import (
    DATABASE,
    FILES,
    FORMAT,
    MAC,
    MANIFEST,
    PARTS,
    SECRETS,
    Kdf,
    Manifest,
    Part,
    flush,
    listed_files,
    sha256_of,
    write_private,
)
from app.infra.backup.vault import Cost, Vault, open_vault
from app.infra.runtime import Runtime
from app.infra.storage.base import Storage
from app.infra.storage.keys import sha256_of_key

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup. `copied` files were new; `kept` are in the folder only for older backups."""

    manifest: Manifest
    place: Path | str
    copied: int
    kept: int


@dataclass(slots=True)
class _Files:
    """The stored files of a set while they are gathered."""

    count: int
    size: int
    copied: int
    damaged: list[str]


def create_backup(
    runtime: Runtime, where: Path | Depot, passphrase: str, progress: Progress, cost: Cost | None = None
) -> Made:
    """Add a backup to a folder or depot; stored files that it already has are not copied again.

    Raises BackupProblem; what was begun is removed then, and older backups stay as they are.
    """
    depot = FolderDepot(where, runtime.settings.instance) if isinstance(where, Path) else where
    cost = cost or Cost()
    salt = os.urandom(16)
    vault = open_vault(passphrase, salt, cost)
    first = runtime.now().astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    with depot.filling(first) as (part, name):
        kdf = Kdf(salt=base64.b64encode(salt).decode(), n=cost.n, r=cost.r, p=cost.p)
        manifest, copied = _fill(runtime, depot.pool, part, name, vault, kdf, progress)
        kept = _count_beyond(depot.pool.keys(), part)
    return Made(manifest, depot.place_of(name), copied, kept)


def _fill(
    runtime: Runtime, pool: Storage, part: Path, name: str, vault: Vault, kdf: Kdf, progress: Progress
) -> tuple[Manifest, int]:
    progress("Copying the database", 0, 1)
    contents = copy_database(runtime.db, part / DATABASE)
    progress("Copying the database", 1, 1)
    files = _copy_files(runtime.storage, pool, part / FILES, progress)
    write_private(part / SECRETS, vault.encrypt(_secrets(runtime.settings.instance), name))
    manifest = _manifest(runtime, part, name, kdf, contents, files)
    data = manifest.model_dump_json(indent=1).encode()
    write_private(part / MANIFEST, data)
    write_private(part / MAC, vault.mac(data).encode())
    flush(part)
    return manifest, files.copied


def _manifest(runtime: Runtime, part: Path, name: str, kdf: Kdf, contents: Contents, files: _Files) -> Manifest:
    return Manifest(
        format=FORMAT,
        name=name,
        made_at=runtime.now().astimezone(UTC).isoformat(timespec="seconds"),
        schema_revision=contents.schema_revision,
        database=SQLITE if runtime.db.is_sqlite else POSTGRESQL,
        kdf=kdf,
        parts={file: Part(sha256=sha256_of(part / file), size=(part / file).stat().st_size) for file in PARTS},
        tables=contents.tables,
        file_count=files.count,
        file_bytes=files.size,
        audit_sequence=contents.audit_sequence,
        audit_head=contents.audit_head,
        damaged=files.damaged,
    )


def _copy_files(storage: Storage, pool: Storage, listing: Path, progress: Progress) -> _Files:
    """Bring every stored file into the pool and list it with its size. A damaged one is named, not listed."""
    keys = sorted(storage.keys())
    files = _Files(0, 0, 0, [])
    with os.fdopen(os.open(listing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as lines:
        for done, key in enumerate(keys, start=1):
            size = _bring(storage, pool, key, files)
            if size is not None:
                lines.write(f"{key}\t{size}\n")
                files.count, files.size = files.count + 1, files.size + size
            progress("Copying files", done, len(keys))
        lines.flush()
        os.fsync(lines.fileno())
    return files


def _bring(storage: Storage, pool: Storage, key: str, files: _Files) -> int | None:
    """Copy one file unless the pool has it; its size, or None when it cannot be part of the backup."""
    try:
        size = storage.stat(key).size
        if pool.exists(key) and pool.stat(key).size == size:
            return size
        with storage.local_copy(key) as path:
            is_whole = sha256_of(path) == sha256_of_key(key)
            if is_whole:
                pool.put_file(key.split("/", 1)[0], path, key.rsplit(".", 1)[1])
    except FileNotFoundError:
        return None  # taken out by a person and swept since the keys were listed
    if is_whole:
        files.copied += 1
        return size
    if pool.exists(key):
        with pool.local_copy(key) as path:
            if sha256_of(path) == sha256_of_key(key):
                return path.stat().st_size  # an older backup has what the store has lost
    files.damaged.append(key)
    return None


def _secrets(instance: Path) -> bytes:
    """The issuer's keys and the secret of the sessions, as JSON."""
    found = [instance / "secret", *sorted((instance / "keys").glob("[!.]*"))]
    texts = {path.relative_to(instance).as_posix(): path.read_text("ascii") for path in found if path.is_file()}
    return json.dumps(texts).encode()


def _count_beyond(pool: Iterable[str], part: Path) -> int:
    """How many files of the pool a set does not need."""
    needed = {key for key, _size in listed_files(part)}
    return sum(key not in needed for key in pool)
