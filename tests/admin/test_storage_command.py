"""`flask storage verify`: every row has its bytes, every file its row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.admin.cli import commands
from app.certification.models import ExternalProof
from app.cli import attach_commands
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from app.practice import queries as practice
from tests.conftest import NOW
from tests.factories.content import publish_journey
from tests.factories.practice import complete_piece

Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("verify")` -> exit status, lines of output, and what was said beside it."""
    [group] = [command for command in commands if command.name == "storage"]

    def invoke(*arguments: str) -> tuple[int, list[str], str]:
        result = app.test_cli_runner().invoke(group, list(arguments))
        return result.exit_code, result.stdout.splitlines(), result.stderr

    return invoke


def test_rows_and_files_are_compared_both_ways(
    run: Run, session: Session, runtime: Runtime, make_user: Callable[..., Actor]
) -> None:
    status, lines, said = run("verify")
    assert (status, lines) == (0, [])
    assert "Every row has its bytes." in said
    storage, student = runtime.storage, make_user(Role.STUDENT)
    publish_journey(session, NOW)
    entry = complete_piece(session, student, now=NOW, storage=storage)
    document = storage.put_bytes("proof", b"%PDF-1.7", "pdf").key
    proof = ExternalProof(
        user_id=student.user_id, kind="bbp", issuer="School", issued_on=NOW.date(), document_key=document, sent_at=NOW
    )
    session.add(proof)
    session.commit()
    assert run("verify")[:2] == (0, [])
    lone = storage.put_bytes("original", b"nobody needs me", "jpg").key
    status, lines, said = run("verify")
    assert (status, lines) == (0, [f"orphan\t{lone}"])
    assert "1 files belong to no row" in said
    photo = practice.photos_of(session, entry.id)[0]
    storage.delete(photo.original_key)
    (runtime.settings.instance / "files" / document).write_bytes(b"%PDF-1.8")
    status, lines, said = run("verify")
    assert status == 1
    assert lines == [
        f"missing\t{photo.original_key}\tphoto {photo.id}",
        f"damaged\t{document}\tproof {proof.id}",
        f"orphan\t{lone}",
    ]
    assert "2 files are missing or damaged." in said


def test_sweep_stands_beside_verify(app: Flask) -> None:
    attach_commands(app)
    group = app.cli.commands["storage"]
    assert set(group.commands) == {"sweep", "verify"}  # type: ignore[attr-defined]
