"""A whole review by keyboard alone in real Chromium; the draft in two windows; pins that stay on their skin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect
from sqlalchemy import select

from app.domain.access.actor import Actor, Role
from app.practice.models import PracticeEntry, Submission
from app.reviews import queries, services
from app.reviews.models import Review
from app.reviews.services import DraftInput, PinInput
from tests.browser.conftest import LiveServer
from tests.factories.reviews import drawn_submission

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CRITERIA = 10
SAVED = [("Measure both peaks of {piece}, {student}.", "lip-mapping"), ("Slow the hand on {photo}.", "")]
LEVELS = ["3", "4", "2", "4", "3", "3", "4", "4", "3", "4"]

# What does not depend on the size of the window is tried in one size only.
on_a_laptop = pytest.mark.parametrize("desk", [(1280, 800)], ids=["laptop"], indirect=True)


@dataclass
class Desk:
    """An instructor at a browser, with pieces in the queue."""

    site: LiveServer
    page: Page
    instructor: Actor
    submission_id: UUID
    errors: list[str]

    def stored(self) -> tuple[Review, DraftInput]:
        """The review of the piece as it is in the database."""
        with self.site.runtime.db.reading() as session:
            review = session.scalars(select(Review).where(Review.submission_id == self.submission_id)).one()
            draft = services.stored_input(session, review)
            session.expunge_all()
            return review, draft

    def keys(self, *keys: str) -> None:
        """Press one key after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """What has the focus: its name, or what it is labeled with."""
        script = "e => [e.getAttribute('name'), e.getAttribute('aria-label'), e.textContent.trim()].find(Boolean)"
        return str(self.page.evaluate(f"({script})(document.activeElement)"))

    def tab_to(self, words: str, limit: int = 60) -> None:
        """Tab until the focus is on something with these words."""
        for _ in range(limit):
            self.keys("Tab")
            if words in self.focused():
                return
        raise AssertionError(f"Tab never reached {words!r}; it is at {self.focused()!r}")

    def is_saved(self) -> None:
        """Wait until the page says so."""
        expect(self.page.locator("[data-savestate]")).to_have_attribute("data-state", "saved")


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["laptop", "phone"])
def desk(request: pytest.FixtureRequest, live_server: LiveServer, browser: Browser) -> Iterator[Desk]:
    instructor = live_server.person(Role.INSTRUCTOR, name="Ines Calloway")
    student = live_server.person(name="Amara Osei")
    with live_server.runtime.transaction() as session:
        submission = drawn_submission(session, live_server.runtime.storage, student, now=live_server.runtime.now())
        submission_id = submission.id
        now = live_server.runtime.now()
        for text, step in SAVED:
            services.add_comment(session, instructor, text=text, step=step, now=now)
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", has_touch=width < 760
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: _note(errors, answer))
    live_server.sign_in(page, instructor)
    yield Desk(live_server, page, instructor, submission_id, errors)
    context.close()
    assert errors == [], live_server.site.log()


def _note(errors: list[str], answer: Response) -> None:
    if answer.status >= 500:
        errors.append(f"{answer.status} {answer.url}")


def open_piece(desk: Desk) -> None:
    desk.page.goto(f"{desk.site.base_url}/teach/reviews")
    desk.keys("j", "Enter")
    desk.page.wait_for_url(re.compile("/teach/reviews/[0-9a-f-]{36}$"))
    expect(desk.page.locator("form.is-live")).to_be_visible()


