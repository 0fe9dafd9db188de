"""What administrators see: jobs, audit, the state of the house."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.admin import queries, services
from app.domain.access.actor import Actor, Role
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.jobs.models import Job, JobState
from tests.conftest import NOW, Browser

MakeUser = Callable[..., Actor]


def dead_job(session: Session) -> Job:
    job = Job(
        handler="mail.send", state="dead", run_at=NOW, created_at=NOW, finished_at=NOW, tries=8, last_error="no route"
    )
    session.add(job)
    session.commit()
    return job


def test_a_dead_job_is_shown_and_can_be_tried_again(
    session: Session, make_user: MakeUser, browse: Callable[..., Browser]
) -> None:
    job, browser = dead_job(session), browse(make_user(Role.ADMIN))
    assert "no route" in browser.get("/admin/jobs?state=dead").text
    assert browser.post(f"/admin/jobs/{job.id}/retry").status_code == 303
    session.refresh(job)
    assert (job.state, job.tries) == ("queued", 0)
    assert browser.post(f"/admin/jobs/{job.id}/retry").status_code == 404


def test_only_dead_jobs_can_be_revived(session: Session, make_user: MakeUser) -> None:
    with pytest.raises(NotFound):
        services.retry_job(session, make_user(Role.ADMIN), 999_999, now=NOW)


def test_counts_say_how_the_queue_stands(session: Session) -> None:
    dead_job(session)
    session.add(Job(handler="mail.send", run_at=NOW, created_at=NOW))
    session.flush()
    counts = queries.job_counts(session)
    assert (counts.queued, counts.running, counts.dead, counts.oldest_due) == (1, 0, 1, NOW)
    assert [job.state for job in queries.jobs(session, JobState.QUEUED)] == ["queued"]


def test_the_audit_log_is_filtered_and_paged(
    session: Session, make_user: MakeUser, browse: Callable[..., Browser]
) -> None:
    admin = make_user(Role.ADMIN, name="Ada Brandt")
    for n in range(60):
        record(session, admin, AuditTag.KEY_MADE, now=NOW, target_kind="key", target_id=n)
    session.commit()
    browser = browse(admin)
    page = browser.get("/admin/audit?tag=credentials:key:made")
    assert page.text.count("credentials:key:made</b>") == 50
    assert "before=" in page.text
    assert "accounts:user:signed_up</b>" not in page.text


def test_the_overview_warns_about_missing_mail(make_user: MakeUser, browse: Callable[..., Browser], runtime) -> None:
    runtime.keys.ensure(runtime.now())
    page = browse(make_user(Role.ADMIN)).get("/admin/")
    assert page.status_code == 200
    assert "VERMILION_SMTP_HOST" in page.text
