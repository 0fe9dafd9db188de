"""Verification in real Chromium: a code read by the camera, an altered PDF, the kit without a network."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import bootstrap
from app.domain.access.actor import Role
from tests.browser.conftest import LiveServer
from tests.factories.credentials import issue_sample
from tests.support import axe, chromium
from tests.support.camera import arguments as camera_arguments
from tests.support.camera import film

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The video that the camera of this module's Chromium shows; it is read when the camera is opened."""
    return tmp_path_factory.mktemp("camera") / "certificate.y4m"


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    """Chromium with a camera that plays a file."""
    arguments = [*chromium.ARGUMENTS, *camera_arguments(camera)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=arguments)
        yield browser
        browser.close()


def findings(page: Page) -> list[str]:
    """What axe finds on the page, and whether it scrolls sideways."""
    # Evaluated, not added as a tag: the pages forbid inline script, and the kit's page forbids any but its own.
    page.evaluate(axe.ensure().read_text())
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{one['id']}: {[node['html'] for node in one['nodes']][:3]}" for one in found["violations"]] + [
        "wide"
    ] * wide


def test_a_code_is_scanned_from_a_picture_and_an_altered_pdf_is_told(
    browser: Browser, camera: Path, live_server: LiveServer, tmp_path: Path
) -> None:
    if not bootstrap.ensure_scanner():
        pytest.skip("the QR reader cannot be fetched here")
    student = live_server.person(Role.STUDENT, name="Amara Osei")
    with live_server.runtime.transaction() as session:
        number = issue_sample(session, live_server.runtime, student).number
    site = live_server.base_url
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        printed = context.request.get(f"{site}/credentials/{number}.pdf").body()
        film(pypdfium2.PdfDocument(printed)[0].render(scale=2).to_pil(), camera)
        page.goto(f"{site}/verify")
        read = """async (texts) => {
          const { readCode } = await import(document.querySelector('script[src*="verify-scan"]').src);
          return texts.map((text) => readCode(text, [location.host]));
        }"""
        scanned = [
            f"https://evil.example/v/{number}", number, f"{site}/v/{number}".upper(), "javascript:alert(1)",
            f"{site}/sign-in?next={number}", "hello",
        ]  # fmt: skip
        codes = page.evaluate(read, scanned)
        assert [code.get("number") for code in codes] == [None, number, number, None, None, None]
        assert codes[0]["elsewhere"] == "evil.example"
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url.partition('?')[0]}"))
        page.get_by_role("button", name="Scan with the camera").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Valid", timeout=20_000)
        assert page.url == f"{site}/verify?number={number}"
        assert not [one for one in asked if not one.startswith(f"GET {site}/")], "no picture left the browser"

        document = pypdfium2.PdfDocument(printed)
        attachment = document.get_attachment(0)
        attachment.set_data(bytes(attachment.get_data()).replace(b"Amara Osei", b"Mallory Osei"))
        altered = tmp_path / "certificate.pdf"
        document.save(altered)
        page.goto(f"{site}/verify")
        page.get_by_label("Or the certificate as a file").set_input_files(altered)
        page.locator("main form").get_by_role("button", name="Verify").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Altered")
        expect(page.get_by_role("row").filter(has_text="Mallory Osei")).to_contain_text("Amara Osei")
        assert findings(page) == []
        page.get_by_label("Checked by").fill("Studio Rosé")
        page.get_by_role("button", name="Make the proof").click()
        expect(page.get_by_text("Signed by the academy at that time")).to_be_visible()
        for width, scheme in ((390, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.reload()  # colors that fade from one scheme into the other would be measured half way
            assert findings(page) == [], (width, scheme)
        page.goto(f"{site}/verify")
        assert findings(page) == []
        assert context.cookies() == [], "whoever checks is not marked"


def test_the_kit_checks_certificates_without_a_network(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    site, tokens = live_server.base_url, {}
    for state, name in (("valid", "Amara Osei"), ("revoked", "Lea Fontaine"), ("expired", "Mina Park")):
        student = live_server.person(Role.STUDENT, name=name)
        with live_server.runtime.transaction() as session:
            number = issue_sample(session, live_server.runtime, student, state=state).number  # type: ignore[arg-type]
        tokens[state] = number
    with browser.new_context(viewport={"width": 320, "height": 700}) as context:
        texts = {state: context.request.get(f"{site}/credentials/{n}.jwt").text() for state, n in tokens.items()}
        with zipfile.ZipFile(io.BytesIO(context.request.get(f"{site}/offline-kit.zip").body())) as kit:
            kit.extractall(tmp_path)
    live_server.site.stop()
    head, body, signature = texts["valid"].split(".")
    cases = {
        "valid": (texts["valid"], "Valid", "Amara Osei"),
        "revoked": (texts["revoked"], "Revoked", "Lea Fontaine"),
        "expired": (texts["expired"], "Expired", "Mina Park"),
        "another signature": (f"{head}.{body}.{texts['revoked'].split('.')[2]}", "Not genuine", ""),
        "another content": (f"{head}.{texts['revoked'].split('.')[1]}.{signature}", "Not genuine", ""),
        "nonsense": ("certified!", "No certificate found in it", ""),
    }
    with browser.new_context(viewport={"width": 320, "height": 700}, color_scheme="dark", offline=True) as context:
        page = context.new_page()
        page.goto((tmp_path / "vermilion-offline" / "verify.html").as_uri())
        expect(page.locator("#age")).to_have_text("less than an hour old")
        for name, (token, heading, holder) in cases.items():
            page.get_by_label("Or paste its text").fill(token)
            page.get_by_role("button", name="Check").click()
            expect(page.locator("#verdict")).to_have_text(heading)
            expect(page.locator("#facts")).to_contain_text(holder)
            assert ("Osei" in page.locator("#facts").inner_text()) == (name == "valid"), "a forged name is not shown"
        file = tmp_path / "certificate.jwt"
        file.write_text(texts["valid"])
        page.get_by_label("Token of the certificate").set_input_files(file)
        expect(page.locator("#verdict")).to_have_text("Valid")
        assert findings(page) == []
        now = datetime.now(UTC)
        for days, heading, age in ((3, "Valid", "3 days old"), (8, "Cannot say", "8 days old")):
            page.clock.set_fixed_time(now + timedelta(days=days, minutes=5))
            page.reload()
            expect(page.locator("#age")).to_have_text(age)
            page.get_by_label("Or paste its text").fill(texts["valid"])
            page.get_by_role("button", name="Check").click()
            expect(page.locator("#verdict")).to_have_text(heading)
