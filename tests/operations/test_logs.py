"""Nothing secret reaches the log, whatever goes wrong: passwords, tokens, keys, cookies, what was typed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import factory
from app.domain.access.actor import Actor, Role
from app.infra import logs
from app.infra.jobs.models import Job
from app.infra.jobs.registry import HANDLERS
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from tests.conftest import NOW, PASSWORD, Browser

Browse = Callable[..., Browser]
CANARY = "canary-4f1d9e-never-in-a-log"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything is logged, as machines read it; calling the fixture gives all that was logged."""
    stream = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        logs.configure("json", "debug")
    with caplog.at_level("DEBUG"):
        yield lambda: stream.getvalue() + caplog.text
    logs.configure("text", "error")


def test_secrets_that_requests_carry_are_not_in_the_log(
    app: Flask,
    runtime: Runtime,
    make_user: Callable[..., Actor],
    browse: Callable[..., Browser],
    log: Callable[[], str],
) -> None:
    admin = make_user(Role.ADMIN, name="Ada Brandt")
    stranger = browse()
    stranger.get("/sign-in")
    stranger.post("/sign-in", {"email": f"{CANARY}@example.com", "password": CANARY})
    stranger.post("/sign-in", {"email": "ada.brandt.1@example.com", "password": CANARY})
    stranger.post("/forgot-password", {"email": f"{CANARY}@example.com"})
    for address in ("/reset-password/", "/invitation/", "/unsubscribe/", "/calendar/", "/verify/", "/verify?number="):
        stranger.get(address + CANARY)
    stranger.get(f"/sign-in?next=/{CANARY}", headers={"Referer": f"https://academy.test/reset-password/{CANARY}"})
    headers = {"Authorization": f"Bearer vk_{CANARY}", "Cookie": f"vermilion={CANARY}", "User-Agent": CANARY}
    app.test_client().get("/api/v1/studio/roster", headers=headers)
    app.test_client().get("/metrics", headers=headers)
    known = browse(admin)
    known.get("/account/security")
    known.post("/account/security/password", {"current": CANARY, "password": CANARY, "repeat": CANARY})
    said = log()
    assert said.count('"event": "request"') >= 10
    assert CANARY not in said and PASSWORD not in said
    assert runtime.settings.secret_key not in said
    for cookie in stranger.client._cookies.values():  # type: ignore[union-attr]
        assert cookie.value not in said


def test_a_statement_that_fails_tells_no_values(
    session: Session, runtime: Runtime, log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the log and the page of jobs show of a failed statement is the statement, without what was to be stored."""

    def fail(context: JobContext, _payload: dict[str, object]) -> None:
        with context.transaction() as writing:
            writing.execute(text("INSERT INTO there_is_no_such_table (secret) VALUES (:secret)"), {"secret": CANARY})

    monkeypatch.setitem(HANDLERS, "sample.fail", fail)
    session.add(Job(handler="sample.fail", run_at=NOW, created_at=NOW, payload={"token": CANARY}, max_tries=1))
    session.commit()
    if runtime.db.is_sqlite:  # PostgreSQL ends the outer transaction of the test with the first error
        work_off(runtime)
        job = session.query(Job).filter(Job.handler == "sample.fail").one()
        session.refresh(job)
        assert job.state == "dead" and "no_such_table" in job.last_error and CANARY not in job.last_error
    else:
        with pytest.raises(DBAPIError) as failed, session.begin_nested():
            session.execute(text("INSERT INTO there_is_no_such_table (x) VALUES (:x)"), {"x": CANARY})
        assert CANARY not in str(failed.value)
    assert CANARY not in log()


@pytest.fixture
def unpropagated(runtime: Runtime) -> Flask:
    """An application that answers to errors as in use; made before the log is listened to, which it sets up."""
    return factory.create_app(runtime)


def test_an_unexpected_error_tells_where_and_not_what_was_typed(
    unpropagated: Flask, log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(email: str, password: str) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("app.accounts.login.check_credentials", broken)
    browser = Browser(unpropagated.test_client(), Actor(id=None))
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"email": "a@example.com", "password": CANARY})
    said = log()
    assert answer.status_code == 500 and "boom" not in answer.text
    assert "RuntimeError: boom" in said and CANARY not in said


def test_settings_print_without_secrets(runtime: Runtime) -> None:
    from dataclasses import replace

    secrets = ("secret_key", "smtp_password", "s3_secret_key", "redis_url", "database_url", "metrics_token")
    loaded = replace(runtime.settings, **dict.fromkeys(secrets, CANARY))  # type: ignore[arg-type]
    assert CANARY not in repr(loaded) and CANARY not in str(loaded.redacted())
    assert CANARY not in repr(replace(runtime, settings=loaded))
