"""Reports of what the content policy stopped: noted without secrets, never in the way."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from flask import Flask

from app.web import reports
from tests.conftest import Clock

OLD = {
    "csp-report": {
        "document-uri": "https://academy.test/reset-password/a-secret-token?next=x",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?session=4711",
        "source-file": "inline\r\nforged line",
        "line-number": 7,
    }
}
NEW = [
    {"type": "deprecation", "body": {"id": "x"}},
    {"type": "csp-violation", "body": {"documentURL": "https://academy.test/learn/", "blockedURL": "inline"}},
]


class Notes:
    """A log that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[dict[str, str]] = []

    def warning(self, _event: str, **facts: str) -> None:
        self.lines.append(facts)


@pytest.fixture(autouse=True)
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    found = Notes()
    monkeypatch.setattr(reports, "log", found)
    return found


def send(app: Flask, body: Any, kind: str = "application/csp-report") -> tuple[int, list[dict[str, str]]]:
    notes = cast("Notes", reports.log)
    notes.lines = []
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = app.test_client().post("/csp-reports", data=data, content_type=kind, base_url="https://academy.test")
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, notes.lines


def test_both_kinds_of_report_are_noted_without_what_could_be_a_secret(app: Flask) -> None:
    status, (line,) = send(app, OLD)
    assert status == 204
    assert line["page"] == "https://academy.test/reset-password/..."
    assert line["blocked"] == "https://evil.example/x.js"
    assert (line["rule"], line["line"]) == ("script-src-elem", "7")
    assert "\n" not in line["source"]
    status, (line,) = send(app, NEW, "application/reports+json")
    assert (status, line["page"], line["blocked"]) == (204, "https://academy.test/learn/", "inline")


@pytest.mark.parametrize("body", [b"", b"{", b"[1, null]", b'{"csp-report": 3}', b"\xff\xfe", b'"x"'])
def test_nonsense_is_answered_alike_and_noted_nowhere(app: Flask, body: bytes) -> None:
    assert send(app, body) == (204, [])


def test_a_flood_is_not_written_down(app: Flask, clock: Clock) -> None:
    assert send(app, {"csp-report": {"document-uri": "x" * 20_000}}) == (204, []), "too long"
    noted = [len(send(app, OLD)[1]) for _ in range(31)]
    assert sum(noted) == 30
    clock.tick(seconds=61)
    assert len(send(app, OLD)[1]) == 1


def test_the_policy_names_the_address(app: Flask) -> None:
    headers = app.test_client().get("/sign-in", base_url="https://academy.test").headers
    assert "report-uri /csp-reports" in headers["Content-Security-Policy"]
    assert "report-to csp" in headers["Content-Security-Policy"]
    assert headers["Reporting-Endpoints"] == 'csp="/csp-reports"'
