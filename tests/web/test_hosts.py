"""A forged Host header reaches nothing of ours; how long TLS is insisted on is a setting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.web import headers, hosts
from tests.conftest import make_settings

SETTINGS = replace(make_settings(Path("/nowhere"), "sqlite://"), hosts="school.example, .sub.example")


@pytest.fixture(scope="module")
def small() -> Flask:
    """Our two layers around next to nothing."""
    app = Flask("small")
    app.add_url_rule("/", "index", lambda: "inside")
    app.add_url_rule("/healthz", "live", lambda: "alive")
    hosts.register(app, SETTINGS.trusted_hosts)
    headers.register(app, hsts_days=2)
    return app


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("academy.test", True),
        ("academy.test:443", True),
        ("ACADEMY.test", True),
        ("school.example", True),
        ("any.sub.example", True),
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("academy.test.evil.example", False),
        ("evil.example:academy.test", False),
        ("notschool.example", False),
        ("school.example.", False),
        ("[::2]:8000", False),
        ("evil.example/academy.test", False),
    ],
)
def test_only_known_names_are_answered(small: Flask, host: str, is_ours: bool) -> None:
    for _ in range(2):  # once found, a good name is remembered
        answer = small.test_client().get("/", headers={"Host": host})
        assert (answer.status_code == 200) is is_ours
        assert ("inside" in answer.text) is is_ours
    assert "nosniff" in str(answer.headers), "a refusal carries the headers, too"
    assert small.test_client().get("/healthz", headers={"Host": host}).status_code == 200, "probes ask by any name"


def test_how_long_tls_is_insisted_on(small: Flask) -> None:
    assert small.test_client().get("/").headers["Strict-Transport-Security"] == "max-age=172800; includeSubDomains"
    plain = Flask("plain")
    headers.register(plain, hsts_days=0)
    assert "Strict-Transport-Security" not in plain.test_client().get("/").headers
