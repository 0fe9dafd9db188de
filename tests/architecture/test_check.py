"""The checks of `./vermilion check` pass, so that whoever runs only the tests learns of them too."""

from __future__ import annotations

import pytest

from tools import check

SLOW = {"types"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in check.CHECKS]
)
def test_the_check_passes(name: str) -> None:
    result = check.run(name)
    assert result.returncode == 0, f"./vermilion check {name} says:\n{result.stdout}"


def test_a_check_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["spelling"]) == 2
    assert "spelling" in capsys.readouterr().err


def test_a_failing_check_prints_what_the_tool_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(check.CHECKS, "format", [check.PYTHON, "-c", "print('badly laid out'); raise SystemExit(3)"])
    assert check.main(["format"]) == 1
    said = capsys.readouterr().out
    assert "badly laid out" in said
    assert said.endswith("Failed: format.\n")
