"""flask quiz import and export: what is printed, what is written, how it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.cli import attach_commands
from app.domain.content import yaml_text
from app.infra.runtime import Runtime

JOURNEY = Path(__file__).parents[1] / "journey_content"
GIFT = "::Gloves::How long does one pair of gloves stay on? {=Until it tears ~All day ~Until lunch####See.}\n"
ASKED = ("--objective", "obj-clean-order", "--source", "The old bank")


@pytest.fixture
def commands(app: Flask, runtime: Runtime) -> Flask:
    runtime.settings = replace(runtime.settings, courses=JOURNEY / "courses", quizzes=JOURNEY / "quizzes")
    attach_commands(app)
    return app


def run(app: Flask, *arguments: str | Path) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["quiz", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "old.txt"
    file.write_text(GIFT)
    return file


def test_an_import_writes_a_bank_that_the_check_accepts(commands: Flask, source: Path, tmp_path: Path) -> None:
    into = tmp_path / "banks" / "glove-bank.yaml"
    status, text = run(commands, "import", source, "--into", into, *ASKED)
    assert status == 0, text
    assert "1 questions: 0 imported, 1 changed, 0 refused" in text
    bank = yaml_text.load(into.read_text())
    assert (bank["bank"], bank["title"]) == ("glove-bank", "Glove bank")
    (item,) = bank["items"]
    assert (item["id"], item["lesson"], item["step"]) == ("gb-001", "clean-station", "hygiene")


def test_a_dry_run_writes_nothing(commands: Flask, source: Path, tmp_path: Path) -> None:
    into = tmp_path / "new.yaml"
    status, text = run(commands, "import", source, "--into", into, "--dry-run", "--format", "gift", *ASKED)
    assert status == 0
    assert "gb-001" not in text
    assert not into.exists()


def test_an_existing_bank_is_only_added_to_when_asked(commands: Flask, source: Path, tmp_path: Path) -> None:
    into = tmp_path / "new.yaml"
    assert run(commands, "import", source, "--into", into, *ASKED)[0] == 0
    before = into.read_text()
    status, text = run(commands, "import", source, "--into", into, *ASKED)
    assert (status, into.read_text()) == (2, before)
    assert "--append" in text
    source.write_text("Which surface is wiped first of all? {=The lamp ~The floor ~The door####See.}")
    assert run(commands, "import", source, "--into", into, "--append", *ASKED)[0] == 0
    assert into.read_text().startswith(before)
    assert [item["id"] for item in yaml_text.load(into.read_text())["items"]] == ["ne-001", "ne-002"]


def test_what_is_refused_is_told_with_its_line_and_the_rest_is_written(
    commands: Flask, source: Path, tmp_path: Path
) -> None:
    source.write_text(GIFT + "\nAn essay {}\n")
    status, text = run(commands, "import", source, "--into", tmp_path / "new.yaml", *ASKED)
    assert status == 1
    assert "model answer" in text
    assert "0 imported, 1 changed, 1 refused" in text


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ("nothing to see", (), "format of the file is not known"),
        (GIFT, ("--map", "odd"), "is not a rule"),
        (GIFT, ("--lesson", "nowhere"), "There is no lesson nowhere"),
        (GIFT, ("--step", "nowhere"), "nowhere"),
        ("Essay {}", (), "Nothing was imported"),
        (GIFT.replace("All day", "all of the above"), (), "refuses the bank"),
    ],
)
def test_what_cannot_be_done_writes_nothing(
    commands: Flask, source: Path, tmp_path: Path, content: str, more: tuple[str, ...], said: str
) -> None:
    source.write_text(content)
    status, text = run(commands, "import", source, "--into", tmp_path / "new.yaml", *ASKED, *more)
    assert status == 2
    assert said in text
    assert not (tmp_path / "new.yaml").exists()


def test_a_published_bank_goes_out_and_comes_back(
    commands: Flask, journey: str, tmp_path: Path, runtime: Runtime
) -> None:
    out = tmp_path / "bank.zip"
    status, text = run(commands, "export", "lip-blush-basics", "--format", "qti", "-o", out)
    assert status == 0, text
    assert "Wrote 8 of 8 items" in text
    empty = tmp_path / "quizzes"
    empty.mkdir()
    runtime.settings = replace(runtime.settings, quizzes=empty)
    into = tmp_path / "back" / "banks" / "back.yaml"
    status, text = run(commands, "import", out, "--into", into, *ASKED)
    assert status == 0, text
    back = yaml_text.load(into.read_text())["items"]
    front = yaml_text.load((JOURNEY / "quizzes" / "banks" / "lip-blush-basics.yaml").read_text())["items"]
    assert [(item["id"], item["type"], item["objective"]) for item in back] == [
        (item["id"], item["type"], item["objective"]) for item in front
    ]
    assert list((tmp_path / "back" / "figures").glob("*.svg"))


def test_an_export_says_what_it_leaves_out(commands: Flask, journey: str, tmp_path: Path) -> None:
    status, text = run(commands, "export", "lip-blush-basics", "--format", "aiken", "-o", tmp_path / "a.txt")
    assert status == 1
    assert "left out: Aiken holds no" in text
    status, text = run(commands, "export", "nowhere", "--format", "gift", "-o", tmp_path / "b.txt")
    assert (status, (tmp_path / "b.txt").exists()) == (2, False)
    assert "no published bank" in text
