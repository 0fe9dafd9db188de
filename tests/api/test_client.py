"""The client of docs/api.md, line by line, against a live server; and the copy of the document beside it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.api.conftest import Program

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def run(address: str, key: str, *numbers: str) -> subprocess.CompletedProcess[str]:
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "api.md").read_text(), re.DOTALL)
    environment = {"VERMILION_URL": address, "VERMILION_KEY": key}
    command = [sys.executable, "-I", "-c", code, *numbers]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_client_checks_follows_and_listens(
    issue: Callable[..., Any], program: Callable[..., Program], address: str
) -> None:
    valid, revoked = issue().number, issue("revoked", name="Lea Fontaine").number
    made = run(address, program().secret, valid.lower(), revoked, "VM-12")
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    assert lines[:2] == [f"{valid.lower()} VALID ", f"{revoked} REVOKED "]
    assert lines[2].startswith("VM-12 MALFORMED A number has 11 characters")
    assert [line.split(" ", 1)[1] for line in lines[3:]] == [f"{valid} issue -> active"]
    refused = run(address, "vk_wrong", valid)
    assert (refused.returncode, "This key is not known" in refused.stderr) == (1, True)


def test_the_copy_of_the_document_is_the_one_that_is_served(stranger: Program) -> None:
    """Write it anew with `python -m tools.openapi`."""
    assert json.loads((DOCS / "api" / "openapi.json").read_text()) == stranger.get("/openapi.json").json
