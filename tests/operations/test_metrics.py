"""What Prometheus reads, who may, and that every process and endpoint is told apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from app.config import Settings
from app.domain.access.actor import Actor, Role
from app.infra.metrics import METRICS, Metrics, count_statements, statements_here
from app.infra.runtime import Runtime
from tests.conftest import Browser

TOKEN = "a-token-that-only-prometheus-knows"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def sample(text: str, name: str, **labels: str) -> float:
    """The value of one sample."""
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            if each.name == name and labels.items() <= each.labels.items():
                return each.value
    raise AssertionError(f"{name} {labels} is not there")


def test_each_endpoint_tells_its_requests_seconds_and_statements() -> None:
    first, second = Metrics(), Metrics()
    first.note_request("learning_student.lesson", "GET", 200, seconds=0.03, queries=3)
    first.note_request("learning_student.lesson", "GET", 503, seconds=0.01, queries=1)
    first.note_job("mail.send", "failed", seconds=2)
    told = first.exposed(lambda: [("vermilion_jobs", "Jobs.", {("dead",): 2.0}, ("state",))]).decode()
    lesson = {"endpoint": "learning_student.lesson", "process": METRICS.process}
    assert sample(told, "vermilion_requests_total", status="503", **lesson) == 1
    assert sample(told, "vermilion_request_queries_sum", **lesson) == 4
    assert sample(told, "vermilion_request_queries_bucket", le="2.0", **lesson) == 1
    assert sample(told, "vermilion_request_seconds_bucket", le="0.025", **lesson) == 1
    assert sample(told, "vermilion_job_seconds_count", handler="mail.send", outcome="failed") == 1
    assert sample(told, "vermilion_jobs", state="dead") == 2
    assert "lesson" not in second.exposed().decode()


def test_statements_are_counted_in_the_thread_that_runs_them() -> None:
    engine = create_engine("sqlite://")
    count_statements(engine)
    before = statements_here()
    with engine.connect() as connection:
        for _ in range(3):
            connection.execute(text("SELECT 1"))
    assert statements_here() - before == 3


def with_settings(app: Flask, runtime: Runtime, **values: object) -> Settings:
    runtime.settings = replace(runtime.settings, **values)  # type: ignore[arg-type]
    return runtime.settings


@pytest.mark.parametrize(
    ("settings", "ask", "status"),
    [
        # Behind TLS without trusted proxies everybody seems to be this machine.
        ({}, {"base_url": "http://localhost"}, 404),
        ({"trusted_proxies": 1}, {"base_url": "http://localhost"}, 200),
        ({"public_url": "http://localhost:8000"}, {"base_url": "http://localhost"}, 200),
        # Through the proxy, by another machine, by a name that a stranger made to point here.
        ({"trusted_proxies": 1}, {"base_url": "http://localhost", "headers": {"X-Forwarded-For": "127.0.0.1"}}, 404),
        ({"trusted_proxies": 1}, {"base_url": "http://localhost", "environ_base": {"REMOTE_ADDR": "10.0.0.7"}}, 404),
        ({"public_url": "http://localhost:8000"}, {"base_url": "http://evil.test"}, 404),
        # With a token it alone counts, from anywhere.
        ({"metrics_token": TOKEN, "trusted_proxies": 1}, {"base_url": "http://localhost"}, 404),
        ({"metrics_token": TOKEN}, {"headers": {"Authorization": "Bearer " + TOKEN[:-1]}}, 404),
        ({"metrics_token": TOKEN}, {"base_url": "http://10.1.2.3:8000", "headers": BEARER}, 200),
    ],
)  # fmt: skip
def test_figures_are_for_the_token_or_this_machine_only(
    app: Flask, runtime: Runtime, settings: dict[str, object], ask: dict[str, object], status: int
) -> None:
    if not runtime.db.is_sqlite:
        pytest.skip("no matter of the database")
    with_settings(app, runtime, **settings)
    answer = app.test_client().get("/metrics", **ask)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert ("vermilion_jobs" in answer.text) == (status == 200)


def test_a_page_that_was_read_is_counted_with_its_statements(
    app: Flask, runtime: Runtime, make_user: Callable[..., Actor], browse: Callable[..., Browser]
) -> None:
    with_settings(app, runtime, metrics_token=TOKEN)
    browser = browse(make_user(Role.ADMIN))
    browser.get("/admin/jobs")

    def told() -> str:
        return app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

    before = told()
    browser.get("/admin/jobs")
    after = told()
    jobs = {"endpoint": "admin_admin.jobs"}
    for name, least in (("vermilion_request_seconds_count", 1), ("vermilion_request_queries_sum", 4)):
        assert sample(after, name, **jobs) - sample(before, name, **jobs) >= least
    assert sample(after, "vermilion_database_up") == 1
    assert not re.search(r"@example\.com|Person \d", after)
