"""The lock files hold versions and hashes, no addresses, and agree with what a human edits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "tools/uv.txt", "tools/node.txt", "tools/postgres.txt"]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(path: str) -> set[tuple[str, str]]:
    text = (ROOT / path).read_text("utf-8")
    return {(match["name"].lower().replace("_", "-"), match["version"]) for match in PIN.finditer(text)}


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_holds_no_address_of_a_registry_or_machine(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert "://" not in text
    assert not re.findall(
        r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", text, re.MULTILINE
    )


@pytest.mark.parametrize("path", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed(path: str) -> None:
    text = (ROOT / path).read_text("utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert packages
    assert [line for line in packages if not PIN.match(line) or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize(
    ("edited", "lock"), [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")]
)
def test_what_a_human_pinned_is_what_is_locked(edited: str, lock: str) -> None:
    assert pins(edited)
    assert pins(edited) <= pins(lock)


def test_the_tests_run_on_the_packages_of_the_site() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")
