"""`flask storage sweep`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.infra.runtime import Runtime
from app.practice.cli import commands
from tests.conftest import Clock


@pytest.fixture
def run(app: Flask) -> Callable[..., tuple[int, str]]:
    """`run("sweep")` -> exit status and output."""
    [group] = commands

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(group, list(arguments))
        return result.exit_code, result.stdout

    return invoke


def test_sweep_removes_what_is_old_and_not_needed(
    run: Callable[..., tuple[int, str]], runtime: Runtime, clock: Clock
) -> None:
    key = runtime.storage.put_bytes("rendition", b"orphan", "webp").key
    clock.value = runtime.storage.stat(key).stored_at + timedelta(hours=1)
    assert run("sweep") == (0, "0 files removed.\n")
    clock.tick(days=2)
    assert run("sweep") == (0, "1 files removed.\n")
    assert not runtime.storage.exists(key)
