"""`flask storage verify` and `flask storage sweep`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from app.practice import queries
from app.practice.cli import commands
from tests.conftest import NOW, Clock
from tests.factories.content import publish_journey
from tests.factories.practice import complete_piece


@pytest.fixture
def run(app: Flask) -> Callable[..., tuple[int, str]]:
    """`run("verify")` -> exit status and output."""
    [group] = commands

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(group, list(arguments))
        return result.exit_code, result.stdout

    return invoke


def test_verify_names_every_file_that_is_not_as_it_was(
    run: Callable[..., tuple[int, str]], session: Session, runtime: Runtime, make_user: Callable[..., Actor]
) -> None:
    assert run("verify") == (0, "")
    publish_journey(session, NOW)
    entry = complete_piece(session, make_user(Role.STUDENT), now=NOW, storage=runtime.storage)
    session.commit()
    assert run("verify") == (0, "")
    photo = queries.photos_of(session, entry.id)[0]
    runtime.storage.delete(photo.original_key)
    status, output = run("verify")
    assert status == 1
    assert output == f"missing\t{photo.original_key}\tphoto {photo.id}\n"


def test_sweep_removes_what_is_old_and_not_needed(
    run: Callable[..., tuple[int, str]], runtime: Runtime, clock: Clock
) -> None:
    key = runtime.storage.put_bytes("rendition", b"orphan", "webp").key
    clock.value = runtime.storage.stat(key).stored_at + timedelta(hours=1)
    assert run("sweep") == (0, "0 files removed.\n")
    clock.tick(days=2)
    assert run("sweep") == (0, "1 files removed.\n")
    assert not runtime.storage.exists(key)