def test_a_whole_review_by_keyboard_alone(desk: Desk) -> None:
    open_piece(desk)
    for level in LEVELS:
        desk.keys(level)
    expect(desk.page.locator("[data-rated]")).to_have_text(str(CRITERIA))
    _pin_the_map(desk)
    _pin_a_gap(desk)
    desk.keys("n")
    assert desk.focused() == "note"
    desk.page.keyboard.type("Approve? No: a good hand, but jkapr 1234 the map leans.")
    desk.keys("Escape")
    desk.is_saved()
    expect(desk.page.locator("[data-needs-count]")).to_have_text("1")
    expect(desk.page.locator("[data-needs-list]")).to_contain_text("Building Layers is below level 4")
    desk.keys("k", "k", "k", "k")
    assert desk.focused() == "level.building-layers"
    desk.keys("4")
    expect(desk.page.locator("[data-reached-words]")).to_contain_text("The rules reach: approve.")
    _decide(desk)
    review, draft = desk.stored()
    assert (review.state, review.outcome, len(draft.ratings)) == ("decided", "approved", CRITERIA)
    assert (draft.ratings["lip-mapping"], draft.ratings["building-layers"]) == (2, 4)
    assert draft.note == "Approve? No: a good hand, but jkapr 1234 the map leans."
    mapped, gap = draft.pins
    assert (mapped.criterion, mapped.defect) == ("lip-mapping", "ASY")
    assert mapped.note == "Measure both peaks of piece 1, Amara.\nThe left peak is higher."
    assert (gap.criterion, gap.defect, gap.shape, gap.w) == ("pigment-application", "GAP", "oval", 0.1725)
    assert gap.note == "Slow the hand on Final front."
    assert mapped.photo_id != gap.photo_id
    assert (mapped.x, mapped.y) == (0.44, 0.45)
    with desk.site.runtime.db.reading() as session:
        query = select(Submission.state, PracticeEntry.state).join(
            PracticeEntry, PracticeEntry.id == Submission.entry_id
        )
        assert tuple(session.execute(query).one()) == ("approved", "approved")


def _pin_the_map(desk: Desk) -> None:
    desk.keys("[")
    expect(desk.page.locator("[data-photo-name]")).to_have_text("Map with ruler")
    desk.keys("p")
    assert desk.focused().startswith("Pin 1, ")
    desk.keys("Shift+ArrowLeft", "ArrowLeft", "ArrowLeft", "Shift+ArrowUp")
    desk.keys("Enter")
    desk.page.keyboard.type("ASY")
    desk.keys("Escape")
    assert desk.focused().startswith("Pin 1, ")
    desk.keys("q", "Enter", "Tab", "Tab")
    desk.page.keyboard.press("End")
    desk.page.keyboard.press("Control+End")
    desk.page.keyboard.type("\nThe left peak is higher.")
    desk.keys("Escape")
    assert desk.focused().startswith("Pin 1, Asymmetry over 1 mm, Lip Mapping.")


def _pin_a_gap(desk: Desk) -> None:
    """With a saved comment found by its words, and as an area that grows by a key."""
    desk.keys("]", "p", "Enter")
    desk.page.keyboard.type("GAP")
    desk.keys("Shift+Tab")
    assert desk.focused().endswith(".shape")
    desk.page.keyboard.type("Oval")
    desk.keys("Escape", "+", "/")
    expect(desk.page.locator("dialog[data-picker]")).to_be_visible()
    desk.page.keyboard.type("slow the")
    desk.keys("Enter", "Escape", "p", "u")
    expect(desk.page.locator("[data-pin]")).to_have_count(2)


def _decide(desk: Desk) -> None:
    desk.keys("a")
    box = desk.page.locator("dialog[open]")
    expect(box).to_contain_text("Approve Amara Osei, piece 1?")
    desk.keys("Space")
    assert desk.stored()[0].state == "open", "a space, as in a sentence, decides nothing"
    desk.keys("Escape")
    expect(box).to_have_count(0)
    desk.keys("a", "Enter")
    desk.page.wait_for_url(re.compile(r"/teach/reviews\?done=approved$"))
    expect(desk.page.locator("[data-undo]")).to_contain_text("Amara Osei, piece 1 is approved.")
    desk.tab_to("Take it back")
    desk.keys("Enter")
    desk.page.wait_for_url(re.compile("/teach/reviews/[0-9a-f-]{36}$"))
    expect(desk.page.locator("form.is-live")).to_be_visible()
    assert desk.stored()[0].state == "open"
    desk.keys("a", "Enter")
    desk.page.wait_for_url(re.compile(r"/teach/reviews\?done=approved$"))
    # Nobody does anything now: the worker lets the decision take effect, and the offer to take it back goes by itself.
    expect(desk.page.locator("[data-undo]")).to_have_count(0, timeout=20_000)
    while desk.stored()[0].state != "decided":
        desk.page.wait_for_timeout(200)


