"""The commands that authors and operators use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.cli import attach_commands
from app.infra.runtime import Runtime

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
