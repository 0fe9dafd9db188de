"""docs/security.md claims nothing that is not there: every test that it names exists, and open rows are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.audit import verdict

ROOT = Path(__file__).resolve().parents[2]
STATES = {"holds", "partly", "open"}


def rows() -> list[list[str]]:
    """The cells of each row of the list."""
    lines = (ROOT / "docs/security.md").read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d+ \|", line)]


def test_the_list_is_whole_and_every_test_that_it_names_exists() -> None:
    found = rows()
    assert [int(row[0]) for row in found] == list(range(1, 91))
    missing = []
    for number, _asvs, _what, state, where, shown in found:
        assert state in STATES, number
        assert shown or state != "holds", f"row {number} holds, but nothing shows it"
        missing += [
            f"{number}: {path}" for path in re.findall(r"`((?:app|docs|deploy)/[^` ,]+)`", where) if not _is_there(path)
        ]
        missing += [f"{number}: {name}" for name in re.findall(r"`([^`]+)`", shown) if not _is_test(name)]
    assert missing == []


def _is_there(path: str) -> bool:
    return (ROOT / path).exists()


def _is_test(name: str) -> bool:
    path, _, function = name.partition("::")
    if not (ROOT / path).is_file():
        return False
    text = (ROOT / path).read_text("utf-8")
    # The matrix brings some of its tests in from the files beside it.
    return (
        not function
        or re.search(rf"\bdef {function}\(|^from .* import \(?.*\b{function}\b|^    {function},$", text, re.M)
        is not None
    )


def test_what_does_not_hold_is_named_for_everybody() -> None:
    told = (ROOT / "SECURITY.md").read_text("utf-8")
    not_told = [row[0] for row in rows() if row[3] != "holds" and f"row {row[0]}" not in told]
    assert not_told == []
    assert sum(row[3] == "open" for row in rows()) <= 4


@pytest.mark.parametrize(
    ("code", "said", "grave"),
    [
        (0, "No known vulnerabilities found", 0),
        (1, "Found 2 known vulnerabilities in 1 package", 1),
        (0, "flask  Dependency not found on PyPI and could not be audited: flask (3.1.3)", 2),
        (1, "ConnectionError: no route to host", 2),
        (1, "Found 1 known vulnerability; six could not be audited", 1),
    ],
)
def test_an_unasked_question_about_packages_is_no_no(code: int, said: str, grave: int) -> None:
    assert verdict(code, said)[0] == grave
