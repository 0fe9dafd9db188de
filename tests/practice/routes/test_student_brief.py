"""The fictional client on the page of a draft: chosen from the bank, shown without its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.content import services as content
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.content.content_set import ContentSet
from app.domain.content.loader import load
from app.domain.content.schema_clients import ClientBank
from app.practice import services
from app.practice.models import PracticeEntry
from tests.conftest import NOW, Browser
from tests.factories.content import JOURNEY
from tests.factories.content import ROOT as TOP


@pytest.fixture(scope="module")
def clients() -> ClientBank:
    found = load(TOP / "courses", TOP / "quizzes", complete=False).content.clients
    assert found is not None
    return found


@pytest.fixture
def student(session: Session, make_user: Callable[..., Actor], clients: ClientBank) -> Actor:
    """Somebody at an academy with the journey's exercise and the real clients."""
    files = load(JOURNEY / "courses", JOURNEY / "quizzes", complete=False).content
    both = ContentSet(exercises=files.exercises, rubric=files.rubric, clients=clients)
    content.sync_content(session, both, actor=SYSTEM, now=NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def browser(student: Actor, browse: Callable[..., Browser]) -> Browser:
    browser = browse(student)
    browser.get("/account/")
    return browser


@pytest.fixture
def entry(session: Session, student: Actor) -> PracticeEntry:
    entry = services.start_entry(session, student, "e08", now=NOW)
    session.commit()
    return entry


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def choice(client_id: str) -> dict[str, str]:
    return {"consultation!": "1", "consultation.client_card": client_id, "revision": "0"}


def test_a_client_is_chosen_and_shown_without_its_key(
    session: Session, browser: Browser, entry: PracticeEntry, clients: ClientBank
) -> None:
    address = f"/learn/practice/{entry.id}/edit"
    before = soup(browser.get(address))
    offered = [option["value"] for option in before.select('select[name="consultation.client_card"] option')]
    assert offered[0] == ""
    assert set(offered[1:]) == {client.id for client in clients.clients if not client.worked_in}
    assert before.find(class_="brief") is None

    assert browser.post(address, data=choice("helga-m")).status_code == 303
    session.refresh(entry)
    assert entry.records["consultation"] == {"client_card": "helga-m"}
    session.commit()
    after = soup(browser.get(address))
    brief = after.find(class_="brief")
    assert brief is not None
    assert "Card 027: Helga M., 66" in brief.get_text()
    assert "The box in her bag says apixaban." in brief.get_text()
    assert brief.find("svg") is not None
    page = after.get_text(" ")
    for client in clients.clients:
        key = client.key
        hidden = (*key.reasons, *key.precautions, key.color, key.numbing, key.aftercare)
        assert not [text for text in hidden if text in page], client.id


def test_the_script_gets_the_card_when_the_choice_was_saved(browser: Browser, entry: PracticeEntry) -> None:
    address = f"/learn/practice/{entry.id}/edit"
    answer = browser.post(address, data=choice("thabo-m"), headers={"Accept": "application/json"})
    parts = answer.get_json()["html"]
    assert "Card 036: Thabo M., 42" in parts["brief"]
    assert "Card 036: Thabo M., 42" in parts["card-consultation"]
    assert "A phone call that he reports" not in answer.get_data(as_text=True)
