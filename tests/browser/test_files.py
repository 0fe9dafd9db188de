"""Files at /verify in real Chromium: one form that works without script, and a proof that can be printed."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.access.actor import Role
from tests.browser.conftest import LiveServer
from tests.factories.credentials import issue_sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def answer(page: Page, site: str, file: Path) -> str:
    page.goto(f"{site}/verify")
    page.get_by_label("Or the certificate as a file").set_input_files(file)
    page.locator("main form").get_by_role("button", name="Verify").click()
    return page.get_by_role("heading", level=1).inner_text()


def printed(page: Page, to: Path) -> str:
    page.pdf(path=to)
    return " ".join(" ".join(part.get_textpage().get_text_range() for part in pypdfium2.PdfDocument(to)).split())


def test_a_stranger_checks_files_without_script_and_prints_the_proof(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    student = live_server.person(Role.STUDENT, name="Amara Osei")
    with live_server.runtime.transaction() as session:
        number = issue_sample(session, live_server.runtime, student).number
    site = live_server.base_url
    with browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}) as context:
        page = context.new_page()
        files = {form: tmp_path / f"{number}.{form}" for form in ("json", "pdf", "png", "svg", "jwt")}
        for form, path in files.items():
            path.write_bytes(context.request.get(f"{site}/credentials/{number}.{form}").body())
            assert answer(page, site, path) == "Valid", form
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        files["json"].write_bytes(files["json"].read_bytes().replace(b"Amara Osei", b"Mallory Osei"))
        assert answer(page, site, files["json"]) == "Altered"
        expect(page.get_by_role("row").filter(has_text="Mallory Osei")).to_contain_text("Amara Osei")
        proof = printed(page, tmp_path / "altered.pdf")
        for words in ("Altered", "Mallory Osei", "Amara Osei", number, "Checked on", "UTC"):
            assert words in proof
        assert "Check another" not in proof
        page.goto(f"{site}/credentials/{number}")
        proof = printed(page, tmp_path / "valid.pdf")
        for words in ("Valid", "Amara Osei", number, "Checked on", "UTC"):
            assert words in proof
        assert "Check another" not in proof
