"""The client card of a piece: named in words, its answer for the reviewer at once, for the student when decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.services import sync_content
from app.domain.access.actor import SYSTEM, Actor
from app.domain.content.loader import load
from app.domain.practice.client import ClientKey
from app.domain.rubric.scoring import Result
from app.practice.models import Submission
from app.reviews import services
from tests.conftest import NOW, Browser
from tests.factories.reviews import full_draft
from tests.support.site import JOURNEY

TOP = Path(__file__).resolve().parents[3]
CARD = "noor-h"


@pytest.fixture
def key(session: Session, journey: None) -> ClientKey:
    """The journey's academy also has the real client cards; the key of one of them."""
    clients = load(TOP / "courses", TOP / "quizzes", complete=False).content.clients
    assert clients is not None
    files = load(JOURNEY / "courses", JOURNEY / "quizzes", complete=False).content
    sync_content(session, replace(files, clients=clients), actor=SYSTEM, now=NOW, note="with clients")
    session.commit()
    found = content.client(session, CARD)
    assert found is not None
    return found[1]


def sent_for(session: Session, submission: Submission, **consultation: str) -> Submission:
    """The submission with some lines of its consultation written otherwise."""
    frozen: dict[str, Any] = submission.frozen
    records = {**frozen["records"], "consultation": {**frozen["records"]["consultation"], **consultation}}
    submission.frozen = {**frozen, "records": records}
    session.commit()
    return submission


def test_the_reviewer_sees_the_answer_and_the_student_only_after_the_decision(
    session: Session,
    key: ClientKey,
    browse: Callable[..., Browser],
    send: Callable[..., Submission],
    amara: Actor,
    ines: Actor,
) -> None:
    submission = sent_for(session, send(amara), client_card=CARD, decision="proceed")
    page = f"/learn/practice/{submission.entry_id}"
    student, instructor = browse(amara), browse(ines)
    review = services.claim_review(session, ines, submission.id, now=NOW)
    session.commit()
    workspace = instructor.get(f"/teach/reviews/{review.id}").text
    assert "The log decided milder: Proceed." in workspace
    assert key.reasons[0] in workspace
    waiting = student.get(page).text
    assert "Card 017: Noor H., 34" in waiting, "the card by its name, not by its id"
    assert CARD not in waiting
    assert key.reasons[0] not in waiting

    services.save_review(session, ines, review.id, full_draft(session, review, 4), now=NOW)
    services.complete_review(session, ines, review.id, Result.APPROVED, now=NOW)
    session.commit()
    assert key.reasons[0] in student.get(page).text


def test_who_tries_again_finds_the_answer_alone(
    session: Session,
    key: ClientKey,
    browse: Callable[..., Browser],
    send: Callable[..., Submission],
    amara: Actor,
    ines: Actor,
) -> None:
    submission = sent_for(session, send(amara), client_card=CARD, decision="refuse")
    review = services.claim_review(session, ines, submission.id, now=NOW)
    draft = full_draft(session, review, 2, note="Read the card once more.")
    services.save_review(session, ines, review.id, draft, now=NOW)
    services.complete_review(session, ines, review.id, Result.RESUBMIT, now=NOW)
    session.commit()
    assert key.reasons[0] not in browse(amara).get(f"/learn/practice/{submission.entry_id}").text
