"""A change of a followed certificate reaches a studio's program: signed, once, again when it failed, until given up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant
from app.credentials import services as credentials
from app.credentials.models import Credential
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.errors import Conflict, Invalid
from app.domain.studios.webhook import PAUSES, is_genuine
from app.infra.audit import AuditEvent
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.studios import queries, services
from app.studios.models import Webhook, WebhookDelivery
from tests.conftest import NOW, Browser, Clock, Outbox
from tests.factories.credentials import ADMIN, issuer_for
from tests.factories.studios import follow
from tests.studios.conftest import House
from tests.support.receiver import Receiver, listening

Issue = Callable[..., Credential]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture(autouse=True)
def private_is_allowed(runtime: Runtime) -> None:
    runtime.settings = replace(runtime.settings, webhook_private="allow")


def secret_on(markup: str) -> str:
    found = BeautifulSoup(markup, "html.parser").select_one("p.secret")
    assert found is not None
    return found.get_text(strip=True)


@pytest.fixture
def browser(browse: Callable[..., Browser], house: House) -> Browser:
    found = browse(house.member)
    found.get("/account/")
    return found


def hook_of(session: Session) -> Webhook:
    session.expire_all()
    return session.scalars(select(Webhook)).one()


def revoke(session: Session, runtime: Runtime, credential: Credential) -> None:
    credentials.change_credential(
        session,
        ADMIN,
        credential.id,
        Change.REVOKE,
        reason=Reason.CONDUCT,
        note="canary-private-note",
        issuer=issuer_for(runtime),
        now=runtime.now(),
    )
    session.commit()


def test_a_revocation_reaches_program_inbox_and_mail(
    session: Session,
    browser: Browser,
    house: House,
    issue: Issue,
    runtime: Runtime,
    receiver: Receiver,
    outbox: Outbox,
) -> None:
    credential = issue()
    follow(session, house.member, credential.number, now=NOW)
    session.commit()
    made = browser.post("/studio/webhooks", {"url": receiver.url})
    assert made.status_code == 200
    assert "no-store" in made.headers["Cache-Control"]
    secret = secret_on(made.text)
    assert secret not in browser.get("/studio/webhooks").text, "it is shown once"
    work_off(runtime)
    revoke(session, runtime, credential)
    work_off(runtime)
    ((headers, body),) = receiver.heard
    assert is_genuine(secret, headers, body, now=NOW)
    sent = json.loads(body)
    assert (sent["type"], sent["data"]["number"], sent["data"]["status"]) == (
        "certificate.revoked",
        credential.number,
        "revoked",
    )
    assert "canary" not in body.decode() and "@" not in body.decode()
    assert any(credential.number in message.text for message in outbox.messages), "the mail came, too"
    assert "The certificate was revoked." in browser.get("/studio/alerts").text
    page = browser.get(f"/studio/webhooks/{hook_of(session).id}").text
    assert "Arrived</span>" in page and "certificate.revoked" in page and headers["webhook-id"] in page
    # A handler that runs twice tells nobody twice.
    services.queue_messages(
        session, house.id, "revoke", {}, once_key=session.scalars(select(WebhookDelivery.once_key)).one(), now=NOW
    )
    session.commit()
    work_off(runtime)
    assert len(receiver.heard) == 1


def test_what_fails_is_tried_again_under_its_id_until_it_arrives(
    session: Session, house: House, runtime: Runtime, receiver: Receiver, clock: Clock
) -> None:
    hook = services.add_webhook(session, house.member, house.id, receiver.url, allow_private=True, now=NOW)
    services.queue_messages(session, house.id, "revoke", {"number": "x"}, once_key="a", now=NOW)
    session.commit()
    receiver.answers[:] = [500, 302, 503]
    work_off(runtime)
    assert len(receiver.heard) == 1, "the next try waits"
    for pause in PAUSES[:3]:
        clock.value += pause
        work_off(runtime)
    assert len(receiver.heard) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.heard}) == 4, "each try has its own time"
    sent = session.scalars(select(WebhookDelivery).execution_options(populate_existing=True)).one()
    assert (sent.state, sent.tries, sent.status) == ("delivered", 4, 200)
    assert hook_of(session).failures == 0
    again = services.send_again(session, house.member, sent.id, now=clock.value)
    session.commit()
    work_off(runtime)
    assert len(receiver.heard) == 5 and receiver.heard[4][0]["webhook-id"] == f"msg_{again.id.hex}"
    services.note_sent(session, sent.id, 0, replaced(), now=NOW)
    assert session.get_one(WebhookDelivery, sent.id).state == "delivered", "a try that comes late changes nothing"
    services.remove_webhook(session, house.member, hook.id, now=NOW)
    assert queries.webhooks(session, house.id) == []


def replaced():  # type: ignore[no-untyped-def]
    from app.infra.webhooks import Reply

    return Reply(500, "late", 1)


@pytest.mark.parametrize("gone", [True, False])
def test_what_is_given_up_switches_the_webhook_off_with_a_notice(
    session: Session,
    browser: Browser,
    house: House,
    runtime: Runtime,
    receiver: Receiver,
    clock: Clock,
    gone: bool,
) -> None:
    hook = services.add_webhook(session, house.member, house.id, receiver.url, allow_private=True, now=NOW)
    services.queue_messages(session, house.id, "revoke", {"number": "x"}, once_key="a", now=NOW)
    session.commit()
    receiver.answers[:] = [410] if gone else [500] * 10
    for pause in [timedelta(), *PAUSES]:
        clock.value += pause
        work_off(runtime)
    assert len(receiver.heard) == (1 if gone else 10)
    found = hook_of(session)
    assert found.disabled_at is not None and found.disabled_why
    notices = list(session.scalars(select(Notice).where(Notice.kind == "webhook_off")))
    assert [notice.user_id for notice in notices] == [house.member.user_id]
    page = browser.get(f"/studio/webhooks/{hook.id}").text
    assert "We switched it off" in page and "Given up</span>" in page
    services.queue_messages(session, house.id, "expired", {}, once_key="b", now=clock.value)
    session.commit()
    sent = session.scalars(select(WebhookDelivery.id)).one()
    assert browser.post(f"/studio/webhooks/messages/{sent}/again").status_code == 409
    assert browser.post(f"/studio/webhooks/{hook.id}/switch", {"on": "1"}).status_code == 303
    assert browser.post(f"/studio/webhooks/messages/{sent}/again").status_code == 303
    work_off(runtime)
    assert hook_of(session).disabled_at is None and len(receiver.heard) == (2 if gone else 11)


def test_a_new_secret_overlaps_with_the_old_one_for_a_day(
    session: Session, browser: Browser, house: House, runtime: Runtime, receiver: Receiver, clock: Clock
) -> None:
    old = secret_on(browser.post("/studio/webhooks", {"url": receiver.url}).text)
    hook_id: UUID = hook_of(session).id
    new = secret_on(browser.post(f"/studio/webhooks/{hook_id}/secret").text)
    assert new != old
    assert browser.post(f"/studio/webhooks/{hook_id}/secret").status_code == 409
    for _ in range(2):
        assert browser.post(f"/studio/webhooks/{hook_id}/test").status_code == 303
        work_off(runtime)
        clock.value += timedelta(hours=25)
    during, after = receiver.heard
    assert is_genuine(old, *during, now=NOW) and is_genuine(new, *during, now=NOW)
    assert not is_genuine(old, *after, now=NOW + timedelta(hours=25))
    assert is_genuine(new, *after, now=NOW + timedelta(hours=25))
    audited = set(session.scalars(select(AuditEvent.tag).where(AuditEvent.target_kind == "webhook")))
    assert audited == {"studios:webhook:added", "studios:webhook:secret_changed"}
    assert [line.deed for line in queries.team_log(session, house.id)] == ["webhook_rotated", "webhook_added"]


def test_addresses_that_are_ours_known_or_too_many_are_refused_at_the_field(
    session: Session, browser: Browser, house: House, runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, webhook_private="refuse")
    answer = browser.post("/studio/webhooks", {"url": "http://169.254.169.254/latest"})
    assert answer.status_code == 422
    assert "must begin with https" in answer.text and 'value="http://169.254.169.254/latest"' in answer.text
    for number in range(5):
        url = f"https://example.com/{number}"
        services.add_webhook(session, house.member, house.id, url, allow_private=False, now=NOW)
    with pytest.raises(Invalid, match="in the list already"):
        services.add_webhook(session, house.member, house.id, url, allow_private=False, now=NOW)
    with pytest.raises(Invalid, match="at most 5"):
        services.add_webhook(session, house.member, house.id, "https://example.com/6", allow_private=False, now=NOW)
    hook = queries.webhooks(session, house.id)[0]
    services.switch_webhook(session, house.member, hook.id, on=False, now=NOW)
    with pytest.raises(Conflict, match="switched off"):
        services.send_test(session, house.member, hook.id, now=NOW)


def test_webhooks_are_the_studio_managers_own(
    session: Session, browse: Callable[..., Browser], browser: Browser, house: House, other: House
) -> None:
    hook = services.add_webhook(session, house.member, house.id, "https://example.com/", allow_private=False, now=NOW)
    services.queue_messages(session, house.id, "revoke", {}, once_key="a", now=NOW)
    session.commit()
    sent = session.scalars(select(WebhookDelivery.id)).one()
    stranger = browse(other.member)
    stranger.get("/account/")
    grant = session.scalars(
        select(RoleGrant).where(RoleGrant.user_id == house.member.user_id, RoleGrant.role == "studio")
    ).one()
    grant.studio_rank = "viewer"
    session.commit()
    for somebody in (stranger, browser):
        assert somebody.get(f"/studio/webhooks/{hook.id}").status_code == 404
        for path in (f"{hook.id}/test", f"{hook.id}/secret", f"{hook.id}/switch", f"{hook.id}/remove"):
            assert somebody.post(f"/studio/webhooks/{path}").status_code == 404
        assert somebody.post(f"/studio/webhooks/messages/{sent}/again").status_code == 404
    assert browser.get("/studio/webhooks").status_code == 404
