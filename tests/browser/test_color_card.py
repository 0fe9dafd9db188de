"""The color card in real Chromium: measured by dragging and by typing, on a phone too, and axe finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.access.actor import Role
from app.infra.jobs.worker import work_off
from app.practice import services
from app.practice.models import ColorCard
from tests.browser.conftest import LiveServer
from tests.browser.walker import Inspector
from tests.factories.practice import attach_bytes, draft_piece
from tests.practice.routes.test_student_card import measured_text, shot
from tests.support import axe
from tests.support.card_photos import AREAS, CODE, MARKS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the photo between two points in fractions of it."""
    box = page.locator("[data-measure]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=6)
    page.mouse.up()


def test_a_student_prints_a_card_and_measures_a_photo(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    runtime, student = live_server.runtime, live_server.person(Role.STUDENT, name="Amara Osei")
    with runtime.transaction() as session:
        card = ColorCard(user_id=student.user_id, code=CODE, created_at=runtime.now())
        session.add(card)
        session.flush()
        typed = services.CardInput("50", "D65", "Spectrophotometer of the school", measured_text())
        services.save_card(session, student, card.id, typed, now=runtime.now())
        entry = draft_piece(session, student, now=runtime.now())
        photo = attach_bytes(session, runtime.storage, student, entry.id, "f8", shot()[1], now=runtime.now())
        photo_id = photo.id
    work_off(runtime)
    inspect = Inspector(axe.ensure(), tmp_path)
    truth = shot()[0]
    with browser.new_context(viewport={"width": 1280, "height": 1100}) as context:
        page = context.new_page()
        live_server.sign_in(page, student)
        page.goto(f"{live_server.base_url}/learn/practice")
        page.get_by_role("link", name="Color card").click()
        expect(page.get_by_role("heading", name=f"Card {CODE}")).to_be_visible()
        inspect.look(page, "color-card")
        page.goto(f"{live_server.base_url}/learn/practice/color/{photo_id}")
        left, top, right, bottom = AREAS["lip"][1]
        with page.expect_navigation():
            drag(page, truth.fraction((left + 8, top + 6)), truth.fraction((right - 8, bottom - 6)))
        expect(page.get_by_text("Evenness", exact=True).first).to_be_visible()
        with page.expect_navigation():
            page.get_by_role("button", name="Drag a length").click()
            drag(page, truth.fraction(MARKS[0]), truth.fraction(MARKS[1]))
        expect(page.get_by_role("status").filter(has_text="Length")).to_contain_text("13")
        inspect.look(page, "color-figures")
        page.set_viewport_size({"width": 390, "height": 844})
        inspect.look(page, "color-figures on a phone")
        page.goto(f"{live_server.base_url}/learn/practice/card")
        inspect.look(page, "color-card on a phone")
    assert inspect.faults == []
    with browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False) as context:
        page = context.new_page()
        live_server.sign_in(page, student)
        page.goto(f"{live_server.base_url}/learn/practice/color/{photo_id}")
        for name, value in zip(("Left", "Top", "Width", "Height"), ("40", "58", "6", "4"), strict=True):
            page.get_by_label(name, exact=False).first.fill(value)
        page.get_by_role("button", name="Measure").click()
        expect(page.get_by_role("heading", name="Figures")).to_be_visible()
