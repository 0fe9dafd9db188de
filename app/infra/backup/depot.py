"""Where backups lie: a folder of this machine, or a prefix in a bucket (`s3://bucket/prefix`). Same layout in both.

In a bucket a set is whole when its manifest is there, which is put last; a name is claimed by an object that can be
made only once, so two backups at the same time never mix.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from app.config import Settings
from app.infra.backup import layout
from app.infra.backup.vault import BackupProblem
from app.infra.storage.base import Storage
from app.infra.storage.s3 import ObjectStorage, s3_store

SCHEME: Final = "s3://"
_CLAIM: Final = "claimed"


class Depot(Protocol):
    """A place for backups."""

    @property
    def pool(self) -> Storage:
        """The stored files of all sets, each once."""

    def names(self) -> list[str]:
        """The names of the whole sets, oldest first."""

    @contextmanager
    def filling(self, first: str) -> Iterator[tuple[Path, str]]:
        """An empty folder of ours to fill, and its name: `first`, or `first-2` and so on when that is taken.

        When the block ends, the set is whole; when it fails, nothing of it is left. Raises BackupProblem.
        """

    @contextmanager
    def reading(self, name: str = "") -> Iterator[Path]:
        """A folder that holds the parts of a set (the newest one without a name). Raises BackupProblem."""

    def place_of(self, name: str) -> Path | str:
        """Where a set lies, for people."""


def depot_at(where: str, settings: Settings) -> Depot:
    """The depot at a path or `s3://bucket/prefix`. Raises BackupProblem when it cannot be used."""
    if not where.startswith(SCHEME):
        return FolderDepot(Path(where), settings.instance)
    bucket, _slash, prefix = where.removeprefix(SCHEME).strip("/").partition("/")
    if not bucket:
        raise BackupProblem("A backup in a bucket is written s3://bucket/prefix.")
    if not settings.s3_endpoint:
        raise BackupProblem("A backup in a bucket needs VERMILION_S3_ENDPOINT and its keys.")
    if settings.storage == "s3" and bucket == settings.s3_bucket:
        raise BackupProblem("The backup must not lie in the bucket that it is to save.")

    def connect(part: str) -> Any:
        return s3_store(
            endpoint=settings.s3_endpoint,
            bucket=bucket,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            prefix="/".join(filter(None, (prefix, part))),
            patience=timedelta(seconds=60),
        )

    return BucketDepot(connect("files"), connect("sets"), where.rstrip("/"))


class FolderDepot:
    """Backups in a folder. Only one is made at a time."""

    def __init__(self, folder: Path, instance: Path | None = None) -> None:
        self._folder, self._instance = folder, instance

    @property
    def pool(self) -> Storage:
        """See `Depot.pool`."""
        return layout.pool_of(self._folder)

    def names(self) -> list[str]:
        """See `Depot.names`."""
        return [path.name for path in layout.sets_of(self._folder)]

    @contextmanager
    def filling(self, first: str) -> Iterator[tuple[Path, str]]:
        """See `Depot.filling`."""
        if self._instance and self._folder.resolve().is_relative_to(self._instance.resolve()):
            raise BackupProblem("The backup must not lie inside the instance that it is to save.")
        with layout.locked(self._folder):
            sets = self._folder / "sets"
            name = next(each for each in candidates(first) if each not in self.names())
            part = sets / f".{name}.part"
            for left_over in sets.glob(".*.part"):
                shutil.rmtree(left_over)  # of a run that was killed; we hold the lock, so nobody writes there
            sets.mkdir(mode=0o700, exist_ok=True)
            part.mkdir(mode=0o700)
            try:
                yield part, name
                part.rename(sets / name)
                layout.flush(sets)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise

    @contextmanager
    def reading(self, name: str = "") -> Iterator[Path]:
        """See `Depot.reading`."""
        yield layout.chosen_set(self._folder, name)

    def place_of(self, name: str) -> Path:
        """See `Depot.place_of`."""
        return self._folder / "sets" / name


class BucketDepot:
    """Backups below a prefix of a bucket; parts are encrypted or hashed as in a folder, and come back to be read."""

    def __init__(self, files: Any, sets: Any, address: str) -> None:
        import obstore

        self._obstore, self._sets, self._address = obstore, sets, address
        self._pool = ObjectStorage(files)

    @property
    def pool(self) -> Storage:
        """See `Depot.pool`."""
        return self._pool

    def names(self) -> list[str]:
        """See `Depot.names`."""
        with self._trouble():
            paths = [found["path"] for page in self._obstore.list(self._sets) for found in page]
        whole = (path.partition("/")[0] for path in paths if path.endswith(f"/{layout.MANIFEST}"))
        return sorted(name for name in whole if layout.is_name(name))

    @contextmanager
    def filling(self, first: str) -> Iterator[tuple[Path, str]]:
        """See `Depot.filling`."""
        name = next(each for each in candidates(first) if self._claim(each))
        with tempfile.TemporaryDirectory(prefix="vermilion-backup-") as folder:
            part = Path(folder) / name
            part.mkdir(mode=0o700)
            try:
                yield part, name
                with self._trouble():
                    for file in (*layout.PARTS, layout.MAC, layout.MANIFEST):
                        self._obstore.put(self._sets, f"{name}/{file}", part / file)
            except BaseException:
                self._remove(name)
                raise

    @contextmanager
    def reading(self, name: str = "") -> Iterator[Path]:
        """See `Depot.reading`."""
        names = [each for each in self.names() if name in ("", each)]
        if not names:
            raise BackupProblem(f"There is no backup {name!r} in {self._address}.".replace(" ''", ""))
        with tempfile.TemporaryDirectory(prefix="vermilion-backup-") as folder:
            place = Path(folder) / names[-1]
            place.mkdir(mode=0o700)
            for file in (*layout.PARTS, layout.MAC, layout.MANIFEST):
                self._fetch(f"{names[-1]}/{file}", place / file)
            yield place

    def place_of(self, name: str) -> str:
        """See `Depot.place_of`."""
        return f"{self._address}/sets/{name}"

    def _fetch(self, path: str, target: Path) -> None:
        """Bring one part; a missing one is found by whoever checks the set."""
        try:
            with self._trouble(), target.open("wb") as file:
                for chunk in self._obstore.get(self._sets, path).stream():
                    file.write(chunk)
        except FileNotFoundError:
            target.unlink()

    def _claim(self, name: str) -> bool:
        try:
            with self._trouble():
                self._obstore.put(self._sets, f"{name}/{_CLAIM}", b"", mode="create")
        except FileExistsError:
            return False
        return True

    def _remove(self, name: str) -> None:
        """Take away what was begun, as far as the bucket can be reached; without a manifest it is no set anyway."""
        for file in (layout.MANIFEST, layout.MAC, *layout.PARTS, _CLAIM):
            try:
                with self._trouble():
                    self._obstore.delete(self._sets, f"{name}/{file}")
            except (BackupProblem, FileNotFoundError):
                continue

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except self._obstore.exceptions.AlreadyExistsError as error:
            raise FileExistsError(str(error)) from error
        except self._obstore.exceptions.BaseError as error:
            raise BackupProblem(f"The bucket does not do as told: {str(error).splitlines()[0]}") from error


def candidates(first: str) -> Iterator[str]:
    """The names that a set may get, in this order."""
    return (name for name in (first, *(f"{first}-{number}" for number in range(2, 1000))))
