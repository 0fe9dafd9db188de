"""./vermilion test: its arguments, its services, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bootstrap import ROOT, StepFailedError
from tests.support import axe, chromium, postgres, session


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["-n", "2", "--dist", "loadgroup"]),
        (["-k", "quiz"], ["-n", "2", "--dist", "loadgroup", "-k", "quiz"]),
        (["--fast", "-x"], ["-n", "2", "--dist", "loadgroup", "-m", session.FAST, "-x"]),
        (["-n0", "--fast"], ["-m", session.FAST, "-n0"]),
        (["--pdb"], ["--pdb"]),
        (["--cov"], ["-n", "2", "--dist", "loadgroup", "--cov"]),
    ],
)
def test_arguments_for_pytest(given: list[str], expected: list[str]) -> None:
    assert session.pytest_arguments(given) == expected


def test_fast_needs_no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "ensure", not_to_be_had("Chromium"))
    with session.services(fast=True) as variables:
        assert variables == {}


def test_services_are_named_in_the_environment_while_the_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    @contextmanager
    def server() -> Iterator[str]:
        yield "postgresql://somewhere"
        stopped.append(True)

    monkeypatch.setattr(chromium, "ensure", lambda: Path("/opt/chromium"))
    monkeypatch.setattr(chromium, "ensure_driver", lambda: {chromium.NODE_VARIABLE: "/opt/node"})
    monkeypatch.setattr(axe, "ensure", lambda: Path("/opt/axe.min.js"))
    monkeypatch.setattr(postgres, "ensure", lambda: None)
    monkeypatch.setattr(postgres, "server", server)
    with session.services(fast=False) as variables:
        assert variables == {
            "VERMILION_TEST_CHROMIUM": "/opt/chromium",
            "VERMILION_TEST_AXE": "/opt/axe.min.js",
            "VERMILION_TEST_POSTGRES": "postgresql://somewhere",
            "PLAYWRIGHT_NODEJS_PATH": "/opt/node",
        }
        assert stopped == []
    assert stopped == [True]


@pytest.mark.parametrize(("module", "name"), [(chromium, "Chromium"), (axe, "axe-core"), (postgres, "PostgreSQL")])
def test_what_cannot_be_had_is_a_failure_with_its_name(
    module: object, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chromium, "ensure", lambda: Path("/opt/chromium"))
    monkeypatch.setattr(chromium, "ensure_driver", dict)
    monkeypatch.setattr(axe, "ensure", lambda: Path("/opt/axe.min.js"))
    monkeypatch.setattr(module, "ensure", not_to_be_had(name))
    monkeypatch.setattr(session, "run_pytest", lambda *_: pytest.fail("the tests must not run without it"))

    assert session.main([]) == 1

    said = capsys.readouterr().err
    assert f"{name} is missing" in said
    assert "the tests have NOT run" in said


def test_a_home_that_can_be_written_to_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert session.environment()["HOME"] == str(tmp_path)


@pytest.mark.parametrize("home", ["/nonexistent", ""])
def test_a_home_that_cannot_be_written_to_is_replaced(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CACHE", tmp_path / ".cache")
    monkeypatch.setenv("HOME", home)
    assert session.environment()["HOME"] == str(tmp_path / ".cache" / "home")
    assert (tmp_path / ".cache" / "home").is_dir()


@pytest.mark.slow
@pytest.mark.parametrize(("body", "code"), [("assert 2 + 2 == 4", 0), ("assert 2 + 2 == 5", 1)])
def test_the_exit_code_is_that_of_pytest_and_its_line_the_last(body: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "test_sum.py").write_text(f"def test_sum():\n    {body}\n", "ascii")
    arguments = ["-c", os.devnull, "-p", "no:cacheprovider", str(tmp_path)]
    script = (
        "import os, sys\n"
        "from tests.support import session\n"
        f"sys.exit(session.run_pytest({arguments!r}, dict(os.environ)))\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == code, ran.stderr
    verdict = "1 passed" if code == 0 else "1 failed"
    assert verdict in ran.stdout.splitlines()[-1]
    assert ran.stderr == ""


def not_to_be_had(name: str) -> Callable[[], Path]:
    """Return a stand-in for an `ensure` that fails."""

    def ensure() -> Path:
        raise StepFailedError(f"{name} is missing")

    return ensure
