"""flask privacy: copies for people who cannot sign in, erasure on request, retention, the map."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.privacy.document import document
from app.privacy import queries
from app.privacy.cli import commands
from tests.conftest import NOW, Clock


def test_the_commands(
    app: Flask, session: Session, make_user: Callable[..., Actor], clock: Clock, tmp_path: Path
) -> None:
    actor = make_user(name="Amara Osei")
    email = session.get_one(User, actor.user_id).email
    accounts.start_session(session, actor.user_id, device="phone", now=NOW)
    session.commit()
    [group] = commands

    def run(*arguments: str):  # type: ignore[no-untyped-def]
        return app.test_cli_runner().invoke(group, list(arguments))

    assert run("map").stdout == document()
    assert run("copy", "nobody@example.com").exit_code == 1
    made = run("copy", email, "--out", str(tmp_path / "out"))
    assert made.exit_code == 0, made.output
    with zipfile.ZipFile(made.stdout.strip()) as archive:
        assert {"index.html", "about.json", "data/user_account.json"} <= set(archive.namelist())

    clock.tick(days=121)
    dry = run("retain", "--dry-run")
    assert "sign_in\t90 days\t1\n" in dry.stdout
    assert run("retain").exit_code == 0
    assert "sign_in\t90 days\t0\n" in run("retain", "--dry-run").stdout

    assert run("erase", email, "--reason", "x", "--yes").exit_code == 1
    assert run("erase", email, "--reason", "Wrote a letter", "--yes").exit_code == 0
    session.expire_all()
    assert queries.is_erased(session.get_one(User, actor.user_id))
    assert run("erase", email, "--reason", "Wrote a letter", "--yes").exit_code == 1
