"""`flask storage sweep`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Actor
from app.infra.runtime import Runtime
from app.practice.cli import commands
from tests.conftest import NOW, Clock
from tests.factories.practice import complete_piece


@pytest.fixture
def run(app: Flask) -> Callable[..., tuple[int, str]]:
    """`run("sweep")` -> exit status and output."""
    group = commands[0]

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(group, list(arguments))
        return result.exit_code, result.stdout

    return invoke


def test_sweep_removes_what_is_old_and_not_needed(
    run: Callable[..., tuple[int, str]], runtime: Runtime, clock: Clock
) -> None:
    key = runtime.storage.put_bytes("rendition", b"orphan", "webp").key
    clock.value = runtime.storage.stat(key).stored_at + timedelta(hours=1)
    assert run("sweep") == (0, "0 files removed.\n")
    clock.tick(days=2)
    assert run("sweep") == (0, "1 files removed.\n")
    assert not runtime.storage.exists(key)


def test_a_log_is_written_into_a_folder(
    app: Flask, runtime: Runtime, session: Session, learner: Actor, tmp_path: Path
) -> None:
    complete_piece(session, learner, now=NOW, storage=runtime.storage)
    email = accounts.emails_of(session, [learner.user_id])[learner.user_id]
    session.commit()
    runner = app.test_cli_runner()
    result = runner.invoke(commands[1], ["export", email, "--kind", "zip", "--out", str(tmp_path / "out")])
    assert (result.exit_code, result.stdout.strip()) == (0, str(tmp_path / "out" / "practice-log.zip"))
    assert zipfile.is_zipfile(tmp_path / "out" / "practice-log.zip")
    unknown = runner.invoke(commands[1], ["export", "nobody@example.com", "--out", str(tmp_path)])
    assert unknown.exit_code == 1
    assert "Nobody has the e-mail address" in unknown.stderr
