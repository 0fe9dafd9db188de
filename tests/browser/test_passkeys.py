"""A passkey in Chromium, with its virtual authenticator: made, signed in with, asked for before dangerous things."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.domain.access.actor import Role
from tests.browser.conftest import PASSWORD, LiveServer
from tests.browser.walker import Inspector, Walker
from tests.support import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# The proof of the session is put back by eleven minutes, as if the person had worked on.
STALE = "UPDATE sign_in SET proved_at = '2020-01-01 00:00:00.000000'"


def test_a_passkey_signs_in_and_confirms(browser: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    admin = live_server.person(Role.ADMIN, name="Noor Haddad")
    student = live_server.person(Role.STUDENT, name="Amara Osei")
    inspector = Inspector(axe.ensure(), tmp_path)
    walker = Walker.enter(browser, live_server.base_url, inspector, (390, 844))
    page = walker.page
    devtools = walker.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})

    live_server.sign_in(page, admin)
    page.goto(f"{live_server.base_url}/account/security")
    inspector.look(page, "security")
    page.get_by_label("Name of the passkey").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Make ten codes").click()
    expect(page.locator("[data-codes] li")).to_have_count(10)
    inspector.look(page, "codes")
    page.get_by_role("link", name="I keep them in a safe place").click()
    expect(page.get_by_role("button", name="Remove My phone")).to_be_visible()

    walker.context.clear_cookies()
    page.goto(f"{live_server.base_url}/sign-in?next=/admin/users")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()

    with live_server.runtime.transaction() as session:
        session.connection().exec_driver_sql(STALE)
    page.locator("summary", has_text=student.name).click()
    page.locator("li", has_text=student.name).get_by_role("button", name="Give role: Instructor").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    inspector.look(page, "confirm")
    page.get_by_role("button", name="Confirm with a passkey").click()
    expect(page.get_by_text("The role is given.")).to_be_visible()

    walker.context.clear_cookies()
    page.goto(f"{live_server.base_url}/sign-in")
    page.get_by_label("E-mail").fill(live_server.emails[admin])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    inspector.look(page, "second-step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    assert inspector.faults == []
    assert [each for each in walker.complaints if "401" not in each] == []
    walker.context.close()
