"""Keys, status lists and the log, as administrators see and change them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.credentials import queries, services, tasks
from app.credentials.models import Credential, CredentialFile, StatusList
from app.domain.access.actor import SYSTEM, Actor
from app.domain.credentials.keys import Algorithm
from app.infra.audit import AuditEvent
from app.infra.jobs.models import Job
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.web import health
from tests.conftest import Browser, Clock, Outbox
from tests.factories.credentials import NOTE, issuer_for

Issue = Callable[..., Credential]
KEYS, LISTS, LOG = (f"/admin/credentials/{name}" for name in ("keys", "lists", "log"))


@pytest.fixture
def browser(browse: Callable[..., Browser], admin: Actor) -> Browser:
    found = browse(admin)
    found.get("/account/")  # the first page gives the token that forms send
    return found


def text_of(page: str) -> str:
    return BeautifulSoup(page, "html.parser").get_text(" ", strip=True)


def test_the_log_shows_what_was_done_and_finds_it(issue: Issue, browser: Browser) -> None:
    first, second = issue("suspended"), issue(name="Lea Fontaine")
    page = browser.get(LOG).text
    assert [first.number in page, second.number in page, NOTE in page, "Ruth Amadi" in page] == [True] * 4
    only = browser.get(f"{LOG}?change=suspend").text
    assert (first.number in only, second.number in only) == (True, False)
    found = browser.get(f"{LOG}?q={second.number.lower()}").text
    assert (first.number in found, second.number in found) == (False, True)
    assert "11 characters" in browser.get(f"{LOG}?q=VM-1").text
    assert first.number in browser.get(f"{LOG}?change=nonsense&before=x").text


def test_the_log_goes_on_page_by_page(issue: Issue, runtime: Runtime) -> None:
    for place in range(3):
        issue(name=f"Person {chr(65 + place)}")
    with runtime.db.reading() as session:
        rows = queries.issuing_log(session, size=2)
        assert len(rows) == 3
        rest = queries.issuing_log(session, before=rows[1].id, size=2)
    assert [row.holder_name for row in (*rows[:2], *rest)] == ["Person C", "Person B", "Person A"]


def test_keys_are_shown_and_new_ones_made(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    issue()
    kids = [key.kid for key in runtime.keys.public_keys()]
    shown = text_of(browser.get(KEYS).text)
    assert all(kid in shown for kid in kids)
    assert shown.count("Signs now") == 2
    assert browser.post(f"{KEYS}/rotate").status_code == 303
    assert text_of(browser.get(KEYS).text).count("Signs from") == 2
    with runtime.db.reading() as session:
        made = session.scalars(select(AuditEvent.target_id).where(AuditEvent.tag == "credentials:key:made")).all()
    assert set(made) == {key.kid for key in runtime.keys.public_keys()} - set(kids)


@pytest.mark.parametrize("kind", Algorithm)
def test_a_lost_key_is_withdrawn_and_everything_is_signed_anew(
    issue: Issue, browser: Browser, runtime: Runtime, clock: Clock, kind: Algorithm
) -> None:
    numbers = [issue(name=f"Person {chr(65 + place)}").number for place in range(3)]
    lost = next(key.kid for key in runtime.keys.public_keys() if key.algorithm is kind)
    clock.tick(minutes=1)
    assert "3 certificates are signed anew" in text_of(browser.get(f"{KEYS}/{lost}/withdraw").text)
    assert browser.get(f"{KEYS}/nothing/withdraw").status_code == 404
    wrong = browser.post(f"{KEYS}/{lost}/withdraw", {"confirm": "another"})
    assert (wrong.status_code, "This is not the name of this key." in wrong.text) == (422, True)
    assert all(key.is_published for key in runtime.keys.public_keys())
    assert browser.post(f"{KEYS}/{lost}/withdraw", {"confirm": lost}).status_code == 303
    assert "Certificates are being signed anew" in browser.get(KEYS).text
    with runtime.db.reading() as session:
        before = {number: queries.stored_file(session, number).token for number in numbers}
    clock.tick(seconds=2)
    work_off(runtime)
    records = services.OwnRecords(runtime.db.reading, runtime.keys, runtime.settings.public_url)
    with runtime.db.reading() as session:
        for number in numbers:
            file = queries.stored_file(session, number)
            assert file.token != before[number]
            for source in (file.document, file.token):
                assert tasks_valid(source, records, runtime)
        tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.target_id == lost)).all()
        job = session.scalars(select(Job).where(Job.handler == services.SIGN_ANEW, Job.state == "done")).one()
        waiting = session.scalars(select(Job).where(Job.handler == services.SIGN_ANEW, Job.state == "queued")).one()
    assert {"credentials:key:withdrawn", "credentials:files:signed_anew"} <= set(tags)
    assert (job.progress_done, job.progress_total) == (3, 3)
    assert waiting.run_at > runtime.now(), "it looks once more for what was signed at that very moment"
    clock.tick(minutes=11)
    work_off(runtime)
    with runtime.db.reading() as session:
        assert queries.running_job(session, services.SIGN_ANEW) is None, "and ends when there is nothing left"


def tasks_valid(source: bytes | str, records: services.OwnRecords, runtime: Runtime) -> bool:
    from app.domain.credentials.verify import verify_document

    return verify_document(source, resolver=records, now=runtime.now()).ok


def test_signing_anew_goes_on_where_it_was_broken_off(
    issue: Issue, session: Session, runtime: Runtime, clock: Clock
) -> None:
    for place in range(4):
        issue(name=f"Person {chr(65 + place)}")
    lost_kid = next(key.kid for key in runtime.keys.public_keys() if key.algorithm is Algorithm.ED25519)
    lost = services.withdraw_key(session, SYSTEM, runtime.keys, lost_kid, now=clock.tick(minutes=1))
    session.commit()

    def steps():  # type: ignore[no-untyped-def]
        issuer = issuer_for(runtime)
        return services.sign_anew_all(
            runtime.db.reading, runtime.transaction, issuer, lost, actor=SYSTEM, now=runtime.now()
        )

    running = steps()
    assert [next(running), next(running)] == [(1, 4), (2, 4)]
    running.close()  # the process ends here
    assert list(steps()) == [(1, 2), (2, 2)]
    assert list(steps()) == []
    assert (
        session.scalars(select(CredentialFile.kid).where(CredentialFile.replaced_at.is_(None))).all().count(lost_kid)
        == 0
    )
    assert services.withdraw_key(session, SYSTEM, runtime.keys, lost_kid, now=runtime.now()) == lost


def test_a_list_that_waits_raises_the_alarm_everywhere(
    issue: Issue, browser: Browser, session: Session, runtime: Runtime, clock: Clock, admin: Actor, outbox: Outbox,
) -> None:  # fmt: skip
    issue()
    assert "In time" in browser.get(LISTS).text
    tasks.watch_lists(JobContext(runtime, runtime.now()), {})
    late = clock.tick(hours=49)
    session.execute(update(StatusList).values(signed_at=late.replace(day=late.day - 2, hour=0)))
    session.commit()
    for _ in range(2):
        tasks.watch_lists(JobContext(runtime, runtime.now()), {})
    notices = session.scalars(select(Notice).where(Notice.kind == "lists_late")).all()
    assert [(notice.user_id, notice.url) for notice in notices] == [(admin.user_id, LISTS)], "once a day, to each"
    app = browser.client.application
    with app.app_context():  # what /readyz asks, once the schema is there
        assert app.extensions[health.WATCHED]["status_lists"]() == "late"


def test_lists_are_signed_when_asked(
    issue: Issue, browser: Browser, session: Session, runtime: Runtime, clock: Clock
) -> None:
    issue()
    session.execute(update(StatusList).values(signed_at=clock.value.replace(day=clock.value.day - 3)))
    session.commit()
    page = browser.get(LISTS).text
    assert "was not signed for more than 48 hours" in page
    assert "Late" in page
    assert browser.post(f"{LISTS}/sign").status_code == 303
    assert browser.post(f"{LISTS}/sign").status_code == 303, "asking twice is harmless"
    work_off(runtime)
    assert "In time" in browser.get(LISTS).text
    with runtime.db.reading() as reading:
        assert queries.late_lists(reading, runtime.now()) == 0
