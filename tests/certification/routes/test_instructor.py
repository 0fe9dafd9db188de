"""Proofs that wait for a check, and the documents behind them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.certification.services import ProofFacts, send_proof
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser
from tests.factories.certification import add_proof


@pytest.fixture
def proof(session: Session, runtime: Runtime, student: Actor) -> ExternalProof:
    stored = runtime.storage.put_bytes("proof", b"%PDF-1.7 sample", "pdf")
    facts = ProofFacts("bbp", "Red Cross", "77", NOW.date(), None, stored.key, "application/pdf")
    sent = send_proof(session, student, facts, now=NOW)
    session.commit()
    return sent


@pytest.fixture
def browser(browse: Callable[..., Browser], instructor: Actor) -> Browser:
    found = browse(instructor)
    found.get("/account/")  # the first page gives the token that forms send
    return found


def state_of(runtime: Runtime, proof: ExternalProof) -> tuple[str, str]:
    with runtime.db.reading() as session:
        found = session.get_one(ExternalProof, proof.id)
        return found.state, found.note


def test_waiting_proofs_are_listed_with_their_document(browser: Browser, proof: ExternalProof) -> None:
    page = browser.get("/teach/proofs").get_data(as_text=True)
    assert "Amara Osei" in page
    assert "Bloodborne-pathogen training" in page
    assert f"/teach/proofs/{proof.id}/document" in page


def test_nothing_to_check_is_said(browser: Browser, journey: None) -> None:
    assert "Nothing to check" in browser.get("/teach/proofs").get_data(as_text=True)


def test_a_proof_is_accepted(browser: Browser, runtime: Runtime, proof: ExternalProof) -> None:
    answer = browser.post(f"/teach/proofs/{proof.id}", {"answer": "accept", "note": ""})
    assert answer.status_code == 303
    assert state_of(runtime, proof) == ("accepted", "")
    page = browser.get("/teach/proofs").get_data(as_text=True)
    assert "The proof is accepted." in page
    assert "Amara Osei" not in page


def test_a_refusal_without_a_note_keeps_what_was_typed(
    browser: Browser, runtime: Runtime, proof: ExternalProof
) -> None:
    answer = browser.post(f"/teach/proofs/{proof.id}", {"answer": "refuse", "note": "  "})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Tell the student what is wrong with the proof." in page
    assert 'value="refuse" checked' in page
    assert state_of(runtime, proof) == ("sent", "")


def test_an_answer_has_to_be_chosen(browser: Browser, runtime: Runtime, proof: ExternalProof) -> None:
    for answer in ("", "perhaps"):
        assert browser.post(f"/teach/proofs/{proof.id}", {"answer": answer}).status_code == 422
    assert state_of(runtime, proof)[0] == "sent"


def test_checking_twice_is_a_conflict(browser: Browser, runtime: Runtime, proof: ExternalProof) -> None:
    browser.post(f"/teach/proofs/{proof.id}", {"answer": "refuse", "note": "Another name."})
    answer = browser.post(f"/teach/proofs/{proof.id}", {"answer": "accept", "note": ""})
    assert answer.status_code == 409
    assert state_of(runtime, proof) == ("refused", "Another name.")


def test_the_document_is_a_download_that_no_browser_runs(browser: Browser, proof: ExternalProof) -> None:
    answer = browser.get(f"/teach/proofs/{proof.id}/document")
    assert answer.status_code == 200
    assert answer.get_data() == b"%PDF-1.7 sample"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_a_proof_without_document_has_none_to_download(session: Session, browser: Browser, student: Actor) -> None:
    proof = add_proof(session, student, "bbp", now=NOW, accept=None)
    session.commit()
    assert browser.get(f"/teach/proofs/{proof.id}/document").status_code == 404
    assert browser.get(f"/teach/proofs/{uuid4()}/document").status_code == 404


@pytest.mark.parametrize("role", [Role.STUDENT, Role.STUDIO])
def test_students_and_studios_see_no_proofs_of_others(
    browse: Callable[..., Browser], make_user: Callable[..., Actor], proof: ExternalProof, runtime: Runtime, role: Role
) -> None:
    stranger = browse(make_user(role, name="Somebody Else", studio_id=uuid4()))
    stranger.get("/account/")
    assert stranger.get("/teach/proofs").status_code == 404
    assert stranger.get(f"/teach/proofs/{proof.id}/document").status_code == 404
    assert stranger.post(f"/teach/proofs/{proof.id}", {"answer": "accept"}).status_code == 404
    assert state_of(runtime, proof) == ("sent", "")
