"""Your data in real Chromium: agreeing, a copy, leaving and staying, and the pages around it; axe finds nothing."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.domain.access.actor import Role
from tests.browser.conftest import PASSWORD, LiveServer
from tests.browser.walker import Inspector
from tests.support import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_person_takes_a_copy_leaves_and_stays_and_the_log_tells(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    student, admin = live_server.person(name="Amara Osei"), live_server.person(Role.ADMIN, name="Ruth Amadi")
    inspect = Inspector(axe.ensure(), Path(os.environ.get("VERMILION_TEST_PICTURES", tmp_path)))
    with browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True) as context:
        page = context.new_page()
        live_server.sign_in(page, student)
        page.goto(f"{live_server.base_url}/account/data")
        page.get_by_role("button", name="Agree").last.click()
        expect(page.get_by_text("It is written down.")).to_be_visible()
        page.get_by_role("button", name="Make a copy").click()
        expect(page.get_by_role("button", name="Download")).to_be_visible(timeout=20_000)
        inspect.look(page, "your-data")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert "index.html" in archive.namelist()
        page.get_by_role("link", name="Erase my data").click()
        inspect.look(page, "erase")
        page.get_by_label("I understand").check()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Erase my data in fourteen days").click()
        expect(page.get_by_text("You will be erased on")).to_be_visible()
        page.set_viewport_size({"width": 390, "height": 844})
        inspect.look(page, "leaving, on a phone")
        page.get_by_role("button", name="Stay").click()
        expect(page.get_by_text("You stay. Nothing was erased.")).to_be_visible()
        for name in ("privacy", "terms"):
            page.goto(f"{live_server.base_url}/{name}")
            inspect.look(page, name)
    with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        page = context.new_page()
        live_server.sign_in(page, admin)
        page.goto(f"{live_server.base_url}/admin/audit")
        page.get_by_label("Its id").fill(str(student.id))
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text("accounts:user:signed_up").last).to_be_visible()
        inspect.look(page, "audit")
        for name, path in (("requests", "/admin/privacy"), ("person", f"/admin/privacy/people/{student.id}")):
            page.goto(f"{live_server.base_url}{path}")
            inspect.look(page, name)
    assert inspect.faults == []
