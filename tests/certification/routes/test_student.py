"""My path: every requirement with where to go, and proofs that are handed in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.domain.access.actor import Actor
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser
from tests.factories.certification import add_proof, meet
from tests.factories.credentials import issue_sample

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PROOF = {"kind": "bbp", "issuer": "Red Cross", "number": "77", "issued_on": "2026-11-01", "expires_on": ""}


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
    data: dict[str, Any] = {**PROOF, "document": (io.BytesIO(PNG), "my scan.png")}
    answer = browser.post("/learn/path/proofs/new", data, content_type="multipart/form-data")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/learn/path#proofs")
    (proof,) = proofs(runtime)
    assert (proof.user_id, proof.state, proof.issued_on, proof.expires_on) == (
        student.id,
        "sent",
        date(2026, 11, 1),
        None,
    )
    assert proof.document_kind == "image/png"
    with runtime.storage.open(proof.document_key) as file:
        assert file.read() == PNG
    assert "Being checked" in browser.get("/learn/path").get_data(as_text=True)


def test_a_proof_without_document_is_sent_too(browser: Browser, runtime: Runtime) -> None:
    assert browser.post("/learn/path/proofs/new", PROOF).status_code == 303
    assert proofs(runtime)[0].document_key == ""


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
    if "document" in change:
        change = {"document": (io.BytesIO(b"MZ not a picture"), change["document"])}
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
    assert browser.post("/learn/path/proofs/new", {**PROOF, **extra}).status_code == 303
    (proof,) = proofs(runtime)
    assert (proof.state, proof.checked_by) == ("sent", None)
    assert proof.user_id == browser.actor.id
