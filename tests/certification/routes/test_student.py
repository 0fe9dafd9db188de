"""My path: every requirement with where to go, and proofs that are handed in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.domain.access.actor import Actor
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser
from tests.factories.certification import add_proof, meet
from tests.factories.credentials import issue_sample

PROOF = {"kind": "bbp", "issuer": "Red Cross", "number": "77", "issued_on": "2026-11-01", "expires_on": ""}
STATUS = {**PROOF, "kind": "hbv_status", "answer": "declined"}


def scan(place: str = "canary of Lyon") -> io.BytesIO:
    """A photo of a certificate, with a place in its metadata."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = place
    Image.new("RGB", (640, 480), "linen").save(made, "JPEG", exif=exif)
    made.seek(0)
    return made


def pdf() -> bytes:
    """The smallest PDF that a reader opens."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "linen").save(made, "PDF")
    return made.getvalue()


@pytest.fixture
def browser(browse: Callable[..., Browser], student: Actor) -> Browser:
    found = browse(student)
    found.get("/account/")  # the first page gives the token that forms send
    return found


def proofs(runtime: Runtime) -> list[ExternalProof]:
    with runtime.db.reading() as session:
        found = list(session.scalars(select(ExternalProof)))
        session.expunge_all()
    return found


def test_the_path_names_what_is_missing_and_where_it_is_done(browser: Browser) -> None:
    page = browser.get("/learn/path").get_data(as_text=True)
    for words, address in {
        "Finish the lessons of Lip Blush Basics.": "/learn/courses/lip-blush-basics",
        "Take this quiz; 80% is needed.": "/learn/quizzes/quiz-lip-blush-basics",
        "0 of 1 approved.": "/learn/practice/new?exercise=e08",
        "Hand in this proof, not older than 12 months.": "/learn/path/proofs/new?kind=bbp",
    }.items():
        assert words in page
        assert f'href="{address}"' in page


def test_the_path_of_somebody_who_is_done_leads_to_the_certificate(
    session: Session, runtime: Runtime, student: Actor, browser: Browser
) -> None:
    held = issue_sample(session, runtime, student)
    session.commit()
    page = browser.get("/learn/path").get_data(as_text=True)
    assert f"/credentials/{held.number}" in page
    assert "requirement is missing" not in page


def test_the_path_of_somebody_who_waits_for_the_certificate_says_so(
    session: Session, student: Actor, browser: Browser
) -> None:
    meet(session, student, now=NOW)
    session.commit()
    assert "Your certificate is being issued." in browser.get("/learn/path").get_data(as_text=True)


def test_a_proof_is_sent_with_its_document(browser: Browser, runtime: Runtime, student: Actor) -> None:
    browser.get("/learn/path/proofs/new?kind=bbp")
    assert b"canary of Lyon" in scan().getvalue()
    data: dict[str, Any] = {**PROOF, "document": (scan(), "my scan.jpg")}
    answer = browser.post("/learn/path/proofs/new", data, content_type="multipart/form-data")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/learn/path#proofs")
    (proof,) = proofs(runtime)
    assert (proof.user_id, proof.state, proof.issued_on, proof.expires_on) == (
        student.id,
        "sent",
        date(2026, 11, 1),
        None,
    )
    assert proof.document_kind == "image/jpeg"
    with runtime.storage.open(proof.document_key) as file:
        kept = file.read()
    assert b"canary of Lyon" not in kept, "what is kept says nothing of place and camera"
    assert Image.open(io.BytesIO(kept)).size == (640, 480)
    page = browser.get("/learn/path").get_data(as_text=True)
    assert "Being checked" in page
    address = f"/learn/path/proofs/{proof.id}/document"
    assert address in page
    answer = browser.get(address)
    assert (answer.data, answer.headers["Content-Security-Policy"]) == (kept, "sandbox; default-src 'none'")
    assert "attachment" in answer.headers["Content-Disposition"]
    answer.close()


def test_a_pdf_is_opened_before_it_is_kept(browser: Browser, runtime: Runtime) -> None:
    for data, words in (
        (b"%PDF-1.7 and then nothing of the kind", "damaged"),
        (scan().getvalue() + b"PK\x05\x06" + bytes(18), "is not a PDF, JPEG or PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "is not a PDF, JPEG or PNG"),
        (b"", "is not a PDF"),
    ):
        sent = {**PROOF, "document": (io.BytesIO(data), "scan.pdf")}
        answer = browser.post("/learn/path/proofs/new", sent, content_type="multipart/form-data")
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert 'value="Red Cross"' in answer.text, "what was typed is kept"
    assert proofs(runtime) == []
    sent = {**PROOF, "document": (io.BytesIO(pdf()), "scan.pdf")}
    assert browser.post("/learn/path/proofs/new", sent, content_type="multipart/form-data").status_code == 303
    assert proofs(runtime)[0].document_kind == "application/pdf"


def test_nobody_else_gets_the_document(
    session: Session, student: Actor, browse: Callable[..., Browser], make_user: Callable[..., Actor]
) -> None:
    proof = add_proof(session, student, "bbp", now=NOW)
    session.commit()
    for who in (make_user(name="Lea Fontaine"), student):
        other = browse(who)
        assert other.get(f"/learn/path/proofs/{proof.id}/document").status_code == 404


def test_a_status_is_a_word_and_needs_no_document(browser: Browser, runtime: Runtime) -> None:
    assert browser.post("/learn/path/proofs/new", STATUS).status_code == 303
    proof = proofs(runtime)[0]
    assert (proof.document_key, proof.answer) == ("", "declined")
    assert "Declined" in browser.get("/learn/path").text
    for wrong, words in (
        ({**STATUS, "answer": "held"}, "Choose one of these: Vaccinated, Immune, Declined."),
        ({**STATUS, "answer": ""}, "Choose one of these"),
        ({**PROOF, "answer": "immune"}, "has no status"),
        (PROOF, "Choose a photo or PDF of it. Nothing was sent yet; what you typed is kept."),
        ({**PROOF, "kind": "ce"}, "Not a valid choice"),
    ):
        answer = browser.post("/learn/path/proofs/new", wrong)
        assert (answer.status_code, words in answer.text) == (422, True), wrong
    assert len(proofs(runtime)) == 1


def test_education_is_sent_by_the_hour(browser: Browser, runtime: Runtime) -> None:
    assert browser.get("/learn/path/education/new?topic=hygiene").status_code == 200
    data = {"course": "Asepsis refresher", "issuer": "Red Cross", "issued_on": "2026-11-01", "hours": "3.5",
            "topic": "hygiene"}  # fmt: skip
    for change, words in (
        ({"hours": "41"}, "between 0.25 and 40"),
        ({"hours": "x"}, "Not a valid decimal"),
        ({"topic": "sleep"}, "Not a valid choice"),
        ({}, "Choose a photo or PDF of it."),
    ):
        answer = browser.post("/learn/path/education/new", {**data, **change})
        assert (answer.status_code, words in answer.text) == (422, True), change
    sent = {**data, "document": (scan(), "certificate.jpg")}
    answer = browser.post("/learn/path/education/new", sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    (proof,) = proofs(runtime)
    assert (proof.kind, proof.minutes, proof.topic, proof.course) == ("ce", 210, "hygiene", "Asepsis refresher")
    assert "Asepsis refresher" in browser.get("/learn/path").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issued_on": "2026-12-24"}, "The day of issue lies in the past."),
        ({"issued_on": ""}, "Give the day that is printed on it."),
        ({"expires_on": "2026-01-01"}, "A proof cannot end before it was issued."),
        ({"issuer": ""}, "Name the school or body that issued it."),
        ({"document": "virus.exe"}, "virus.exe is not a PDF, JPEG or PNG"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    browser: Browser, runtime: Runtime, change: dict[str, Any], words: str
) -> None:
    sent = io.BytesIO(b"MZ not a picture") if "document" in change else scan()
    change = {**change, "document": (sent, change.get("document", "scan.jpg"))}
    answer = browser.post("/learn/path/proofs/new", {**PROOF, **change}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert proofs(runtime) == []


def test_a_refused_proof_shows_the_reason_to_its_student_only(
    session: Session, student: Actor, browser: Browser, browse: Callable[..., Browser], make_user: Callable[..., Actor]
) -> None:
    add_proof(session, student, "bbp", now=NOW, accept=False)
    session.commit()
    assert "The name on it is not yours." in browser.get("/learn/path").get_data(as_text=True)
    other = browse(make_user(name="Somebody Else"))
    assert "The name on it is not yours." not in other.get("/learn/path").get_data(as_text=True)


def test_extra_fields_change_nothing(browser: Browser, runtime: Runtime, instructor: Actor) -> None:
    extra = {"state": "accepted", "user_id": str(instructor.id), "checked_at": "2026-11-01", "checked_by": "x"}
    assert browser.post("/learn/path/proofs/new", {**STATUS, **extra}).status_code == 303
    (proof,) = proofs(runtime)
    assert (proof.state, proof.checked_by) == ("sent", None)
    assert proof.user_id == browser.actor.id
