"""The offline check."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.domain.content.__main__ import main
from tests.domain.content.samples import BANK, Program


def test_a_part_without_errors_passes(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(program.root / "courses"), str(program.root / "quizzes"), "--part"]) == 0
    out, err = capsys.readouterr()
    assert out.count("draw-thin (warning)") == 7
    assert err == "0 errors, 9 warnings\n"


def test_errors_are_printed_with_place_code_and_sentence(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    line = program.edit(BANK, "answer: 225", "answer: many")
    arguments = [str(program.root / "courses"), str(program.root / "quizzes"), "--part", "--only", "banks", "--summary"]
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    first, second, *_ = out.splitlines()
    assert first == f"{program.root / BANK}:{line}: bad-value: answer: Input should be a valid number."
    assert second.startswith("section ")
    assert err == "1 errors, 0 warnings\n"


def test_it_runs_without_the_rest_of_the_application(program: Program) -> None:
    """Neither Flask nor SQLAlchemy is imported by the check."""
    code = (
        "import sys; from app.domain.content.__main__ import main; status = main(sys.argv[1:]);"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'flask', 'sqlalchemy', 'jinja2', 'markdown'}));"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(program.root / "courses"), str(program.root / "quizzes"), "--part"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
