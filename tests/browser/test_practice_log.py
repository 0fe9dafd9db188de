"""The log on a phone: two taps when nothing changed, eight at most otherwise, and every page around it looked at."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.domain.access.actor import Actor
from app.domain.practice.kit import KitKind
from app.practice import queries, services
from app.practice.models import PracticeEntry
from app.practice.services import KitFacts
from tests.browser.conftest import LiveServer
from tests.browser.walker import Inspector
from tests.factories.practice import complete_piece, decide, ready_photo, submitted_piece
from tests.support import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}


class Thumb:
    """Taps, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, target: Locator) -> None:
        """One tap."""
        target.scroll_into_view_if_needed()
        target.tap()
        self.taps += 1


@pytest.fixture
def amara(live_server: LiveServer) -> Actor:
    """A student with an approved piece, a piece in review, a kit, and hours."""
    actor = live_server.person(name="Amara Osei")
    runtime = live_server.runtime
    with runtime.transaction() as session:
        first = submitted_piece(session, actor, now=runtime.now(), storage=runtime.storage)
        decide(session, first, "approved", now=runtime.now())
        submitted_piece(session, actor, now=runtime.now(), storage=runtime.storage)
        rose = KitFacts(KitKind.PIGMENT, "Tea rose", "77491", "77", f"{runtime.now().year + 1}-01")
        services.add_to_kit(session, actor, rose, now=runtime.now())
    return actor


def phone_of(browser: Browser) -> Page:
    return browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce").new_page()  # type: ignore[arg-type]


def photographed(live_server: LiveServer, page: Page) -> None:
    """The photos arrive, as if they had been taken meanwhile; the page is told."""
    entry_id = UUID(page.url.rsplit("/", 2)[1])
    runtime = live_server.runtime
    with runtime.transaction() as session:
        entry = session.get_one(PracticeEntry, entry_id)
        exercise = queries.exercise_at(session, entry.exercise_version_id)
        for slot in exercise.slots:
            if slot.required:
                ready_photo(session, entry, slot.id, now=runtime.now(), storage=runtime.storage)
    page.reload()


def test_a_piece_in_which_nothing_changed_takes_two_taps_and_its_photos(
    live_server: LiveServer, browser: Browser, amara: Actor
) -> None:
    page = phone_of(browser)
    live_server.sign_in(page, amara)
    page.goto(f"{live_server.base_url}/learn/practice")
    thumb = Thumb(page)
    thumb.tap(page.get_by_role("button", name="Same as piece 2"))
    page.wait_for_url("**/edit")
    photographed(live_server, page)
    thumb.tap(page.get_by_role("button", name="Send for review"))
    expect(page.get_by_text("Piece 3 is in the review queue.").first).to_be_visible()
    assert thumb.taps == 2


def test_a_piece_with_another_pigment_needle_and_pass_takes_at_most_eight(
    live_server: LiveServer, browser: Browser, amara: Actor
) -> None:
    page = phone_of(browser)
    live_server.sign_in(page, amara)
    page.goto(f"{live_server.base_url}/learn/practice")
    thumb = Thumb(page)
    thumb.tap(page.get_by_role("button", name="Same as piece 2"))
    page.wait_for_url("**/edit")
    photographed(live_server, page)
    card = page.locator("details#pigment-application")
    thumb.tap(card.locator("summary"))
    thumb.tap(card.get_by_label("Tea rose; C.I. 77491; lot 77"))
    thumb.tap(card.get_by_label("3RL 0.30"))
    layers = page.locator("details#building-layers")
    thumb.tap(layers.locator("summary"))
    thumb.tap(layers.get_by_role("button", name="More: Passes"))
    thumb.tap(page.get_by_role("button", name="Send for review"))
    expect(page.get_by_text("Piece 3 is in the review queue.").first).to_be_visible()
    assert thumb.taps == 7
    with live_server.runtime.db.reading() as session:
        newest = queries.newest_entry(session, amara.user_id)
        assert newest is not None
        made = newest.records["pigment-application"]
        assert (made["needle"], newest.records["building-layers"]["passes"]) == ("3rl-030", "4")
        assert made["pigments"][0].startswith("Tea rose; C.I. 77491; lot 77; expires ")


def test_every_page_around_the_log_is_sound(
    live_server: LiveServer, browser: Browser, amara: Actor, tmp_path: Path
) -> None:
    runtime, inspector = live_server.runtime, Inspector(axe.ensure(), tmp_path)
    with runtime.transaction() as session:
        draft = complete_piece(session, amara, now=runtime.now(), storage=runtime.storage).id
        claim = services.SessionClaim(runtime.now().date(), 120, "Studio Nord", "A full lip on 3D skin.")
        _link, token = services.ask_signoff(session, amara, claim, now=runtime.now())
        services.start_timer(session, amara, draft, now=runtime.now())
    page = phone_of(browser)
    live_server.sign_in(page, amara)
    learn = f"{live_server.base_url}/learn"
    for name in ("practice", "practice/new", f"practice/{draft}/edit", "kit", "hours", "hours/sign-off",
                 "practice/export", "practice/compare", "practice/progress"):  # fmt: skip
        page.goto(f"{learn}/{name}")
        inspector.look(page, f"log-{name.split('/')[-1]}")
    page.goto(f"{learn}/hours")
    page.get_by_role("link", name="Correct").first.click()
    inspector.look(page, "log-correct")
    page.goto(f"{learn}/kit")
    page.get_by_label("Name").fill("Old rose")
    page.get_by_label("Lot").fill("1")
    page.get_by_label("Expires").fill("2020-01")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("This pigment expired on 2020-01-31.").first).to_be_visible()
    inspector.look(page, "log-kit-refused")
    guest = phone_of(browser)
    guest.goto(f"{live_server.base_url}/sign-off/{token}")
    inspector.look(guest, "log-guest")
    guest.get_by_label("Your full name").fill("Marc Delorme")
    guest.get_by_label("Your role").fill("Studio owner")
    guest.get_by_label("I was present").check()
    guest.get_by_role("button", name="Sign").click()
    expect(guest.get_by_role("heading", name="Signed. Thank you.")).to_be_visible()
    inspector.look(guest, "log-signed")
    assert not inspector.faults, "\n".join(inspector.faults)
