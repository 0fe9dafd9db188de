"""Proofs of checks: made without an account, read by whoever is handed one, worth nothing when changed."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy.orm import Session

from app.credentials import services
from app.credentials.models import Credential
from app.domain.credentials.keys import Algorithm
from app.domain.credentials.lifecycle import Change, Reason
from app.infra.runtime import Runtime
from tests.conftest import Browser, Clock
from tests.credentials.routes.test_files import file_of, words
from tests.factories.credentials import ADMIN, issuer_for

Issue = Callable[..., Credential]
HERE = "https://academy.test"


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    return browse()


def post(browser: Browser, **fields: Any) -> Any:
    """Send the form as a stranger's browser does: without cookie or token."""
    return browser.client.post("/verify/proof", data=fields, base_url=HERE)


def test_a_number_is_proved_with_time_verdict_checks_and_who(
    session: Session, issue: Issue, browser: Browser, runtime: Runtime, clock: Clock
) -> None:
    credential = issue()
    assert 'action="/verify/proof"' in browser.get(f"/credentials/{credential.number}").text
    made = post(browser, number=credential.number, by="  Studio\tRosé <b>\u202e ")
    address = made.headers["Location"]
    assert (made.status_code, address.startswith("/checks/eyJ"), "Set-Cookie" in made.headers) == (303, True, False)
    page = browser.get(address)
    shown = words(page.text)
    for expected in (
        "Valid", credential.number, "Checked on November 22, 2026, 12:00:00 UTC", "Checked by Studio Rosé <b>",
        "Number Good", "Our record Good", "Key Good", "Status Good", "Dates Good", "How it stands today Valid",
    ):  # fmt: skip
        assert expected in shown, expected
    assert page.headers["X-Robots-Tag"] == "noindex" and page.headers["Referrer-Policy"] == "no-referrer"
    assert "Amara" not in address and "Amara" not in page.text, "the proof names the number, not the person"

    answer = browser.get(f"{address}.pdf")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    printed = " ".join(document[0].get_textpage().get_text_range().split())
    for expected in ("Proof of a check", "Valid", credential.number, "12:00:00 UTC", "Studio Rosé <b>", "Dates Good"):
        assert expected in printed, expected
    (code,) = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    assert code.text == f"{HERE}{address}"

    now = clock.tick(days=400)
    issuer = issuer_for(runtime)
    services.change_credential(
        session, ADMIN, credential.id, Change.SUSPEND, reason=Reason.CONDUCT, issuer=issuer, now=now
    )
    session.commit()
    later = words(browser.get(address).text)
    assert "November 22, 2026, 12:00:00 UTC" in later and "How it stands today Suspended" in later


def test_a_file_is_proved_by_its_hash(issue: Issue, browser: Browser, clock: Clock) -> None:
    data = file_of(browser, issue()).replace(b"Amara Osei", b"Mallory Osei")
    answer = browser.client.post(
        "/verify", data={"file": (io.BytesIO(data), "x.json")}, content_type="multipart/form-data", base_url=HERE
    )
    draft = re.search(r'name="draft" value="([^"]+)"', answer.text)
    assert draft is not None
    made = post(browser, draft=draft[1], by="Kim")
    shown = words(browser.get(made.headers["Location"]).text)
    for expected in ("Altered", "Checked by Kim", hashlib.sha256(data).hexdigest(), "Our record Failed"):
        assert expected in shown
    assert "Mallory" not in shown and "Amara" not in shown
    assert browser.get(f"{made.headers['Location']}.pdf").status_code == 200
    number_proof = post(browser, number="VM-11111-11111-1").headers["Location"].rpartition("/")[2]
    for stale in (draft[1][:-2], "nonsense", number_proof):
        assert post(browser, draft=stale).status_code == 404
    clock.tick(days=2)
    assert post(browser, draft=draft[1]).status_code == 404


def test_what_was_changed_or_signed_by_a_lost_key_proves_nothing(
    issue: Issue, browser: Browser, runtime: Runtime, clock: Clock
) -> None:
    credential = issue()
    address = post(browser, number=credential.number).headers["Location"]
    for wrong in (f"{address[:-4]}AAAA", address[:-30], "/checks/x", f"/checks/{credential.number}"):
        answer = browser.get(wrong)
        assert (answer.status_code, "It proves nothing." in words(answer.text)) == (404, True)
        assert browser.get(f"{wrong}.pdf").status_code == 404
    never = post(browser, number="VM-11111-11111-1").headers["Location"]
    shown = words(browser.get(never).text)
    assert "Not found" in shown and "No certificate was ever issued under this number." in shown
    mistyped = post(browser, number="VM-24F7K-9QX3A-1")
    assert (mistyped.status_code, mistyped.headers["Location"]) == (303, "/verify?number=VM-24F7K-9QX3A-1")
    odd = post(browser, number=credential.number, by="\u0e01\u0e02 \U0001f484").headers["Location"]
    assert browser.get(f"{odd}.pdf").status_code == 200, "letters that our fonts lack are left out, not the proof"
    runtime.keys.compromise(runtime.keys.active_signer(clock(), Algorithm.ES256).kid, clock())
    assert browser.get(address).status_code == 404


def test_making_proofs_is_counted_as_looking_up(issue: Issue, browser: Browser) -> None:
    number = issue().number
    for _turn in range(services.LOOKUPS):
        assert post(browser, number=number).status_code == 303
    assert post(browser, number=number).status_code == 429
