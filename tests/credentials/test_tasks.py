"""Issue on decision, tell the holder, keep the lists fresh; every job may come twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.credentials import queries, services, tasks
from app.credentials.models import Credential, StatusList
from app.domain.access.actor import Actor, Role
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.events import CredentialChanged, CredentialIssued, DecisionMade
from app.infra.jobs.models import Job
from app.infra.jobs.registry import RECURRING, SUBSCRIBERS
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.queries import inbox
from tests.conftest import NOW, Clock, Outbox
from tests.factories.certification import decided
from tests.factories.credentials import ADMIN, NOTE, issuer_for

Issue = Callable[..., Credential]


def kinds(runtime: Runtime, user_id: UUID) -> list[str]:
    with runtime.db.reading() as session:
        return [notice.kind for notice in inbox(session, user_id)]


def test_a_decision_leads_to_one_certificate_however_often_it_is_told(
    session: Session, journey: None, runtime: Runtime, make_user: Callable[..., Actor]
) -> None:
    student = make_user(Role.STUDENT, name="Amara Osei")
    decision = decided(session, student, now=NOW)
    runtime.keys.ensure(NOW)
    session.commit()
    payload = DecisionMade(student.user_id.hex, decision.id.hex).payload()
    for _ in range(2):
        tasks.issue(JobContext(runtime, NOW), payload)
    with runtime.db.reading() as check:
        (held,) = queries.held_by(check, student.user_id)
        found = queries.public_view(check, held.number, NOW)
        assert found is not None
        facts = queries.details(check, found).facts
    assert found.holder_name == "Amara Osei"
    assert facts["pieces"]["exercises"] == [["Lip blush, full lip, sheer", 1]], "in printed names"


def test_the_holder_hears_of_a_new_certificate_once(issue: Issue, runtime: Runtime, outbox: Outbox) -> None:
    credential = issue()
    payload = CredentialIssued(credential.user_id.hex, credential.id.hex).payload()
    for _ in range(2):
        tasks.tell_issued(JobContext(runtime, NOW), payload)
    work_off(runtime)
    assert kinds(runtime, credential.user_id).count("credential_issued") == 1
    (mail,) = [message for message in outbox.messages if message.subject == "Your certificate"]
    assert credential.number in mail.text
    assert f"https://academy.test/credentials/{credential.number}" in mail.text


def test_the_holder_hears_of_a_change_without_reason_or_note_in_the_mail(
    session: Session, issue: Issue, runtime: Runtime, outbox: Outbox
) -> None:
    credential = issue()
    work_off(runtime)
    outbox.messages.clear()
    services.change_credential(
        session, ADMIN, credential.id, Change.SUSPEND, reason=Reason.CONDUCT, note=NOTE,
        issuer=issuer_for(runtime), now=NOW,
    )  # fmt: skip
    session.commit()
    work_off(runtime)
    assert kinds(runtime, credential.user_id).count("credential_changed") == 1
    (mail,) = outbox.messages
    assert mail.subject == "News about your certificate"
    for words in (NOTE, "conduct", "suspend"):
        assert words not in (mail.subject + mail.text + mail.html).lower()


def test_a_repeated_job_tells_once_and_two_changes_are_told_twice(
    issue: Issue, runtime: Runtime, outbox: Outbox
) -> None:
    credential = issue()
    payload = CredentialChanged(credential.user_id.hex, credential.id.hex, "suspend").payload()
    for job_id in (7, 7, 8):
        tasks.tell_changed(JobContext(runtime, NOW, job_id), payload)
    assert kinds(runtime, credential.user_id).count("credential_changed") == 2


def test_issuing_is_no_change(issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    payload = CredentialChanged(credential.user_id.hex, credential.id.hex, "issue").payload()
    tasks.tell_changed(JobContext(runtime, NOW), payload)
    assert "credential_changed" not in kinds(runtime, credential.user_id)


def test_the_lists_are_signed_anew_twice_a_day(session: Session, issue: Issue, runtime: Runtime, clock: Clock) -> None:
    assert RECURRING["credentials.resign_lists"].every.total_seconds() == 12 * 3600
    issue()
    clock.tick(hours=12)
    tasks.resign_lists(JobContext(runtime, runtime.now()), {})
    with runtime.db.reading() as check:
        assert check.scalars(select(StatusList.signed_at)).all() == [runtime.now()]


def test_without_keys_nothing_is_issued_and_the_job_is_kept(
    session: Session, journey: None, runtime: Runtime, make_user: Callable[..., Actor]
) -> None:
    student = make_user(Role.STUDENT)
    decided(session, student, now=NOW)
    session.commit()
    work_off(runtime)
    with runtime.db.reading() as check:
        job = check.scalars(select(Job).where(Job.handler == "credentials.issue")).one()
        assert (job.state, queries.held_by(check, student.user_id)) == ("queued", [])
        assert "flask keys init" in job.last_error
    runtime.keys.ensure(NOW)
    work_off(runtime, now=job.run_at)
    with runtime.db.reading() as check:
        assert len(queries.held_by(check, student.user_id)) == 1


@pytest.mark.parametrize("handler", ["credentials.issue", "credentials.tell_issued", "credentials.tell_changed"])
def test_every_change_is_told_by_a_job(handler: str) -> None:
    assert any(handler in names for names in SUBSCRIBERS.values())
