"""A card from its first tap to the figures of a photo: made, printed, measured, found by the worker, told."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from functools import cache
from uuid import UUID, uuid4

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.color import card as geometry
from app.domain.color.convert import hex_from_lab
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries
from app.practice.models import ColorCard, PhotoCard
from tests.conftest import NOW, Browser
from tests.factories.content import publish_journey
from tests.factories.practice import attach_bytes, draft_piece, ready_photo
from tests.infra.photo_corpus import cornered, encoded
from tests.support.card_photos import AREAS, CODE, MARKS, Photo, Shot, printed, take

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]
JSON = {"Accept": "application/json"}


@cache
def shot() -> tuple[Photo, bytes]:
    photo = take(Shot(size=(1512, 1134), tilt=15, kelvin=4500, gradient=(0.15, 0.1)))
    data = io.BytesIO()
    photo.image.save(data, "JPEG", quality=92)
    return photo, data.getvalue()


def measured_text() -> str:
    return "\n".join(f"{patch}\t{lab.L:.2f}\t{lab.a:.2f}\t{lab.b:.2f}" for patch, lab in printed(1).items())


def area(name: str) -> dict[str, str]:
    """The middle of a painted area, as the form asks for it."""
    photo, _data = shot()
    left, top, right, bottom = AREAS[name][1]
    x, y = photo.fraction(((left + right) / 2, (top + bottom) / 2))
    return {"x": f"{x * 100 - 3:.2f}", "y": f"{y * 100 - 2:.2f}", "w": "6", "h": "4"}


def line() -> dict[str, str]:
    (x1, y1), (x2, y2) = (shot()[0].fraction(mark) for mark in MARKS)
    return {"x1": f"{x1 * 100:.3f}", "y1": f"{y1 * 100:.3f}", "x2": f"{x2 * 100:.3f}", "y2": f"{y2 * 100:.3f}"}


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def browser(session: Session, student: Actor, browse: Browse) -> Browser:
    session.commit()
    browser = browse(student)
    browser.get("/account/")
    return browser


@pytest.fixture
def card(session: Session, student: Actor) -> ColorCard:
    """The card of the computed photos."""
    card = ColorCard(user_id=student.user_id, code=CODE, created_at=NOW)
    session.add(card)
    session.commit()
    return card


@pytest.fixture
def photo_id(session: Session, runtime: Runtime, student: Actor) -> UUID:
    """A photo with the card that went through the worker."""
    entry = draft_piece(session, student, now=NOW)
    photo = attach_bytes(session, runtime.storage, student, entry.id, "f8", shot()[1], now=NOW)
    session.commit()
    work_off(runtime)
    return photo.id


def words(response: object) -> str:
    return " ".join(BeautifulSoup(response.get_data(as_text=True), "html.parser").main.get_text(" ").split())  # type: ignore[attr-defined,union-attr]


def test_the_first_visit_offers_a_card_and_one_tap_makes_it(browser: Browser, session: Session, student: Actor) -> None:
    assert "Make my card" in words(browser.get("/learn/practice/card"))
    made = browser.post("/learn/practice/card", {})
    assert made.status_code == 303
    card = session.scalars(select(ColorCard)).one()
    assert made.headers["Location"].endswith(f"/learn/practice/card/{card.id}")
    assert card.user_id == student.user_id
    page = words(browser.get("/learn/practice/card"))
    assert f"Card {card.code}" in page
    assert "nobody measured it" in page


def test_a_card_prints_in_its_true_size_on_both_papers(browser: Browser, card: ColorCard) -> None:
    for paper, size in (("a4", (595, 842)), ("letter", (612, 792))):
        answer = browser.get(f"/learn/practice/card/{card.id}/card.pdf?paper={paper}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        page = pypdfium2.PdfDocument(answer.data)[0]
        assert (round(page.get_width()), round(page.get_height())) == size
    drawing = browser.get(f"/learn/practice/card/{card.id}/card.svg")
    assert drawing.mimetype == "image/svg+xml"
    assert b"<script" not in drawing.data
    assert b"style=" not in drawing.data


def test_another_persons_card_is_not_there(
    card: ColorCard, make_user: MakeUser, browse: Browse, session: Session
) -> None:
    other = browse(make_user(Role.STUDENT, name="Ben"))
    session.commit()
    other.get("/account/")
    for path in ("", "/card.svg", "/card.pdf"):
        assert other.get(f"/learn/practice/card/{card.id}{path}").status_code == 404
    assert other.post(f"/learn/practice/card/{card.id}", {"text": "N1 95 0 0"}).status_code == 404
    assert other.get(f"/learn/practice/card/{uuid4()}").status_code == 404


def test_what_cannot_be_used_stays_in_the_form_with_its_line(
    browser: Browser, card: ColorCard, session: Session
) -> None:
    typed = {"check_line": "80", "white": "D65", "device": "i1", "text": "N1 95 0 0\nZ9 1 2 3\nN2 x 0 0\nN1 90 0 0"}
    answer = browser.post(f"/learn/practice/card/{card.id}", typed)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 422
    text = words(answer)
    for part in ("Line 2 “Z9 1 2 3”", "Line 3 “N2 x 0 0”", "Line 4 “N1”: This patch is there twice", "40 to 60"):
        assert part in text
    assert page.select_one("textarea").get_text().strip() == typed["text"]  # type: ignore[union-attr]
    assert page.select_one("#c-check_line")["value"] == "80"  # type: ignore[index]
    session.refresh(card)
    assert (card.measured, card.check_line) == ({}, None)


def test_a_print_that_nobody_measured_gives_lengths_and_evenness_but_no_color(
    browser: Browser, card: ColorCard, photo_id: UUID
) -> None:
    answer = browser.get(f"/learn/practice/color/{photo_id}", query_string={**area("lip"), **line()}, headers=JSON)
    told = answer.get_json()
    assert told["card"] == "found"
    assert told["mm"] == pytest.approx(math.dist(*MARKS), rel=0.004)
    assert told["area"]["evenness"] < 1.5
    assert {"lab", "to_target", "error"}.isdisjoint(told["area"])
    page = words(browser.get(f"/learn/practice/color/{photo_id}", query_string=area("lip")))
    assert "the patches of this print were not measured" in page


def test_measured_patches_give_color_figures_to_earlier_photos_too(
    browser: Browser, card: ColorCard, photo_id: UUID
) -> None:
    saved = browser.post(
        f"/learn/practice/card/{card.id}",
        {"check_line": "49,5", "white": "D65", "device": "i1", "text": measured_text()},
    )
    assert saved.status_code == 303
    lab = AREAS["lip"][0]
    asked = {**area("lip"), **line(), "target": hex_from_lab(lab)}
    told = browser.get(f"/learn/practice/color/{photo_id}", query_string=asked, headers=JSON).get_json()
    assert told["area"]["to_target"] < 2
    assert told["area"]["error"] < 2
    assert told["mm"] == pytest.approx(math.dist(*MARKS) * 49.5 / 50, rel=0.004)
    skin = {**area("skin"), "subject": "skin"}
    told = browser.get(f"/learn/practice/color/{photo_id}", query_string=skin, headers=JSON).get_json()
    assert told["area"]["ita"] == pytest.approx(39, abs=3)
    assert "to_target" not in told["area"]
    page = words(browser.get(f"/learn/practice/color/{photo_id}", query_string=skin))
    assert "Skin tone (ITA)" in page
    assert "intermediate" in page


def test_what_is_asked_wrongly_is_said_and_kept(browser: Browser, card: ColorCard, photo_id: UUID) -> None:
    asked = {"x": "90", "y": "10", "w": "30", "h": "5", "target": "red"}
    answer = browser.get(f"/learn/practice/color/{photo_id}", query_string=asked)
    assert answer.status_code == 422
    assert "lie inside the photo" in words(answer)
    assert 'value="90"' in answer.get_data(as_text=True)


def test_a_photo_without_a_card_gives_no_figure_and_says_why(
    browser: Browser, runtime: Runtime, session: Session, student: Actor
) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = attach_bytes(session, runtime.storage, student, entry.id, "f8", encoded(cornered(), "JPEG"), now=NOW)
    session.commit()
    work_off(runtime)
    page = words(browser.get(f"/learn/practice/color/{photo.id}", query_string=area("lip")))
    assert "No color reference card was found" in page
    assert "dE00" not in page
    assert session.scalars(select(PhotoCard)).all() == []
    told = browser.get(f"/learn/practice/color/{photo.id}", query_string=line(), headers=JSON).get_json()
    assert told == {"card": "none", "area": None, "mm": None}


def test_another_persons_photo_is_not_there(
    photo_id: UUID, make_user: MakeUser, browse: Browse, session: Session
) -> None:
    other = browse(make_user(Role.STUDENT, name="Ben"))
    session.commit()
    other.get("/account/")
    assert other.get(f"/learn/practice/color/{photo_id}").status_code == 404


def test_nobody_needs_more_cards_than_are_kept(browser: Browser, session: Session, student: Actor) -> None:
    codes = [f"{a}{b}222" for a in "ABCDE" for b in "FGHJ"]
    assert len(codes) == queries.MOST_CARDS
    session.add_all(ColorCard(user_id=student.user_id, code=code, created_at=NOW) for code in codes)
    session.commit()
    answer = browser.post("/learn/practice/card", {})
    assert answer.status_code == 409
    assert "the most that are kept" in answer.get_data(as_text=True)


def test_reviewers_measure_photos_that_were_sent_and_no_others(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime, student: Actor
) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = ready_photo(session, entry, "f8", now=NOW, storage=runtime.storage)
    instructor = make_user(Role.INSTRUCTOR, name="Jun")
    session.commit()
    reviewer = browse(instructor)
    assert reviewer.get(f"/teach/color/{photo.id}").status_code == 404


def test_every_patch_has_a_printed_name(browser: Browser, card: ColorCard) -> None:
    answer = browser.get(f"/learn/practice/card/{card.id}/card.pdf")
    text = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    for letter in {patch.id[0] for patch in geometry.PATCHES}:
        assert letter in text.split()
    assert "This line is 50 mm long" in text
