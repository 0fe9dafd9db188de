"""The pages of operations: health, jobs, mail, storage. Payloads, which hold links, are never shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin import queries, services
from app.certification.models import ExternalProof
from app.domain.access.actor import Actor, Role
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.infra.jobs.worker import work_off
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.infra.runtime import Runtime
from app.notifications.models import MailDelivery
from tests.conftest import NOW, Browser, Outbox

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]
CANARY = "https://academy.test/reset-password/canary-token"


def mail_job(state: str, **values: object) -> Job:
    payload = mail_payload("amara@example.com", "password_reset", name="Amara", url=CANARY)
    return Job(handler=MAIL_JOB, payload=payload, state=state, run_at=NOW, created_at=NOW, **values)


def tags(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.id)))


def test_mails_that_have_not_left_are_shown_without_what_stands_in_them(
    session: Session, make_user: MakeUser, browse: Browse
) -> None:
    amara = make_user(Role.STUDENT, name="Amara Osei")
    refused = MailDelivery(key=f"notice:{amara.user_id.hex}:x", state="refused", error="550 no such user")
    session.add_all(
        [mail_job("queued"), mail_job("dead", finished_at=NOW, last_error="Boom: connection refused"), refused]
    )
    session.commit()
    browser = browse(make_user(Role.ADMIN))
    waiting, dead = browser.get("/admin/mail").text, browser.get("/admin/mail?view=dead").text
    assert "amara@example.com" in waiting and "password_reset" in waiting
    assert "connection refused" in dead and "Try again" in dead
    assert "Amara Osei" in (page := browser.get("/admin/mail?view=refused").text) and "550 no such user" in page
    jobs = browser.get("/admin/jobs?state=dead").text
    assert all("canary-token" not in text for text in (waiting, dead, page, jobs))
    assert (counts := queries.mail_counts(session)) == queries.MailCounts(1, 1, 1), counts


def test_mail_is_tried_out_to_oneself(
    session: Session, runtime: Runtime, outbox: Outbox, make_user: MakeUser, browse: Browse
) -> None:
    admin = make_user(Role.ADMIN, name="Ada Brandt")
    browser = browse(admin)
    browser.get("/admin/mail")
    assert browser.post("/admin/mail/try").status_code == 303
    work_off(runtime)
    assert [message.subject for message in outbox.messages if message.to.startswith("ada.brandt")] == ["Mail works"]
    assert AuditTag.MAIL_TRIED.value in tags(session)


def test_a_job_is_given_up_in_two_steps_and_the_log_keeps_which_it_was(
    session: Session, make_user: MakeUser, browse: Browse
) -> None:
    job = mail_job("queued", tries=3, last_error="Traceback\nOSError: no route", dedupe_key="k")
    session.add(job)
    session.commit()
    browser, number = browse(make_user(Role.ADMIN)), job.id
    assert "Give up" in browser.get("/admin/jobs").text
    assert browser.post(f"/admin/jobs/{number}/give-up").status_code == 303
    session.refresh(job)
    assert (job.state, job.finished_at, job.dedupe_key) == ("dead", NOW, None)
    assert browser.post(f"/admin/jobs/{number}/give-up").status_code == 303
    session.expire_all()
    assert session.get(Job, number) is None
    assert browser.post(f"/admin/jobs/{number}/give-up").status_code == 404
    given_up = list(session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.JOB_GIVEN_UP)))
    assert [line.facts["was"] for line in given_up] == ["queued", "dead"]
    assert given_up[0].facts["handler"] == MAIL_JOB and given_up[0].facts["error"] == "OSError: no route"
    assert "canary-token" not in str([line.facts for line in given_up])


def test_the_page_of_health_says_what_the_doctor_says(
    session: Session, runtime: Runtime, make_user: MakeUser, browse: Browse
) -> None:
    runtime.keys.ensure(runtime.now())
    browser = browse(make_user(Role.ADMIN))
    page = browser.get("/admin/health").text
    assert "No process has worked jobs in the last 90 seconds." in page
    assert "flask --app wsgi worker" in page and "No worker has asked them yet" in page
    assert browser.post("/admin/health/examine").status_code == 303
    assert browser.post("/admin/health/examine").status_code == 303
    assert len(list(session.scalars(select(Job).where(Job.handler == services.EXAMINE)))) == 1
    work_off(runtime)
    assert "A file was written, read and removed" in browser.get("/admin/health").text


def test_storage_is_measured_and_every_file_verified(
    session: Session, runtime: Runtime, make_user: MakeUser, browse: Browse
) -> None:
    browser, student = browse(make_user(Role.ADMIN)), make_user(Role.STUDENT)
    keys = [runtime.storage.put_bytes("proof", data, "pdf").key for data in (b"whole", b"damaged", b"of no row")]
    for key in keys[:2]:
        kind = {"user_id": student.user_id, "kind": "bbp", "issuer": "School", "issued_on": NOW.date()}
        session.add(ExternalProof(document_key=key, sent_at=NOW, **kind))
    session.commit()
    (runtime.settings.instance / "files" / keys[1]).write_bytes(b"rotten!")
    assert "have not been counted yet" in browser.get("/admin/storage").text
    for what in ("measure", "verify"):
        assert browser.post(f"/admin/storage/{what}").status_code == 303
    work_off(runtime)
    page = browser.get("/admin/storage").text
    assert keys[1] in page and keys[0] not in page
    verified = queries.site_note(session, queries.VERIFIED_NOTE)
    assert verified is not None and (verified.facts["damaged"], verified.facts["orphan"]) == (1, 1)
    measured = queries.site_note(session, queries.MEASURED_NOTE)
    assert measured is not None and measured.facts["kinds"]["proof"] == [3, 5 + 7 + 9]
    assert [each.level for each in queries.health(runtime) if each.name == "Stored files"] == ["bad"]


def test_figures_of_the_house_tell_what_waits(session: Session, runtime: Runtime) -> None:
    session.add_all([mail_job("queued"), mail_job("dead", finished_at=NOW)])
    session.commit()
    later = replace(runtime, now=lambda: NOW + timedelta(seconds=90))
    found = {name: values for name, _sentence, values, _labels in queries.figures(later)}
    assert found["vermilion_database_up"] == {(): 1}
    assert found["vermilion_jobs"] == {("queued",): 1, ("running",): 0, ("dead",): 1}
    assert found["vermilion_job_oldest_seconds"] == {(): 90}
    assert found["vermilion_mails"][("waiting",)] == 1
    assert found["vermilion_maintenance"] == {(): 0}
