"""A reviewer measures a photo that was sent: figures as JSON and on a page that names nobody."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import services
from app.practice.models import ColorCard
from tests.conftest import NOW, Browser
from tests.factories.content import publish_journey
from tests.factories.practice import attach_bytes, complete_piece
from tests.practice.routes.test_student_card import area, line, measured_text, shot, words
from tests.support.card_photos import CODE

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]
JSON = {"Accept": "application/json"}


@pytest.fixture
def sent(session: Session, runtime: Runtime, make_user: MakeUser) -> UUID:
    """A photo with a measured card, in a piece that was sent."""
    publish_journey(session, NOW)
    student = make_user(Role.STUDENT, name="Amara Osei")
    card = ColorCard(user_id=student.user_id, code=CODE, created_at=NOW)
    session.add(card)
    session.flush()
    services.save_card(session, student, card.id, services.CardInput("50", "D65", "i1", measured_text()), now=NOW)
    entry = complete_piece(session, student, now=NOW)
    photo = attach_bytes(session, runtime.storage, student, entry.id, "f8", shot()[1], now=NOW)
    session.commit()
    work_off(runtime)
    session.expire_all()  # the worker has changed the photo
    services.submit_entry(session, student, entry.id, now=NOW)
    session.commit()
    return photo.id


@pytest.fixture
def reviewer(session: Session, make_user: MakeUser, browse: Browse) -> Browser:
    actor = make_user(Role.INSTRUCTOR, name="Jun Park")
    session.commit()
    return browse(actor)


def test_figures_of_an_area_and_a_length(reviewer: Browser, sent: UUID) -> None:
    told = reviewer.get(f"/teach/color/{sent}", query_string={**area("berry"), **line()}, headers=JSON).get_json()
    assert told["area"]["lab"] == pytest.approx([38, 36, 6], abs=2.5)
    assert told["mm"] == pytest.approx(134.9, abs=0.6)


def test_the_page_names_nobody(reviewer: Browser, sent: UUID) -> None:
    page = reviewer.get(f"/teach/color/{sent}", query_string=area("berry"))
    assert page.status_code == 200
    assert "Evenness" in words(page)
    assert "Amara" not in page.get_data(as_text=True)


def test_the_page_alone_measures_nothing_and_asks_no_worker(
    reviewer: Browser, sent: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.practice.services.color.area_in_worker", lambda *_: pytest.fail("asked"))
    assert "Measure" in words(reviewer.get(f"/teach/color/{sent}"))
