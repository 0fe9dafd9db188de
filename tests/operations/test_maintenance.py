"""Maintenance: reads go on, writes are refused with a clear word, administrators can end it, jobs wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin import services
from app.admin.cli import commands
from app.domain.access.actor import SYSTEM, Actor, Role
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.infra.jobs.worker import Worker
from app.infra.maintenance import Watch
from app.infra.runtime import Runtime
from tests.conftest import NOW, PASSWORD, Browser

Browse = Callable[..., Browser]


@pytest.fixture
def admin(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.ADMIN, name="Ada Brandt")


def close(browser: Browser, sentence: str = "Back at 14:00 UTC.") -> None:
    browser.get("/admin/health")
    assert browser.post("/admin/health/maintenance", {"wanted": "on", "sentence": sentence}).status_code == 303


def test_reads_go_on_and_writes_are_refused_until_an_administrator_opens_again(
    session: Session, runtime: Runtime, admin: Actor, make_user: Callable[..., Actor], browse: Browse
) -> None:
    student = browse(make_user(Role.STUDENT, name="Amara Osei"))
    student.get("/account/")
    browser = browse(admin)
    close(browser)
    refused = student.post("/account/sessions/end-others")
    assert refused.status_code == 503 and refused.headers["Retry-After"] == "120"
    assert "nothing can be saved" in refused.text and "Back at 14:00 UTC." in refused.text
    page = student.get("/account/")
    assert page.status_code == 200 and "Back at 14:00 UTC." in page.text
    told = student.post("/account/sessions/end-others", headers={"Accept": "application/json"})
    assert (told.status_code, told.mimetype, told.get_json()["status"]) == (503, "application/problem+json", 503)
    assert browser.post("/admin/jobs/1/retry").status_code == 503
    # A second administrator, who is not signed in yet, gets in and ends it.
    email = "ada.brandt.1@example.com"
    other = browse()
    other.get("/sign-in")
    assert other.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 303
    other.get("/admin/health")
    assert other.post("/admin/health/maintenance", {"wanted": "off"}).status_code == 303
    assert student.post("/account/sessions/end-others").status_code == 303
    told_of = [AuditTag.MAINTENANCE_BEGUN.value, AuditTag.MAINTENANCE_ENDED.value]
    assert list(session.scalars(select(AuditEvent.tag).where(AuditEvent.tag.in_(told_of)))) == told_of


def test_a_form_without_a_choice_changes_nothing(runtime: Runtime, admin: Actor, browse: Browse) -> None:
    browser = browse(admin)
    browser.get("/admin/health")
    assert browser.post("/admin/health/maintenance", {"wanted": "perhaps"}).status_code == 422
    assert browser.post("/admin/health/maintenance", {"wanted": "on", "sentence": "x" * 301}).status_code == 422
    assert Watch().look(runtime.db) is None


def test_another_process_sees_it_within_a_second_and_its_workers_take_no_job(
    session: Session, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, clock = Worker(runtime, 1), [100.0]
    monkeypatch.setattr("app.infra.maintenance.time.monotonic", lambda: clock[0])
    session.add(Job(handler="mail.send", run_at=NOW, created_at=NOW))
    services.begin_maintenance(session, SYSTEM, "", now=NOW)
    session.commit()
    assert worker._claim() is None
    services.begin_maintenance(session, SYSTEM, "Later.", now=NOW.replace(hour=13))
    session.commit()
    clock[0] += 1.0
    closed = runtime.maintenance.look(runtime.db)
    assert closed is not None and (closed.since, closed.sentence) == (NOW, "Later.")
    assert services.end_maintenance(session, SYSTEM, now=NOW)
    assert not services.end_maintenance(session, SYSTEM, now=NOW)
    session.commit()
    clock[0] += 0.5
    assert runtime.maintenance.look(runtime.db) is not None
    clock[0] += 0.6
    assert runtime.maintenance.look(runtime.db) is None and runtime.maintenance.remembered is None
    assert worker._claim() is not None


def test_the_commands_switch_it(app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.admin.cli.time.sleep", lambda _seconds: None)
    [group] = [command for command in commands if command.name == "maintenance"]

    def run(*arguments: str) -> tuple[int, str]:
        runtime.maintenance.forget()
        result = app.test_cli_runner().invoke(group, list(arguments))
        return result.exit_code, result.output

    assert run("status") == (0, "Off.\n")
    assert run("on", "--say", "Back soon.")[0] == 0
    status, said = run("status")
    assert status == 1 and said.endswith("Back soon.\n")
    assert run("off") == (0, "Maintenance is off.\n")
    assert run("off") == (0, "Maintenance was not on.\n")
