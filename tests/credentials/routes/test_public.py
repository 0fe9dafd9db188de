"""What anybody may ask: every verdict, the files, the keys, the lists; and what no answer ever holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pypdfium2
import pytest
import zxingcpp
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.credentials import queries, services
from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.multibase import base64url_decode
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.credentials import ADMIN, NOTE, issuer_for

Issue = Callable[..., Credential]
UNKNOWN, MISTYPED = "VM-11111-11111-1", "VM-24F7K-9QX3A-1"


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    return browse()


def words(markup: str) -> str:
    main = BeautifulSoup(markup, "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def heading(markup: str) -> str:
    found = BeautifulSoup(markup, "html.parser").h1
    assert found is not None
    return found.get_text().strip()


# --- the one field ---------------------------------------------------------------------------------------------


def test_one_form_asks_for_a_number_or_a_file(browser: Browser, journey: None) -> None:
    answer = browser.get("/verify")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.data, "html.parser")
    (form,) = page.select("main form")
    assert page.select_one("input[type=hidden]") is None, "what changes nothing carries no token"
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    fields = form.select("input, textarea")
    assert [field["name"] for field in fields] == ["number", "file", "text"]
    assert not any(field.has_attr("required") for field in fields), "either will do"
    assert all(page.find("label", {"for": field["id"]}) for field in fields)
    assert "at most 2 MB" in words(answer.text)


ANSWERS = {
    "valid": ("Valid", "Amara Osei holds this certificate until September 23, 2028"),
    "expiring": ("Valid", "It ends soon: in"),
    "expired": ("Expired", "This certificate ran out on September 13, 2026"),
    "suspended": ("Suspended", "Suspended since November 22, 2026"),
    "revoked": ("Revoked", "Taken back for good on November 22, 2026"),
    "superseded": ("Replaced", "Replaced on November 22, 2026"),
    "withdrawn": ("Withdrawn by holder", "The holder gave this certificate up on November 22, 2026"),
}
TO_DO = {
    "valid": "Compare the name with an ID.",
    "expiring": "Compare the name with an ID.",
    "expired": "Expired is not the same as revoked.",
    "suspended": "Do not put the artist on the schedule for now.",
    "revoked": "Keep a copy and tell the academy.",
    "superseded": "Check the newer one.",
    "withdrawn": "Ask the artist.",
}


@pytest.mark.parametrize("state", ANSWERS)
@pytest.mark.parametrize("way", ["/verify?number=", "/credentials/"])
def test_every_verdict_says_what_it_means_what_to_do_and_when(
    issue: Issue, browser: Browser, state: str, way: str
) -> None:
    credential = issue(state)
    answer = browser.get(way + credential.number)
    assert answer.status_code == 200
    title, sentence = ANSWERS[state]
    shown = words(answer.text)
    assert heading(answer.text) == title
    for expected in (sentence, TO_DO[state], credential.number, "Amara Osei", "Vermilion Academy"):
        assert expected in shown, expected
    assert "Checked on November 22, 2026, 12:00:00 UTC" in shown
    assert "It is not a licence to practice." in shown
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_page_shows_every_fact_of_the_certificate(issue: Issue, browser: Browser) -> None:
    credential = issue()
    shown = words(browser.get(f"/credentials/{credential.number}").text)
    for fact in (
        "Vermilion Certified Lip Blush Artist", "Issued September 23, 2026", "Valid until September 23, 2028",
        "1 approved piece, 2 hours, 1 graded quiz", "Bloodborne-pathogen training Yes, of August 23, 2026",
        "Requirements, version 1", "Approved in every step", "Consultation", "Aftercare", "Flat lip pad 1",
        "Lip blush, full lip, sheer 1", "Signed record", "Assessed on synthetic skin in all steps",
    ):  # fmt: skip
        assert fact in shown, fact


def test_a_suspended_one_names_its_class_of_reason(issue: Issue, browser: Browser) -> None:
    shown = words(browser.get(f"/verify?number={issue('suspended').number}").text)
    assert "Class of reason A requirement lapsed" in shown
    assert "Suspended A requirement lapsed November 22, 2026" in shown


def test_a_replaced_one_leads_to_the_newer_one_and_back(session: Session, issue: Issue, browser: Browser) -> None:
    old = issue("superseded")
    page = BeautifulSoup(browser.get(f"/credentials/{old.number}").data, "html.parser")
    newer = page.select_one(".verdict a")
    assert newer is not None
    following = browser.get(newer["href"])
    assert heading(following.text) == "Valid"
    assert "Amara Osei Mensah" in words(following.text)
    assert f'href="/credentials/{old.number}"' in following.text


def test_the_grace_after_the_end_is_said(issue: Issue, browser: Browser, clock: Clock) -> None:
    credential = issue("expired")
    assert "days of grace" not in words(browser.get(f"/credentials/{credential.number}").text)
    clock.value = credential.valid_until.replace(tzinfo=NOW.tzinfo)
    clock.tick(days=29)
    shown = words(browser.get(f"/credentials/{credential.number}").text)
    assert "29 days ago" in shown
    assert "Expired, renewal in progress" in shown
    assert "within the 30 days of grace" in shown


@pytest.mark.parametrize(
    "written",
    [
        "{n}", " {n} ", "{lower}", "{spaces}", "{bare}", "{l}", "https://academy.test/credentials/{n}",
        "HTTPS://ACADEMY.TEST/V/{n}", "https://academy.test/verify?number={n}", "https://academy.test/credentials/{n}.json",
    ],
)  # fmt: skip
def test_the_field_reads_what_people_type_paste_and_scan(issue: Issue, browser: Browser, written: str) -> None:
    number = issue().number
    typed = written.format(
        n=number, lower=number.lower(), spaces=number.replace("-", " "), bare=number.replace("-", "")[2:],
        l=number.replace("1", "l"),
    )  # fmt: skip
    answer = browser.get("/verify", query_string={"number": typed})
    assert heading(answer.text) == "Valid"


def test_a_number_that_is_sent_moves_into_the_address(issue: Issue, browser: Browser) -> None:
    number = issue().number
    for typed, title in ((number, "Valid"), (MISTYPED, "Check the number")):
        sent = browser.post("/verify", {"number": typed})
        assert (sent.status_code, sent.headers["Location"]) == (303, f"/verify?number={typed}")
        assert heading(browser.get(sent.headers["Location"]).text) == title
    nothing = browser.post("/verify", {"number": "  "})
    assert nothing.status_code == 422
    assert "Type a number or choose a file." in words(nothing.text)


def test_a_number_that_was_never_issued_is_not_found(issue: Issue, browser: Browser) -> None:
    issue()
    for address in (f"/verify?number={UNKNOWN}", f"/credentials/{UNKNOWN}"):
        answer = browser.get(address)
        assert (answer.status_code, heading(answer.text)) == (404, "Not found")
        shown = words(answer.text)
        assert "no certificate was ever issued under it" in shown
        assert "Checked on November 22, 2026, 12:00:00 UTC" in shown
        assert "Not found does not mean that someone is untrained" in shown
        assert f'value="{UNKNOWN}"' in answer.text


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "Type the number that is printed on the certificate."),
        ("   ", "Type the number that is printed on the certificate."),
        (MISTYPED, "One or two characters are wrong."),
        ("VM-24F7K-9QXOA-1", "Numbers never contain the letter O or the digit 0."),
        ("VM-24F7K-9QX", "this has 8"),
        ("VM-24F7K-9QX3A-U", "The character U is not used"),
        ("Kim T.", "A number has 11 characters after VM"),
        ("<script>alert(1)</script>", "The character"),
        ("x" * 3000, "too long"),
    ],
)
def test_mistyped_text_gets_a_hint_and_costs_nothing(
    browser: Browser, journey: None, count_queries: QueryCount, typed: str, hint: str
) -> None:
    count_queries.statements.clear()
    answer = browser.get("/verify", query_string={"number": typed})
    assert len(count_queries) == 0
    assert (answer.status_code, heading(answer.text)) == (422, "Check the number")
    assert hint in words(answer.text)
    assert "<script>alert" not in answer.text
    page = BeautifulSoup(answer.data, "html.parser")
    field = page.select_one("#number")
    assert field is not None
    assert field["aria-invalid"] == "true"
    assert page.find(id="number-error") is not None


def test_a_mistyped_address_is_not_found(browser: Browser, journey: None) -> None:
    for number in (MISTYPED, "nonsense", "%3Cscript%3E", "VM-24F7K-9QX3A-B.exe"):
        answer = browser.get(f"/credentials/{number}")
        assert answer.status_code == 404
        assert heading(answer.text) == "Check the number"


def test_guessing_numbers_ends_in_a_429(issue: Issue, browser: Browser, clock: Clock) -> None:
    number = issue().number
    for turn in range(services.LOOKUPS):
        assert browser.get(f"/verify?number={UNKNOWN}").status_code == 404, turn
    for address in (
        f"/verify?number={number}", f"/credentials/{number}", f"/credentials/{number}.json",
        f"/credentials/{number}.jwt", f"/credentials/{number}.pdf", f"/api/v1/verify/{number}",
    ):  # fmt: skip
        answer = browser.get(address)
        assert answer.status_code == 429, address
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "More than 60 numbers" in browser.get(f"/verify?number={number}").text
    assert browser.get(f"/verify?number={MISTYPED}").status_code == 422, "mistyping is no guessing"
    assert browser.get("/.well-known/did.json").status_code == 200
    elsewhere = browser.get(f"/verify?number={number}", environ_overrides={"REMOTE_ADDR": "192.0.2.77"})
    assert elsewhere.status_code == 200
    clock.tick(seconds=61)
    assert browser.get(f"/verify?number={number}").status_code == 200


def test_addresses_of_one_household_are_one_caller(journey: None, browser: Browser) -> None:
    for n in range(services.LOOKUPS):
        browser.get(f"/verify?number={UNKNOWN}", environ_overrides={"REMOTE_ADDR": f"2001:db8::{n:x}"})
    same = browser.get(f"/verify?number={UNKNOWN}", environ_overrides={"REMOTE_ADDR": "2001:db8::ffff"})
    other = browser.get(f"/verify?number={UNKNOWN}", environ_overrides={"REMOTE_ADDR": "2001:db8:1::1"})
    assert (same.status_code, other.status_code) == (429, 404)


def test_verifying_costs_one_statement_and_drawing_a_page_two_more(
    issue: Issue, browser: Browser, count_queries: QueryCount
) -> None:
    number = issue().number
    page, drawn_again = f"/credentials/{number}", f"/credentials/{number}"
    for address, most in [(f"/api/v1/verify/{number}", 1), (page, 3), (drawn_again, 1)]:
        count_queries.statements.clear()
        assert browser.get(address).status_code == 200
        assert len(count_queries) == most, address


def test_what_pages_share_names_the_certificate_of_each(issue: Issue, browser: Browser, session: Session) -> None:
    first, second = issue(), issue(name="Bea Novak")
    pages = {each.number: browser.get(f"/credentials/{each.number}").text for each in (first, second)}
    pages |= {each.number: browser.get(f"/credentials/{each.number}").text for each in (first, second)}
    assert all("VM-ANY-NUMBER" not in page for page in pages.values())
    assert first.number not in pages[second.number] and second.number not in pages[first.number]
    for number, page in pages.items():
        assert all(f"/credentials/{number}.{kind}" in page for kind in ("pdf", "png", "svg", "json", "jwt"))
        assert f'name="number" value="{number}"' in page and f'/credentials/{number}"' in page
        assert "valid until" in page.lower()

    session.execute(update(Credential).where(Credential.id == second.id).values(shown_name="B. N."))
    session.commit()
    hidden = browser.get(f"/credentials/{second.number}").text
    assert "Bea Novak" not in hidden and f"/credentials/{second.number}.json" not in hidden
    assert "Amara Osei" in browser.get(f"/credentials/{first.number}").text, "only the one that changed"


def test_studios_and_strangers_are_offered_to_follow_others_are_not(
    issue: Issue, browse: Callable[..., Browser], make_user: Callable[..., Actor], browser: Browser
) -> None:
    number = issue().number
    link = f"/studio/watchlist?number={number}"
    assert link in browser.get(f"/credentials/{number}").text
    assert link not in browse(make_user(Role.STUDENT)).get(f"/credentials/{number}").text
    assert link not in browser.get(f"/credentials/{issue('revoked', name='Lea').number}").text


# --- files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["valid", "expired", "suspended", "revoked", "superseded", "withdrawn"])
def test_the_signed_file_is_served_byte_for_byte_in_every_state(
    session: Session, issue: Issue, browser: Browser, state: str
) -> None:
    number = issue(state).number
    stored = queries.stored_file(session, number)
    answer = browser.get(f"/credentials/{number}.json")
    assert answer.data == stored.document
    assert answer.mimetype == "application/vc"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-cache"
    token = browser.get(f"/credentials/{number}.jwt")
    assert token.text == stored.token
    assert token.mimetype == "application/vc+jwt"


@pytest.mark.parametrize("form", ["json", "jwt", "pdf"])
def test_a_copy_that_is_still_good_is_not_sent_again(issue: Issue, browser: Browser, form: str) -> None:
    address = f"/credentials/{issue().number}.{form}"
    first = browser.get(address)
    tag = first.headers["ETag"]
    again = browser.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert browser.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/vc", "application/vc"),
        ("application/vc+ld+json", "application/vc+ld+json"),
        ("application/ld+json, application/json;q=0.5", "application/ld+json"),
        ("application/json", "application/json"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/jwt", "application/jwt"),
        ("application/pdf", "application/pdf"),
        ("image/png", "text/html"),
    ],
)
def test_one_address_serves_people_and_programs(
    issue: Issue, browser: Browser, accept: str | None, mimetype: str
) -> None:
    answer = browser.get(f"/credentials/{issue().number}", headers={"Accept": accept} if accept else {})
    assert answer.status_code == 200
    assert answer.mimetype == mimetype
    assert "Accept" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    if mimetype not in ("text/html", "application/pdf"):
        assert "Cookie" not in answer.headers["Vary"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_pdf_is_a_download_with_a_code_that_leads_back(issue: Issue, browser: Browser) -> None:
    number = issue().number
    answer = browser.get(f"/credentials/{number}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert answer.headers["X-Robots-Tag"] == "noindex"
    picture = pypdfium2.PdfDocument(answer.data)[0].render(scale=2).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"HTTPS://ACADEMY.TEST/V/{number}"
    scanned = browser.get(f"/V/{number}")
    assert (scanned.status_code, scanned.headers["Location"]) == (302, f"/credentials/{number}")


@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded"])
def test_what_does_not_count_has_no_pdf(issue: Issue, browser: Browser, state: str) -> None:
    number = issue(state).number
    answer = browser.get(f"/credentials/{number}.pdf")
    assert answer.status_code == 409
    assert f"This certificate is {state}, so it is not printed any more." in words(answer.text)
    assert f'href="/credentials/{number}"' in answer.text
    assert f"/credentials/{number}.pdf" not in browser.get(f"/credentials/{number}").text


def test_a_name_without_letters_in_our_fonts_is_explained(session: Session, issue: Issue, browser: Browser) -> None:
    number = issue().number
    session.execute(update(Credential).values(holder_name="李小龍"))
    session.commit()
    answer = browser.get(f"/credentials/{number}.pdf")
    assert answer.status_code == 409
    assert "has letters that our certificate fonts do not have" in words(answer.text)
    assert "李小龍" in words(browser.get(f"/credentials/{number}").text)


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_programs_get_problem_documents(issue: Issue, browser: Browser, form: str) -> None:
    issue()
    for number in (UNKNOWN, MISTYPED):
        answer = browser.get(f"/credentials/{number}.{form}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert "Set-Cookie" not in answer.headers
    assert browser.get(f"/credentials/{UNKNOWN}.pdf").status_code == 404
    negotiated = browser.get(f"/credentials/{UNKNOWN}", headers={"Accept": "application/vc"})
    assert (negotiated.status_code, negotiated.mimetype) == (404, "application/problem+json")


# --- short addresses and codes ---------------------------------------------------------------------------------


def test_the_short_address_leads_to_the_page_without_a_look_up(browser: Browser, count_queries: QueryCount) -> None:
    count_queries.statements.clear()
    answer = browser.get(f"/v/{UNKNOWN.lower()}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/credentials/{UNKNOWN}")
    assert answer.headers["Cache-Control"] == "no-store"
    mistyped = browser.get(f"/v/{MISTYPED}")
    assert (mistyped.status_code, mistyped.headers["Location"]) == (302, f"/verify?number={MISTYPED}")
    assert len(count_queries) == 0


def test_the_code_of_a_number_is_drawn_for_any_number(browser: Browser) -> None:
    answer = browser.get(f"/v/{UNKNOWN}.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.startswith("<svg ")
    assert not re.search(r"<script|style=|onload", answer.text)
    assert browser.get(f"/v/{UNKNOWN}.svg", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert browser.get(f"/v/{MISTYPED}.svg").status_code == 404


# --- keys and lists --------------------------------------------------------------------------------------------


def test_the_public_keys_are_served_for_an_hour(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    issue()
    answer = browser.get("/.well-known/did.json")
    assert answer.mimetype == "application/did+json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = json.loads(answer.data)
    assert document["id"] == "did:web:academy.test"
    assert document["@context"][0] == "https://www.w3.org/ns/did/v1"
    ids = [method["id"] for method in document["verificationMethod"]]
    assert document["assertionMethod"] == ids
    assert len(ids) == 2
    assert "private" not in answer.text.lower()
    assert '"d"' not in answer.text
    tag = answer.headers["ETag"]
    assert browser.get("/.well-known/did.json", headers={"If-None-Match": tag}).status_code == 304
    runtime.keys.rotate(NOW)
    assert len(browser.get("/.well-known/did.json").json["verificationMethod"]) == 4
    runtime.keys.compromise(ids[1].partition("#")[2], NOW)
    left = browser.get("/.well-known/did.json").json
    assert ids[1] not in left["assertionMethod"]
    assert ids[1] not in [method["id"] for method in left["verificationMethod"]]


@pytest.mark.parametrize(("suffix", "mimetype"), [("", "application/vc"), (".jwt", "application/vc+jwt")])
def test_a_status_list_changes_at_once_and_is_cached_for_five_minutes(
    session: Session, issue: Issue, browser: Browser, runtime: Runtime, suffix: str, mimetype: str
) -> None:
    credential = issue()
    list_id = queries.status_list_ids(session)[0]
    first = browser.get(f"/status/{list_id}{suffix}")
    assert first.mimetype == mimetype
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in first.headers
    tag = first.headers["ETag"]
    assert browser.get(f"/status/{list_id}{suffix}", headers={"If-None-Match": tag}).status_code == 304
    services.change_credential(
        session, ADMIN, credential.id, Change.REVOKE, reason=Reason.CONDUCT, issuer=issuer_for(runtime), now=NOW
    )
    session.commit()
    second = browser.get(f"/status/{list_id}{suffix}", headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.data != first.data


def test_a_list_that_is_not_there(browser: Browser, issue: Issue) -> None:
    issue()
    for place in ("2000000000", "99999999999999999999", "0", "x", "-1", "2000000000.jwt"):
        assert browser.get(f"/status/{place}").status_code == 404, place


# --- what a certificate stands for -----------------------------------------------------------------------------


def test_the_achievement_that_a_file_names_has_a_page_with_its_anchors(issue: Issue, browser: Browser) -> None:
    carried = json.loads(browser.get(f"/credentials/{issue().number}.json").data)["credentialSubject"]["achievement"]
    path = carried["id"].removeprefix("https://academy.test")
    answer = browser.get(path)
    assert answer.status_code == 200
    page = BeautifulSoup(answer.data, "html.parser")
    assert heading(answer.text) == "Vermilion Certified Lip Blush Artist"
    for result in carried["resultDescription"]:
        assert page.find(id=result["id"].partition("#")[2]) is not None
        for level in result["rubricCriterionLevel"]:
            assert page.find(id=level["id"].partition("#")[2]) is not None
    assert page.find(id=carried["criteria"]["id"].partition("#")[2]) is not None
    shown = words(answer.text)
    for fact in ("24 months", "Lip Blush Basics quiz 80 % or more", "75 of 100 points, core steps at level 3 or above"):
        assert fact in shown
    program = browser.get(f"{path}.json")
    assert program.headers["Cache-Control"] == "public, max-age=3600"
    assert program.headers["Access-Control-Allow-Origin"] == "*"
    assert {key: value for key, value in program.json.items() if key != "@context"} == carried


def test_an_achievement_that_is_not_there(browser: Browser, journey: None) -> None:
    for slug in (
        "certified-v2",
        "certified",
        "certified-v0",
        "certified-v9999999",
        "x-v1",
        "UPPER-v1",
        "certified-v1%0A",
    ):
        assert browser.get(f"/achievements/{slug}").status_code == 404, slug
        assert browser.get(f"/achievements/{slug}.json").status_code == 404, slug


# --- what no answer holds --------------------------------------------------------------------------------------


def everything(number: str, list_id: int) -> Iterator[str]:
    yield from (f"/verify?number={number}", f"/credentials/{number}", f"/v/{number}", f"/v/{number}.svg")
    yield from (f"/credentials/{number}.{form}" for form in ("json", "jwt", "pdf", "png", "svg"))
    yield from (f"/api/v1/verify/{number}", f"/status/{list_id}", f"/status/{list_id}.jwt", "/.well-known/did.json")
    yield from ("/achievements/certified-v1", "/achievements/certified-v1.json")


@pytest.mark.parametrize("state", ["valid", "suspended", "superseded"])
def test_nothing_private_is_in_any_public_answer(session: Session, issue: Issue, browser: Browser, state: str) -> None:
    credential = issue(state)
    list_id = queries.status_list_ids(session)[0]
    canaries = [
        NOTE, "canary", "@example.com", "amara.osei", str(credential.user_id), credential.user_id.hex,
        str(credential.id), credential.id.hex, str(credential.decision_id), "Ruth Amadi", "Ines Calloway", "Red Cross",
    ]  # fmt: skip
    for address in everything(credential.number, list_id):
        answer = browser.get(address, follow_redirects=True)
        text = answer.get_data().decode("utf-8", "replace") + str(answer.headers)
        if address.endswith(".pdf") and answer.status_code == 200:
            text += pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
        if address.endswith(".jwt"):
            text += "".join(base64url_decode(part).decode() for part in answer.text.split(".")[:2])
        found = [canary for canary in canaries if canary in text]
        assert found == [], address


def test_answers_to_programs_know_nobody_and_set_no_cookie(
    session: Session, issue: Issue, browse: Callable[..., Browser], make_user: Callable[..., Actor]
) -> None:
    number = issue().number
    signed_in = browse(make_user(Role.ADMIN))
    signed_in.get("/account/")
    for address in everything(number, queries.status_list_ids(session)[0]):
        answer = signed_in.get(address)
        assert "Set-Cookie" not in answer.headers, address
        if answer.mimetype != "text/html" and not address.endswith(".pdf"):
            assert "Cookie" not in answer.headers.get("Vary", ""), address
