"""Brings a backup back into an empty instance, and proves that it is what was saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.infra import migrate
from app.infra.audit_verify import Report, verify_log
from app.infra.backup.check import Opened, check_parts
from app.infra.backup.create import Progress
from app.infra.backup.databases import (
    POSTGRESQL,
    RESTORED,
    compare_counts,
    count_rows,
    has_tables,
    restore_copy,
)
from app.infra.backup.layout import DATABASE, flush, listed_files, write_private
from app.infra.backup.vault import BackupProblem
from app.infra.db import Database
from app.infra.signing import KeyStore
from app.infra.storage.base import Storage

# Starting any command makes this file in the instance that the environment names; nothing depends on it yet.
_MADE_BY_STARTING: Final = "secret"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, what is wrong with it, and what the walk along its audit log found."""

    database_url: str
    files: int
    wrong: list[str]
    audit: Report


def require_empty(opened: Opened, instance: Path, storage: Storage, database_url: str) -> None:
    """Raise BackupProblem unless a restore would overwrite nothing and this code knows the backup's schema."""
    if instance.exists() and not instance.is_dir():
        raise BackupProblem(f"{instance} is not a folder.")
    found = [path for path in instance.rglob("*") if not path.is_dir()] if instance.exists() else []
    if [path for path in found if path != instance / _MADE_BY_STARTING]:
        raise BackupProblem(f"{instance} is not empty. Restore into a new folder; nothing is ever overwritten.")
    if next(storage.keys(), None) is not None:
        raise BackupProblem("The store of files is not empty. Restore into a new bucket; nothing is ever overwritten.")
    if opened.manifest.database == POSTGRESQL:
        if database_url.startswith("sqlite"):
            raise BackupProblem(
                "This backup is of PostgreSQL. Let VERMILION_DATABASE_URL hold the address of an empty database."
            )
        if has_tables(database_url):
            raise BackupProblem("The database is not empty. Restore into a new one; nothing is ever overwritten.")
    elif not database_url.startswith("sqlite"):
        raise BackupProblem("This backup is of SQLite. Unset VERMILION_DATABASE_URL to restore it.")
    if opened.manifest.schema_revision not in migrate.known_revisions():
        raise BackupProblem(
            f"This backup has the schema {opened.manifest.schema_revision!r}, which this version of Vermilion does not "
            "know. Restore it with the version that made it, or a newer one."
        )


def restore(opened: Opened, instance: Path, storage: Storage, database_url: str, progress: Progress) -> Restored:
    """Restore a proven set: files, keys, at last the database, so that a broken-off restore never looks whole.

    Raises BackupProblem before anything is written when the target is not empty or the set is damaged.
    """
    if opened.secrets is None:
        raise BackupProblem("A restore needs the passphrase of the backup.")
    require_empty(opened, instance, storage, database_url)
    if wrong := check_parts(opened, progress):
        raise BackupProblem(" ".join(wrong))
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = _restore_files(opened, storage, progress)
    _restore_secrets(opened.secrets, instance)
    progress("Restoring the database", 0, 1)
    url = restore_copy(opened.manifest.database, opened.place / DATABASE, instance, database_url)
    progress("Restoring the database", 1, 1)
    return _proven(opened, instance, url, files, progress)


def _restore_files(opened: Opened, storage: Storage, progress: Progress) -> int:
    pool, total, done = opened.pool, opened.manifest.file_count, 0
    for key, _size in listed_files(opened.place):
        kind, extension = key.split("/", 1)[0], key.rsplit(".", 1)[1]
        try:
            with pool.local_copy(key) as path:
                stored = storage.put_file(kind, path, extension)
        except FileNotFoundError as error:
            raise BackupProblem(f"{key} is missing in the backup. Empty the target and use another set.") from error
        if stored.key != key:
            raise BackupProblem(f"{key} is damaged in the backup. Empty the target and use another set.")
        done += 1
        progress("Restoring files", done, total)
    return done


def _restore_secrets(secrets: dict[str, str], instance: Path) -> None:
    (instance / "keys").mkdir(mode=0o700, exist_ok=True)
    for name, content in secrets.items():
        (instance / name).unlink(missing_ok=True)
        write_private(instance / name, content.encode("ascii"))
    flush(instance / "keys")
    flush(instance)


def _proven(opened: Opened, instance: Path, url: str, files: int, progress: Progress) -> Restored:
    """Count the rows of what was restored and walk along its audit log."""
    database, done = Database(url), 0
    expected = opened.manifest

    def tick(more: int) -> None:
        nonlocal done
        done += more
        progress("Checking the audit log", done, max(done, expected.audit_sequence))

    try:
        wrong = compare_counts(expected.tables, count_rows(database))
        with database.reading() as session:
            report = verify_log(session, KeyStore(instance / "keys").public_keys(), tick)
        if report.sealed != expected.audit_sequence:
            wrong.append(f"The audit log has {report.sealed} seals instead of {expected.audit_sequence}.")
        wrong += [finding.sentence for finding in report.findings]
    finally:
        database.dispose()
    return Restored(url, files, wrong, report)


__all__ = ["RESTORED", "Restored", "require_empty", "restore"]
