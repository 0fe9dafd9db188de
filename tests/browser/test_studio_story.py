"""A day of a studio: a code is scanned, a PDF was altered, a list has mistakes, and a revocation is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

import bootstrap
from app.credentials import queries as credentials
from app.credentials import services
from app.domain.access.actor import Actor, Role
from app.domain.credentials.lifecycle import Reason
from app.domain.studios.webhook import is_genuine
from app.infra.jobs.models import Job
from app.notifications.models import Notice
from app.notifications.services import NOTICE_JOB
from tests.browser.conftest import LiveServer
from tests.browser.test_studio import owner_of
from tests.factories.credentials import issue_sample, issuer_for
from tests.support import chromium
from tests.support.camera import arguments, film
from tests.support.receiver import Receiver, listening

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("camera") / "certificate.y4m"


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = [*chromium.ARGUMENTS, *arguments(camera)]
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=started)
        yield browser
        browser.close()


@pytest.fixture
def site_environment() -> dict[str, str]:
    """The receiver of this story listens on this machine, where nothing may be sent otherwise."""
    return {"VERMILION_WEBHOOK_PRIVATE": "allow"}


def test_scan_altered_file_list_and_a_revocation_that_arrives(
    browser: Browser, camera: Path, live_server: LiveServer, tmp_path: Path
) -> None:
    if not bootstrap.ensure_scanner():
        pytest.skip("the QR reader cannot be fetched here")
    owner, artist = owner_of(live_server), live_server.person(Role.STUDENT, name="Amara Osei")
    with live_server.runtime.transaction() as session:
        number = issue_sample(session, live_server.runtime, artist).number
    with browser.new_context(viewport=PHONE) as context, listening() as receiver:
        page = context.new_page()
        live_server.sign_in(page, owner)
        printed = context.request.get(f"{live_server.base_url}/credentials/{number}.pdf").body()
        _scan(page, live_server, printed, camera)
        _send_altered(page, live_server, printed, tmp_path / "certificate.pdf")
        _check_five_hundred(page, live_server, number)
        secret = _add_webhook(page, live_server, receiver)
        _revoke_by_two(live_server, number)
        assert receiver.came.wait(30), live_server.site.log()
        headers, body = receiver.heard[0]
        assert is_genuine(secret, headers, body, now=datetime.now(UTC))
        sent = json.loads(body)
        assert (sent["type"], sent["data"]["number"]) == ("certificate.revoked", number)
        assert "canary" not in body.decode()
        _told_in_app_and_by_mail(page, live_server, owner, number)


def _scan(page: Page, live: LiveServer, printed: bytes, camera: Path) -> None:
    film(pypdfium2.PdfDocument(printed)[0].render(scale=2).to_pil(), camera)
    page.goto(f"{live.base_url}/verify")
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Valid", timeout=20_000)


def _send_altered(page: Page, live: LiveServer, printed: bytes, altered: Path) -> None:
    document = pypdfium2.PdfDocument(printed)
    attachment = document.get_attachment(0)
    attachment.set_data(bytes(attachment.get_data()).replace(b"Amara Osei", b"Mallory Osei"))
    document.save(altered)
    page.goto(f"{live.base_url}/verify")
    page.get_by_label("Or the certificate as a file").set_input_files(altered)
    page.locator("main form").get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Altered")
    expect(page.get_by_role("row").filter(has_text="Mallory Osei")).to_contain_text("Amara Osei")


def _check_five_hundred(page: Page, live: LiveServer, number: str) -> None:
    slip = number[:-1] + ("2" if number[-1] != "2" else "3")
    rows = [f"Amara Osei;{number}", f"Amara Osei;{slip}", "Kim T.;"]
    rows += [f"Person {n};VM-11111-11111-1" for n in range(497)]
    page.goto(f"{live.base_url}/studio/lists")
    page.get_by_label("Names and numbers").fill("\n".join(rows))
    page.get_by_role("button", name="Check the list").click()
    expect(page.locator("tbody tr").filter(has_text="Did you mean")).to_contain_text(number)
    page.get_by_role("button", name="Follow the 1 good row").click()
    expect(page.get_by_text("You follow 1 more certificate.")).to_be_visible()


def _add_webhook(page: Page, live: LiveServer, receiver: Receiver) -> str:
    page.goto(f"{live.base_url}/studio/webhooks")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Add", exact=True).click()
    secret: str = page.locator("p.secret").inner_text().strip()
    return secret


def _revoke_by_two(live: LiveServer, number: str) -> None:
    first, second = (live.person(Role.ADMIN, name=name) for name in ("Ada Brandt", "Ruth Amadi"))
    now = live.runtime.now()
    with live.runtime.transaction() as session:
        found = credentials.credential_by_number(session, number)
        assert found is not None
        services.ask_revocation(session, first, found.id, reason=Reason.CONDUCT, note="canary", now=now)
    with live.runtime.transaction() as session:
        services.confirm_revocation(session, second, found.id, issuer=issuer_for(live.runtime), now=now)


def _told_in_app_and_by_mail(page: Page, live: LiveServer, owner: Actor, number: str) -> None:
    page.goto(f"{live.base_url}/studio/alerts")
    expect(page.locator("main")).to_contain_text("The certificate was revoked.")
    expect(page.locator("main")).to_contain_text(number)
    with live.runtime.db.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.user_id == owner.user_id)).one()
        assert (notice.kind, notice.facts) == ("watched_changed", {"number": number})
        mails = session.scalars(select(Job.payload).where(Job.handler == NOTICE_JOB)).all()
        assert {"notice_id": notice.id.hex} in mails, "the mail is on its way"
