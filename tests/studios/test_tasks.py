"""A change reaches every studio that follows, in the product and by mail, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.credentials import services as credentials
from app.credentials.models import Credential
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.events import CredentialChanged
from app.infra.jobs.registry import RECURRING
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.studios import queries, tasks
from tests.conftest import NOW, Clock, Outbox
from tests.factories.credentials import ADMIN, NOTE, issuer_for
from tests.factories.studios import follow
from tests.studios.conftest import House

Issue = Callable[..., Credential]


def kinds(runtime: Runtime, house: House) -> list[str]:
    with runtime.db.reading() as session:
        return [alert.kind for alert in queries.alerts(session, house.id)]


def change(session: Session, runtime: Runtime, credential: Credential, verb: Change, reason: Reason) -> None:
    credentials.change_credential(
        session, ADMIN, credential.id, verb, reason=reason, note=NOTE, issuer=issuer_for(runtime), now=runtime.now()
    )
    session.commit()
    work_off(runtime)


def test_every_change_is_told_to_who_follows_and_to_nobody_else(
    session: Session, runtime: Runtime, house: House, other: House, issue: Issue, outbox: Outbox, clock: Clock
) -> None:
    credential = issue()
    follow(session, house.member, credential.number, now=NOW)
    session.commit()
    work_off(runtime)
    outbox.messages.clear()
    for verb in (Change.SUSPEND, Change.REINSTATE, Change.REVOKE):
        change(session, runtime, credential, verb, Reason.ADMINISTRATIVE)
        clock.tick(hours=1)
    assert kinds(runtime, house) == ["revoke", "reinstate", "suspend"]
    assert kinds(runtime, other) == []
    mails = [message for message in outbox.messages if message.subject == "A certificate that you follow has changed"]
    assert [mail.to.partition(".")[0] for mail in mails] == ["atelier"] * 3
    for mail in mails:
        assert f"https://academy.test/credentials/{credential.number}" in mail.text
        for words in (NOTE, "suspend", "revoke", "Amara"):
            assert words not in mail.subject + mail.text


def test_a_job_that_comes_twice_tells_once(
    session: Session, runtime: Runtime, house: House, issue: Issue, outbox: Outbox
) -> None:
    credential = issue("suspended")
    follow(session, house.member, credential.number, now=NOW)
    session.commit()
    payload = CredentialChanged(credential.user_id.hex, credential.id.hex, "suspend").payload()
    for _ in range(2):
        tasks.alert(JobContext(runtime, NOW), payload)
    work_off(runtime)
    assert kinds(runtime, house) == ["suspend"]
    assert [m.subject for m in outbox.messages].count("A certificate that you follow has changed") == 1


def test_issuing_is_no_news_for_a_studio(session: Session, runtime: Runtime, house: House, issue: Issue) -> None:
    credential = issue()
    follow(session, house.member, credential.number, now=NOW)
    session.commit()
    tasks.alert(JobContext(runtime, NOW), CredentialChanged("0" * 32, credential.id.hex, "issue").payload())
    assert kinds(runtime, house) == []


def test_who_has_left_the_studio_gets_no_mail(
    session: Session, runtime: Runtime, house: House, issue: Issue, outbox: Outbox, make_user: Callable[..., Actor]
) -> None:
    credential = issue()
    second = make_user(Role.STUDIO, name="Second Member", studio_id=house.id)
    follow(session, house.member, credential.number, now=NOW)
    accounts.end_role(session, SYSTEM, house.member.user_id, Role.STUDIO, now=NOW)
    session.commit()
    work_off(runtime)
    outbox.messages.clear()
    change(session, runtime, credential, Change.REVOKE, Reason.CONDUCT)
    told = [m.to for m in outbox.messages if m.subject == "A certificate that you follow has changed"]
    assert len(told) == 1
    assert told[0].startswith(second.name.lower().replace(" ", "."))


@pytest.mark.parametrize(("state", "kind"), [("expiring", "expiring"), ("valid", None), ("expired", None)])
def test_time_is_told_too(
    session: Session, runtime: Runtime, house: House, issue: Issue, state: str, kind: str | None
) -> None:
    assert RECURRING["studios.endings"].every == timedelta(days=1)
    credential = issue(state)
    follow(session, house.member, credential.number, now=NOW)
    session.commit()
    for day in range(3):
        tasks.endings(JobContext(runtime, NOW + timedelta(days=day)), {})
    assert kinds(runtime, house) == ([kind] if kind else [])
    tasks.endings(JobContext(runtime, credential.valid_until + timedelta(hours=1)), {})
    expected = ["expired", *([kind] if kind else [])]
    assert kinds(runtime, house) == expected