@on_a_laptop
def test_single_keys_can_be_turned_off_and_stay_off(desk: Desk) -> None:
    open_piece(desk)
    desk.keys("?")
    expect(desk.page.locator("dialog[open]")).to_contain_text("next, previous criterion")
    desk.keys("Escape")
    desk.page.evaluate("document.querySelector('[data-keys]').open = true")
    box = desk.page.locator("[data-single-keys]")
    box.focus()
    with desk.page.expect_response(re.compile("/teach/reviews/settings")):
        desk.keys("Space")
    expect(box).not_to_be_checked()
    desk.page.reload()
    expect(desk.page.locator("form.is-live")).to_be_visible()
    desk.keys("4", "p", "a", "q", "h", "/")
    expect(desk.page.locator("[data-rated]")).to_have_text("0")
    expect(desk.page.locator("[data-pin]")).to_have_count(0)
    expect(desk.page.locator("dialog[open]")).to_have_count(0)


@on_a_laptop
def test_two_browsers_never_overwrite_each_other(desk: Desk, browser: Browser) -> None:
    """The same person in two browsers: both drafts are kept and shown, and either can become the draft."""
    open_piece(desk)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    other = context.new_page()
    desk.site.sign_in(other, desk.instructor)
    other.goto(desk.page.url)
    expect(other.locator("form.is-live")).to_be_visible()
    desk.page.locator("#note").fill("From the first browser.")
    desk.is_saved()
    other.locator("#note").fill("From the second browser.")
    banner = other.locator("[data-conflict]")
    expect(banner).to_contain_text("version 1 is saved, and this page began with version 0")
    expect(banner).to_contain_text("kept as a version of its own")
    expect(other.locator("#note")).to_have_value("From the second browser.")
    assert desk.stored()[1].note == "From the first browser."
    other.locator("[data-decide][value=approved]").click()
    expect(banner).to_be_visible()
    with context.expect_page() as opened:
        banner.get_by_role("link", name="See both").click()
    both = opened.value
    expect(both.locator("table")).to_contain_text("From the first browser.")
    expect(both.locator("table")).to_contain_text("From the second browser.")
    both.get_by_role("button", name="Make this version the draft").click()
    expect(both.locator("#note")).to_have_value("From the second browser.")
    with desk.site.runtime.db.reading() as session:
        kept = [version.content["note"] for version in queries.versions_of(session, desk.stored()[0].id)]
    assert sorted(set(kept)) == ["From the first browser.", "From the second browser."]
    context.close()


@on_a_laptop
def test_a_lost_answer_does_not_make_a_draft_stale(desk: Desk) -> None:
    open_piece(desk)
    seen = []

    def lose_first(route, request):  # type: ignore[no-untyped-def]
        if request.method == "POST" and not seen:
            seen.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    desk.page.route(re.compile("/teach/reviews/[0-9a-f-]{36}$"), lose_first)
    desk.keys("3")
    desk.is_saved()
    expect(desk.page.locator("[data-conflict]")).to_be_hidden()
    assert seen == [200]
    review, draft = desk.stored()
    assert (review.revision, draft.ratings) == (1, {"consultation": 3})


def test_pins_stay_on_their_skin_when_zoomed_resized_and_reloaded(desk: Desk) -> None:
    page = desk.page
    with desk.site.runtime.transaction() as session:
        review = services.claim_review(session, desk.instructor, desk.submission_id, now=desk.site.runtime.now())
        photo = queries.workspace(session, *queries.own_review(session, desk.instructor.user_id, review.id)).photos[-1]
        pins = [PinInput(photo.id, x, y, "lip-mapping", "ASY") for x, y in ((0.2, 0.3), (0.61, 0.74), (0.5, 0.5))]
        services.save_review(session, desk.instructor, review.id, DraftInput(0, pins=pins), now=desk.site.runtime.now())
        url = f"{desk.site.base_url}/teach/reviews/{review.id}"
    wanted = [(pin.x, pin.y) for pin in pins]
    page.goto(url)
    expect(page.locator("form.is-live")).to_be_visible()
    _are_at(page, wanted)
    desk.keys("z", "+")
    assert page.locator(".shotfig.on .photo.is-zoomed").count() == 1
    _are_at(page, wanted)
    page.set_viewport_size({"width": 820, "height": 700})
    page.wait_for_function("document.querySelector('.shotfig.on img').complete")
    _are_at(page, wanted)
    desk.keys("z")
    spot = page.locator(".shotfig.on img").bounding_box()
    assert spot is not None
    page.mouse.click(spot["x"] + spot["width"] * 0.4, spot["y"] + spot["height"] * 0.6)
    page.locator("[data-pin-form].composer [data-pin-defect]").select_option("GAP")
    desk.is_saved()
    page.reload()
    expect(page.locator("form.is-live")).to_be_visible()
    _are_at(page, [*wanted, (0.4, 0.6)])


