"""Proves that a backup is whole: every byte has the hash that the manifest (or its name) says."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.infra.backup.create import Progress
from app.infra.backup.databases import check_copy
from app.infra.backup.layout import (
    DATABASE,
    FILES,
    MAC,
    SECRETS,
    Manifest,
    listed_files,
    pool_of,
    read_manifest,
    sha256_of,
)
from app.infra.backup.vault import BackupProblem, Vault, open_vault
from app.infra.storage.base import Storage
from app.infra.storage.keys import sha256_of_key

_SECRET_NAME: Final = re.compile(r"secret|keys/[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A set whose manifest was read; with a passphrase also proven, and its secrets decrypted (path -> text)."""

    manifest: Manifest
    place: Path
    secrets: dict[str, str] | None
    pool: Storage


def open_set(place: Path, passphrase: str | None, pool: Storage | None = None) -> Opened:
    """Read the manifest of a set. With a passphrase, prove it and decrypt the secrets. Raises BackupProblem.

    `pool` holds the stored files, if they do not lie beside the set.
    """
    manifest, data = read_manifest(place)
    pool = pool or pool_of(place.parent.parent)
    if passphrase is None:
        return Opened(manifest, place, None, pool)
    try:
        salt = base64.b64decode(manifest.kdf.salt, validate=True)
        mac = (place / MAC).read_text("ascii")
    except (binascii.Error, OSError, ValueError) as error:
        raise BackupProblem(f"The MAC of the manifest in {place} is missing or damaged.") from error
    vault = open_vault(passphrase, salt, manifest.kdf.cost)
    vault.check(data, mac)
    return Opened(manifest, place, _secrets(vault, place, manifest), pool)


def _secrets(vault: Vault, place: Path, manifest: Manifest) -> dict[str, str]:
    try:
        sealed = (place / SECRETS).read_bytes()
    except OSError as error:
        raise BackupProblem(f"{place / SECRETS} is missing.") from error
    secrets = json.loads(vault.decrypt(sealed, manifest.name))
    if strange := [name for name in secrets if not _SECRET_NAME.fullmatch(name)]:
        raise BackupProblem(f"The backup holds a secret with a strange name: {strange[0]!r}.")
    return dict(secrets)


def check_set(opened: Opened, progress: Progress) -> list[str]:
    """Read every byte of a set; returns what is wrong, in sentences. Raises BackupProblem when it cannot go on."""
    manifest, place = opened.manifest, opened.place
    wrong = check_parts(opened, progress)
    if not any(sentence.startswith(DATABASE) for sentence in wrong):
        wrong += check_copy(manifest.database, place / DATABASE, manifest.tables)
    if not any(sentence.startswith(FILES) for sentence in wrong):
        wrong += _check_files(opened, progress)
    return wrong + [f"{key} was damaged already when the backup was made." for key in manifest.damaged]


def check_parts(opened: Opened, progress: Progress) -> list[str]:
    """Compare the files of the set itself with the manifest."""
    wrong, parts = [], opened.manifest.parts
    for done, (name, part) in enumerate(parts.items(), start=1):
        path = opened.place / name
        if not path.is_file():
            wrong.append(f"{name} is missing.")
        elif (path.stat().st_size, sha256_of(path)) != (part.size, part.sha256):
            wrong.append(f"{name} is damaged.")
        progress("Checking the set", done, len(parts))
    return wrong


def _check_files(opened: Opened, progress: Progress) -> list[str]:
    manifest, wrong, count, total = opened.manifest, [], 0, 0
    for key, size in listed_files(opened.place):
        count, total = count + 1, total + size
        try:
            with opened.pool.local_copy(key) as path:
                if sha256_of(path) != sha256_of_key(key):
                    wrong.append(f"{key} is damaged.")
        except FileNotFoundError:
            wrong.append(f"{key} is missing.")
        progress("Checking files", count, manifest.file_count)
    if (count, total) != (manifest.file_count, manifest.file_bytes):
        wrong.append(f"The list names {count} files instead of {manifest.file_count}.")
    return wrong
