"""flask backup create | verify | restore, as an operator would use them: a drill from one folder to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.admin import services
from app.admin.cli import commands
from app.factory import create_app, make_runtime
from app.infra import migrate
from app.infra.audit import AuditEvent
from app.infra.backup import create
from app.infra.backup.vault import Cost
from app.infra.db import Database
from app.infra.runtime import Runtime
from tests.conftest import NOW, Clock, make_settings

Run = Callable[..., Result]


@pytest.fixture
def academy(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """A small academy with a database file of its own."""
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o700)
    runtime = make_runtime(make_settings(instance, f"sqlite:///{instance / 'vermilion.db'}"))
    runtime.now = clock
    migrate.upgrade(runtime.db)
    runtime.keys.ensure(NOW)
    runtime.storage.put_bytes("proof", b"%PDF", "pdf")
    yield create_app(runtime)
    runtime.db.dispose()


@pytest.fixture
def run(academy: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("create", folder)` with the right passphrase in a file, and a cheap key derivation."""
    monkeypatch.setattr(create, "Cost", lambda: Cost(n=2**4, r=1))
    secret = tmp_path / "passphrase"
    secret.write_text("seven steps to a soft lip\n")
    [group] = [command for command in commands if command.name == "backup"]

    def invoke(*arguments: object, file: Path = secret) -> Result:
        words = [*map(str, arguments), "--passphrase-file", str(file)]
        return academy.test_cli_runner().invoke(group, words)

    return invoke


def tags(url: str) -> list[str]:
    database = Database(url)
    with database.reading() as session:
        found = list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.id)))
    database.dispose()
    return found


def test_a_restore_drill(run: Run, academy: Flask, tmp_path: Path) -> None:
    runtime: Runtime = academy.extensions["vermilion"]
    folder, target = tmp_path / "backups", tmp_path / "new"
    made = run("create", folder)
    assert made.exit_code == 0, made.output
    assert "1 files, 1 new." in made.output
    assert tags(runtime.db.url) == ["admin:backup:made"]
    proven = run("verify", folder)
    assert (proven.exit_code, proven.stdout) == (0, "")
    assert "0 problems (manifest, keys, hashes)" in proven.stderr
    done = run("restore", folder, "--into", target)
    assert done.exit_code == 0, done.output
    assert "1 files" in done.output
    assert tags(f"sqlite:///{target / 'vermilion.db'}") == ["admin:backup:restored"]
    again = run("restore", folder, "--into", target)
    assert again.exit_code == 1
    assert "not empty" in again.output
    services.seal_audit(runtime)


def test_damage_is_named_with_exit_status_1(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    run("create", folder)
    [stored] = (folder / "files").rglob("*.pdf")
    stored.write_bytes(b"%PDG")
    proven = run("verify", folder)
    assert proven.exit_code == 1
    assert proven.stdout.endswith(".pdf is damaged.\n")
    assert run("verify", folder, "--without-passphrase").exit_code == 1


def test_problems_are_sentences(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the one of the backup")
    assert "There is no backup in" in run("verify", tmp_path / "backups").output
    run("create", tmp_path / "backups")
    assert "The passphrase is not the one" in run("verify", tmp_path / "backups", file=wrong).output
    assert "There is no backup 'older'" in run("verify", tmp_path / "backups", "--set", "older").output
    wrong.write_text("")
    short = run("create", tmp_path / "backups", file=wrong)
    assert (short.exit_code, "too short" in short.output) == (1, True)


def test_the_passphrase_is_asked_for_and_confirmed(run: Run, academy: Flask, tmp_path: Path) -> None:
    [group] = [command for command in commands if command.name == "backup"]
    typed = "seven steps to a soft lip\n"
    runner, folder = academy.test_cli_runner(), str(tmp_path / "backups")
    assert runner.invoke(group, ["create", folder], input=typed * 2).exit_code == 0
    assert runner.invoke(group, ["verify", folder], input=typed).exit_code == 0
