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


def test_the_log_is_searched_by_person_object_and_day(
    session: Session, make_user: MakeUser, browse: Callable[..., Browser]
) -> None:
    ada, bea = make_user(Role.ADMIN, name="Ada Brandt"), make_user(Role.ADMIN, name="Bea Osei")
    for actor, number in ((ada, 1), (ada, 2), (bea, 3)):
        record(session, actor, AuditTag.KEY_MADE, now=NOW, target_kind="key", target_id=f"key-{number}")
    session.commit()

    def found(**asked: object) -> list[str]:
        lines = queries.audit_lines(session, queries.AuditSearch(tag="credentials:key:made", **asked))  # type: ignore[arg-type]
        return [line.target_id for line in lines]

    assert found(actor="ada") == found(actor=str(ada.id)) == ["key-2", "key-1"]
    assert found(actor="nobody at all") == []
    assert found(target_id="key-3") == found(target_kind="key", target_id="key-3", actor="bea") == ["key-3"]
    assert found(since=NOW.date(), until=NOW.date()) == ["key-3", "key-2", "key-1"]
    assert found(until=NOW.date().replace(day=1)) == []
    page = browse(ada).get("/admin/audit?actor=bea&target_kind=key&since=soon")
    assert page.status_code == 422 and "The day was left out" in page.text
    assert "key-3" in page.text and "key-2" not in page.text and "Bea Osei" in page.text
