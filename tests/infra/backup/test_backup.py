"""Backup, wipe, restore: the same bytes, the same rows, a valid audit chain; and no way to lose anything by it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from app.accounts import services as accounts
from app.admin import services as admin
from app.config import Settings
from app.domain.access.actor import SYSTEM
from app.factory import create_app, make_runtime, slice_modules
from app.infra import migrate
from app.infra.audit import AuditTag, record
from app.infra.backup import create, layout
from app.infra.backup import restore as restoring
from app.infra.backup.check import check_set, open_set
from app.infra.backup.create import Made, create_backup
from app.infra.backup.depot import depot_at
from app.infra.backup.layout import Manifest, chosen_set, sets_of
from app.infra.backup.vault import BackupProblem, Cost, open_vault
from app.infra.db import Database
from app.infra.runtime import Runtime
from app.infra.storage.local import LocalStorage
from tests.conftest import NOW, Clock, make_settings
from tests.support import postgres
from tests.support.services import S3Server

# What does not concern the database is tried with the quicker one.
one_database = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
PASSPHRASE = "seven steps to a soft lip"
CHEAP = Cost(n=2**4, r=1)


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass
class Site:
    """A running academy and where its backups go."""

    runtime: Runtime
    folder: Path
    empty_url: str

    def back_up(self) -> Made:
        return create_backup(self.runtime, self.folder, PASSPHRASE, quiet, CHEAP)

    def check(self, name: str = "") -> list[str]:
        return check_set(open_set(chosen_set(self.folder, name), PASSPHRASE), quiet)

    def restore(self, into: Path, name: str = "") -> restoring.Restored:
        opened = open_set(chosen_set(self.folder, name), PASSPHRASE)
        return restoring.restore(opened, into, LocalStorage(into / "files"), self.empty_url, quiet)


@contextmanager
def databases(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of an empty database to save, and of one to restore into."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'vermilion.db'}", f"sqlite:///{folder / 'unused.db'}"
        return
    neighbor: Database = request.getfixturevalue("postgres_database")
    address = neighbor.url.replace("+psycopg", "", 1)
    names = (f"saved_{os.getpid()}", f"restored_{os.getpid()}")
    with postgres.database(address, names[0]) as one, postgres.database(address, names[1]) as other:
        first, second = (url.replace("postgresql://", "postgresql+psycopg://", 1) for url in (one, other))
        yield first, second


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "vermilion.db"
    database = Database(f"sqlite:///{path}")
    slice_modules("models")
    migrate.upgrade(database)
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o700)
    (instance / "secret").write_text("s" * 64)
    with databases(request, instance) as (url, empty_url):
        if request.param == "sqlite":
            shutil.copy(request.getfixturevalue("migrated"), instance / "vermilion.db")
        runtime = make_runtime(make_settings(instance, url))
        runtime.now = clock
        migrate.upgrade(runtime.db)
        runtime.keys.ensure(NOW)
        with runtime.transaction() as session:
            for number in range(5):
                accounts.sign_up(session, email=f"{number}@example.com", name="Zoë", password_hash="x", now=NOW)
        admin.seal_audit(runtime)
        for number in range(6):
            runtime.storage.put_bytes("original" if number % 2 else "rendition", os.urandom(5_000 + number), "jpg")
        yield Site(runtime, tmp_path / "backups", empty_url)
        runtime.db.dispose()


def tree(folder: Path) -> dict[str, str]:
    """Each file below a folder with its hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    database = Database(url)
    with database.engine.connect() as connection:
        names = connection.dialect.get_table_names(connection)
        found = {
            name: sorted(str(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in names
        }
    database.dispose()
    return found


def test_what_is_restored_is_what_was_saved(site: Site, tmp_path: Path) -> None:
    instance, target = site.runtime.settings.instance, tmp_path / "new"
    before = rows(site.runtime.db.url)
    made = site.back_up()
    assert (made.copied, made.kept, made.manifest.file_count) == (6, 0, 6)
    assert site.check() == []
    restored = site.restore(target)
    assert restored.wrong == []
    assert restored.files == 6
    assert tree(target / "files") == tree(instance / "files")
    assert {name: digest for name, digest in tree(target / "keys").items() if not name.startswith(".")} == {
        name: digest for name, digest in tree(instance / "keys").items() if not name.startswith(".")
    }
    assert (target / "secret").read_text() == "s" * 64
    assert rows(restored.database_url) == before
    assert (restored.audit.is_sound, restored.audit.sealed, restored.audit.signed) == (True, 10, 10)
    modes = {path.name: path.stat().st_mode & 0o077 for path in target.rglob("*")}
    assert {name for name, mode in modes.items() if mode} == set()


def test_the_restored_site_works_and_goes_on_with_its_chain(site: Site, tmp_path: Path, clock: Clock) -> None:
    site.back_up()
    restored = site.restore(tmp_path / "new")
    settings: Settings = replace(
        site.runtime.settings, instance=tmp_path / "new", database_url=restored.database_url, secret_key="y" * 48
    )
    runtime = make_runtime(settings)
    runtime.now = clock
    assert migrate.upgrade(runtime.db) is False
    assert migrate.drift(runtime.db) == [], "the triggers came along"
    with runtime.transaction() as session:
        record(session, SYSTEM, AuditTag.BACKUP_RESTORED, now=NOW)
    assert admin.seal_audit(runtime) == 1
    assert admin.verify_audit(runtime, SYSTEM, lambda done, total: None).is_sound
    assert create_app(runtime).test_client().get("/readyz", base_url="https://academy.test").status_code == 200
    runtime.db.dispose()


@one_database
def test_the_second_backup_copies_only_what_is_new_and_loses_nothing(site: Site, tmp_path: Path, clock: Clock) -> None:
    first = site.back_up()
    storage = site.runtime.storage
    gone = sorted(storage.keys())[0]
    storage.delete(gone)
    storage.put_bytes("proof", b"%PDF", "pdf")
    with site.runtime.transaction() as session:
        record(session, SYSTEM, AuditTag.KEY_MADE, now=NOW)
    clock.tick(hours=1)
    second = site.back_up()
    assert (second.copied, second.kept, second.manifest.file_count) == (1, 1, 6)
    assert [place.name for place in sets_of(site.folder)] == [first.manifest.name, second.manifest.name]
    assert site.check(first.manifest.name) == site.check() == []
    old = site.restore(tmp_path / "old", first.manifest.name)
    assert old.wrong == []
    assert (tmp_path / "old" / "files" / gone).is_file()


@one_database
def test_two_backups_in_the_same_second_have_two_names(site: Site) -> None:
    assert site.back_up().manifest.name == "2026-11-22T12-00-00Z"
    assert site.back_up().manifest.name == "2026-11-22T12-00-00Z-2"


@one_database
def test_keys_and_secrets_do_not_lie_open_in_the_backup(site: Site) -> None:
    site.back_up()
    everything = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    assert b"PRIVATE KEY" not in everything
    assert b"s" * 64 not in everything
    assert {path.stat().st_mode & 0o077 for path in site.folder.rglob("*")} == {0}


@one_database
@pytest.mark.parametrize("part", [*layout.PARTS, layout.MANIFEST, layout.MAC])
def test_every_flipped_byte_of_a_set_is_found_and_never_restored(site: Site, tmp_path: Path, part: str) -> None:
    path = site.back_up().place / part
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupProblem):
        if site.check():
            raise BackupProblem("found")
    with pytest.raises(BackupProblem):
        site.restore(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@one_database
def test_a_damaged_or_missing_file_of_the_pool_is_named(site: Site, tmp_path: Path) -> None:
    site.back_up()
    keys = sorted(site.runtime.storage.keys())
    (site.folder / "files" / keys[0]).write_bytes(b"rot")
    (site.folder / "files" / keys[1]).unlink()
    assert site.check() == [f"{keys[0]} is damaged.", f"{keys[1]} is missing."]
    with pytest.raises(BackupProblem, match="damaged in the backup"):
        site.restore(tmp_path / "new")
    assert not (tmp_path / "new" / "vermilion.db").exists()
    assert site.back_up().copied == 2, "the next backup heals both"
    assert site.check() == []


@one_database
def test_a_file_that_the_store_has_lost_comes_from_an_older_backup_or_is_named(site: Site) -> None:
    site.back_up()
    instance = site.runtime.settings.instance
    saved, unsaved = sorted(site.runtime.storage.keys())[0], site.runtime.storage.put_bytes("proof", b"%PDF", "pdf").key
    for key in (saved, unsaved):
        (instance / "files" / key).write_bytes(b"rot")
    made = site.back_up()
    assert made.manifest.damaged == [unsaved]
    assert made.manifest.file_count == 6
    assert site.check() == [f"{unsaved} was damaged already when the backup was made."]


@one_database
def test_another_passphrase_opens_nothing(site: Site) -> None:
    place = site.back_up().place
    with pytest.raises(BackupProblem, match="passphrase"):
        open_set(place, PASSPHRASE + "!")
    assert open_set(place, None).secrets is None
    with pytest.raises(BackupProblem, match="too short"):
        create_backup(site.runtime, site.folder, "short", quiet, CHEAP)


@one_database
def test_a_forged_manifest_is_refused_though_its_hashes_fit(site: Site) -> None:
    place = site.back_up().place
    path = place / layout.MANIFEST
    facts = json.loads(path.read_bytes())
    (place / layout.FILES).write_text("")
    facts["parts"][layout.FILES] = {"sha256": hashlib.sha256(b"").hexdigest(), "size": 0}
    facts |= {"file_count": 0, "file_bytes": 0}
    path.write_text(json.dumps(facts))
    assert check_set(open_set(place, None), quiet) == [], "hashes alone cannot know"
    with pytest.raises(BackupProblem, match="was changed"):
        open_set(place, PASSPHRASE)


def test_a_restore_overwrites_nothing(site: Site, tmp_path: Path) -> None:
    site.back_up()
    target = tmp_path / "new"
    target.mkdir()
    (target / "secret").write_text("made by starting the command")
    (target / "notes.txt").write_text("mine")
    with pytest.raises(BackupProblem, match="not empty"):
        site.restore(target)
    assert tree(target).keys() == {"secret", "notes.txt"}
    (target / "notes.txt").unlink()
    assert site.restore(target).wrong == []
    with pytest.raises(BackupProblem, match="not empty"):
        site.restore(target)
    if site.empty_url.startswith("postgresql"):
        with pytest.raises(BackupProblem, match="database is not empty"):
            site.restore(tmp_path / "newer")


def test_a_backup_of_one_database_is_not_restored_into_the_other(site: Site, tmp_path: Path) -> None:
    site.back_up()
    is_sqlite = site.runtime.db.is_sqlite
    site.empty_url = "postgresql+psycopg://nobody@localhost/none" if is_sqlite else "sqlite:///x.db"
    with pytest.raises(BackupProblem, match="This backup is of"):
        site.restore(tmp_path / "new")


@one_database
def test_a_backup_that_breaks_off_leaves_no_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.back_up()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(create, "write_private", full)
        with pytest.raises(OSError, match="No space"):
            site.back_up()
    (site.folder / "sets" / ".2026-11-22T12-00-01Z.part").mkdir()  # what a killed run leaves
    assert len(sets_of(site.folder)) == 1
    site.back_up()
    assert sorted(path.name for path in (site.folder / "sets").iterdir()) == [
        "2026-11-22T12-00-00Z",
        "2026-11-22T12-00-00Z-2",
    ]


@one_database
def test_one_backup_at_a_time_and_never_into_the_instance(site: Site) -> None:
    with layout.locked(site.folder), pytest.raises(BackupProblem, match="Another backup"):
        site.back_up()
    site.folder = site.runtime.settings.instance / "backups"
    with pytest.raises(BackupProblem, match="inside the instance"):
        site.back_up()


def test_a_schema_of_the_future_is_refused(tmp_path: Path) -> None:
    part = layout.Part(sha256="", size=0)
    manifest = Manifest(
        format=1,
        name="2026-11-22T12-00-00Z",
        made_at="",
        schema_revision="9999",
        database="sqlite",
        kdf=layout.Kdf(salt="", n=16, r=1, p=1),
        parts=dict.fromkeys(layout.PARTS, part),
        tables={},
        file_count=0,
        file_bytes=0,
        audit_sequence=0,
        audit_head="",
        damaged=[],
    )
    opened = restoring.Opened(manifest, tmp_path, {}, LocalStorage(tmp_path))
    with pytest.raises(BackupProblem, match="'9999'"):
        restoring.require_empty(opened, tmp_path / "new", LocalStorage(tmp_path / "none"), "sqlite:///x.db")


@pytest.mark.parametrize("cost", [Cost(n=2**30), Cost(n=3 * 2**10), Cost(r=64), Cost(p=100), Cost(n=2)])
def test_a_manifest_cannot_ask_for_all_memory(cost: Cost) -> None:
    with pytest.raises(BackupProblem, match="key derivation"):
        open_vault(PASSPHRASE, b"salt", cost)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3-compatible server."""
    server = S3Server(tmp_path_factory.mktemp("s3") / "data")
    server.start()
    server.make_bucket("safe")
    yield server
    server.kill()


@pytest.mark.services
def test_a_bucket_keeps_what_a_folder_keeps(site: Site, store: S3Server, tmp_path: Path, clock: Clock) -> None:
    settings = replace(
        site.runtime.settings,
        s3_endpoint=store.endpoint,
        s3_access_key=store.access_key,
        s3_secret_key=store.secret_key,
    )
    where = f"s3://safe/academy/{tmp_path.name}"
    depot = depot_at(where, settings)
    with pytest.raises(BackupProblem, match="There is no backup in s3://safe"), depot.reading():
        pass
    before, files = rows(site.runtime.db.url), tree(settings.instance / "files")
    made = [create_backup(site.runtime, depot, PASSPHRASE, quiet, CHEAP) for _ in range(2)]
    assert [each.copied for each in made] == [6, 0], "the second one copies nothing again"
    assert depot.names() == [each.manifest.name for each in made], "two in one second have two names"
    assert made[1].place == f"{where}/sets/{made[1].manifest.name}"
    shutil.rmtree(settings.instance / "files")
    with depot.reading() as place:
        opened = open_set(place, PASSPHRASE, depot.pool)
        assert check_set(opened, quiet) == []
        target = tmp_path / "new"
        restored = restoring.restore(opened, target, LocalStorage(target / "files"), site.empty_url, quiet)
    assert (restored.wrong, restored.audit.is_sound) == ([], True)
    assert (rows(restored.database_url), tree(target / "files")) == (before, files)
    with pytest.raises(OSError, match="No space"), depot.filling("2030-01-01T00-00-00Z") as (part, _name):
        raise OSError(28, f"No space left on device: {part}")
    assert len(depot.names()) == 2, "what broke off is no backup"
    key = next(iter(depot.pool.keys()))
    depot.pool.delete(key)
    with depot.reading(made[0].manifest.name) as place:
        assert check_set(open_set(place, PASSPHRASE, depot.pool), quiet) == [f"{key} is missing."]


def test_where_a_backup_cannot_go(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, "sqlite://")
    with pytest.raises(BackupProblem, match="VERMILION_S3_ENDPOINT"):
        depot_at("s3://safe/academy", settings)
    settings = replace(settings, s3_endpoint="http://127.0.0.1:9", s3_bucket="academy", storage="s3")
    with pytest.raises(BackupProblem, match="bucket that it is to save"):
        depot_at("s3://academy/backups", settings)
    with pytest.raises(BackupProblem, match="is written s3://"):
        depot_at("s3://", settings)
