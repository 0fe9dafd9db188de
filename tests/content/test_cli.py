"""The commands that authors and operators use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.cli import attach_commands
from app.content import queries, services
from app.content.models import Kind
from app.domain.access.actor import Actor, Role
from app.domain.content.writing import item_source
from app.infra.runtime import Runtime
from tests.conftest import NOW

JOURNEY = Path(__file__).parents[1] / "journey_content"


@pytest.fixture
def commands(app: Flask, runtime: Runtime) -> Flask:
    runtime.settings = replace(runtime.settings, courses=JOURNEY / "courses", quizzes=JOURNEY / "quizzes")
    attach_commands(app)
    return app


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["content", *arguments])
    return result.exit_code, result.output


def test_check_passes_a_part_and_asks_a_program_for_coverage(commands: Flask) -> None:
    status, text = run(commands, "check", "--part", "--summary")
    assert status == 0
    assert "lesson-length (warning): The lesson has 316 words" in text
    assert "items 8 in 1 banks, safety 1" in text
    status, text = run(commands, "check")
    assert status == 1
    assert "coverage: Consultation has no lesson." in text


def test_sync_releases_and_says_what(commands: Flask) -> None:
    status, text = run(commands, "sync", "--dry-run")
    assert (status, text.splitlines()[-1]) == (0, "a sync would make a release: 17 new, 0 unchanged")
    status, text = run(commands, "sync", "--note", "by hand")
    assert (status, text.splitlines()[-1]) == (0, "release 1: 17 new, 0 unchanged")
    assert "  new       lesson clean-station" in text
    assert run(commands, "sync") == (0, "nothing changed, 17 definitions\n")


def test_sync_of_broken_files_prints_each_problem_and_fails(commands: Flask, runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "glossary.yaml").write_text("terms: nothing\n")
    runtime.settings = replace(runtime.settings, courses=tmp_path / "empty")
    status, text = run(commands, "sync")
    assert status == 1
    assert "glossary.yaml:1: bad-value: terms" in text
    assert "Error: The content files have" in text


def test_summary_prints_the_matrix(commands: Flask) -> None:
    status, text = run(commands, "summary")
    assert status == 0
    assert text.splitlines()[0].split() == [
        "section",
        "lessons",
        "items",
        "(1",
        "2",
        "3)",
        "exercises",
        "criteria",
        "exam",
    ]


@pytest.fixture
def edited(
    commands: Flask, runtime: Runtime, session: Session, make_user: Callable[..., Actor], tmp_path: Path
) -> Path:
    """A copy of the files, live, with one item that was edited on the web."""
    root = tmp_path / "content"
    shutil.copytree(JOURNEY, root)
    runtime.settings = replace(runtime.settings, courses=root / "courses", quizzes=root / "quizzes")
    assert run(commands, "sync")[0] == 0
    found = queries.current(session, Kind.ITEM, "lb-001")
    assert found is not None
    services.publish_item(
        session,
        make_user(Role.INSTRUCTOR),
        "lb-001",
        item_source(found.payload).replace("From the midline", "From the midline of the face"),
        base=1,
        note="Say which line.",
        quizzes=root / "quizzes",
        now=NOW,
    )
    session.commit()
    return root / "quizzes"


def test_a_sync_keeps_the_edit_and_names_it(commands: Flask, edited: Path) -> None:
    status, text = run(commands, "sync")
    assert (status, text.splitlines()) == (
        0,
        ["  on web    item lb-001", "nothing changed, 16 definitions, 1 edited on the web"],
    )


def test_a_sync_names_file_item_and_reason_of_a_conflict_and_takes_a_side(commands: Flask, edited: Path) -> None:
    bank = edited / "banks" / "lip-blush-basics.yaml"
    bank.write_text(bank.read_text().replace("text: From the midline,", "text: From the axis,"))
    status, text = run(commands, "sync")
    assert status == 1
    assert f"{bank}: lb-001: lb-001 was edited on the web (version 2) and changed in the file since." in text
    assert "--prefer files or --prefer web" in text
    assert run(commands, "sync", "--prefer", "web") == (
        0,
        "  on web    item lb-001\nnothing changed, 16 definitions, 1 edited on the web\n",
    )
    status, text = run(commands, "export")
    assert (status, "version 2: written" in text) == (0, True), "whose word counts was decided"
    assert "From the midline of the face" in bank.read_text()


def test_an_export_into_a_folder_leaves_the_others_alone(commands: Flask, edited: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(edited, other)
    before = (edited / "banks" / "lip-blush-basics.yaml").read_text()
    status, text = run(commands, "export", "--into", str(other), "--dry-run")
    assert (status, "version 2: would be written." in text) == (0, True)
    status, text = run(commands, "export", "--into", str(other))
    assert (status, "version 2: written." in text) == (0, True)
    assert "From the midline of the face" in (other / "banks" / "lip-blush-basics.yaml").read_text()
    assert (edited / "banks" / "lip-blush-basics.yaml").read_text() == before
    run(commands, "export")
    assert run(commands, "sync") == (0, "nothing changed, 17 definitions\n")
    assert run(commands, "export") == (0, "Nothing was edited on the web that the files do not contain.\n")