def test_pointer_and_fingers_zoom_move_and_pin(desk: Desk) -> None:
    open_piece(desk)
    page = desk.page
    photo = page.locator(".shotfig.on .photo")
    photo.scroll_into_view_if_needed()
    box = photo.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25
    if page.viewport_size == {"width": 390, "height": 844}:
        _pinch(page, x, y)
    else:
        page.mouse.move(x, y)
        page.mouse.wheel(0, 100)
        assert _zoom(page) == 1, "a plain wheel scrolls the page"
        photo.scroll_into_view_if_needed()
        page.mouse.wheel(0, -1000)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
    page.wait_for_function("document.querySelector('.shotfig.on .photo').matches('.is-zoomed')")
    zoom = _zoom(page)
    assert 1.3 < zoom < 4
    desk.keys("z", "z")
    assert _zoom(page) == 2.5
    box = photo.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.locator("[data-pin-form].composer [data-pin-defect]").select_option("GAP")
    desk.keys("Escape")
    _are_at(page, [(0.5, 0.5)])
    photo.scroll_into_view_if_needed()
    _drag(page, photo, 0.2 * box["width"])
    _are_at(page, [(0.5, 0.5)])
    _drag(page, page.locator(".shotfig.on .pin .drop"), -0.25 * box["width"])
    _are_at(page, [(0.4, 0.5)])
    expect(page.locator("[data-pin]")).to_have_count(1)
    desk.is_saved()


def _zoom(page: Page) -> float:
    script = "getComputedStyle(document.querySelector('.shotfig.on .photo')).getPropertyValue('--z')"
    return float(page.evaluate(script))


def _drag(page: Page, what: Locator, by: float) -> None:
    """Drag something sideways by that many pixels, from a fifth of its height on."""
    what.hover()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def _pinch(page: Page, x: float, y: float) -> None:
    """Two fingers that begin 60 px apart and end 150 px apart, around a spot."""
    session = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 50), ("touchMove", 75)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _are_at(page: Page, wanted: list[tuple[float, float]]) -> None:
    """The pins are where they should be, within 1 % of the picture."""
    found = _places(page)
    assert len(found) == len(wanted)
    for place, (x, y) in zip(found, wanted, strict=True):
        assert place == (pytest.approx(x, abs=0.01), pytest.approx(y, abs=0.01))


def _places(page: Page) -> list[tuple[float, float]]:
    """Where the tips of the pins are on the picture as it is drawn, in shares of it."""
    # With reduced motion every change still takes a hundredth of a millisecond, so it is drawn in the next frame.
    script = """async () => {
      await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
      const figure = document.querySelector('.shotfig.on');
      const picture = figure.querySelector('img').getBoundingClientRect();
      return [...figure.querySelectorAll('.pins > svg .drop')].map(drop => {
        const box = drop.getBoundingClientRect();
        const middle = (box.left + box.right) / 2;
        return [(middle - picture.left) / picture.width, (box.bottom - picture.top) / picture.height];
      });
    }"""
    return [(x, y) for x, y in page.evaluate(script)]


@on_a_laptop
def test_two_photos_move_in_step_and_the_ruler_measures(desk: Desk) -> None:
    open_piece(desk)
    page = desk.page
    desk.keys("c")
    expect(page.locator(".cmp-pane")).to_be_visible()
    desk.keys("z", "ArrowRight")
    script = """() => [...document.querySelectorAll('.shotfig.on .photo, .cmp-pane .photo')].map(box => {
      const look = getComputedStyle(box);
      const at = name => parseFloat(look.getPropertyValue(name));
      return [at('--z'), at('--px') / box.clientWidth, at('--py') / box.clientHeight];
    })"""
    one, other = page.evaluate(script)
    assert one[0] == 2.5
    assert other == pytest.approx(one, abs=0.01)
    desk.keys("z", "c", "g", "g")
    expect(page.locator("[data-ruler-words]")).to_have_text("40 % of the width")
    page.locator("[data-ruler-mm]").fill("20")
    expect(page.locator("[data-ruler-words]")).to_have_text("20 mm")
    page.locator(".ruler-end").first.focus()
    desk.keys("Shift+ArrowLeft")
    expect(page.locator("[data-ruler-words]")).to_have_text("21 mm")
    desk.keys("h")
    expect(page.locator("form.hides-pins")).to_be_attached()
