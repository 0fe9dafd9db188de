"""A quiz in a real browser: saved at once, on a bad line, by keyboard alone, without script, against the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import func, select

from app.config import settings_from
from app.demo.answers import right_answer
from app.domain.access.actor import Actor
from app.factory import make_runtime
from app.quizzes import queries, services
from app.quizzes.models import Attempt, Grade
from tests.browser.answers import answer_item, known_items
from tests.browser.conftest import LiveServer
from tests.factories import quizzes as factory
from tests.support.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUIZ = "quiz-lip-blush-basics"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One site for all: each test has a student of its own."""
    site = Site(tmp_path_factory.mktemp("quiz") / "instance")
    site.start()
    runtime = make_runtime(settings_from(site.settings))
    yield LiveServer(site, runtime)
    runtime.db.dispose()
    site.stop()


@pytest.fixture
def student(server: LiveServer, request: pytest.FixtureRequest) -> Actor:
    actor = server.person(name=request.node.name.replace("_", " "))
    with server.runtime.transaction() as session:
        factory.enroll_for(session, actor, QUIZ, now=server.runtime.now())
    return actor


class Seat:
    """A student in front of a running attempt."""

    def __init__(self, server: LiveServer, context: BrowserContext, actor: Actor) -> None:
        self.server, self.context, self.actor = server, context, actor
        self.context.set_default_timeout(15_000)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        server.sign_in(self.page, actor)
        self.page.goto(f"{server.base_url}/learn/quizzes/{QUIZ}")
        self.page.get_by_role("button", name=re.compile("^Start")).click()
        self.page.wait_for_url("**/1")
        self.base = self.page.url.removesuffix("1")
        self.id = UUID(self.base.rstrip("/").rsplit("/", 1)[1])

    def item(self, position: int) -> Page:
        """Open a place."""
        self.page.goto(f"{self.base}{position}")
        return self.page

    def stored(self, position: int) -> tuple[Any, int]:
        """What the server holds: the answer and the number of saves."""
        with self.server.runtime.db.reading() as session:
            _sitting, entry = queries.entry(session, self.actor.user_id, self.id, position)
            return entry.response, entry.revision

    def says(self, words: str) -> None:
        """The line below the answer tells that it is saved, on its way or not."""
        expect(self.page.locator("[data-savestate]")).to_contain_text(words)


@pytest.fixture
def seat(browser: Browser, server: LiveServer, student: Actor) -> Iterator[Seat]:
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    seat = Seat(server, context, student)
    yield seat
    context.close()
    assert seat.errors == []


def test_an_answer_is_saved_at_once_and_the_page_says_so(seat: Seat) -> None:
    page = seat.item(3)
    page.locator("label.opt", has_text="True").click()
    seat.says("Saved")
    assert seat.stored(3) == ({"chosen": "true"}, 1)
    page.locator("label.chip").click()
    expect(page.locator("[data-count]")).to_have_text("1 answered, 1 flagged.")
    expect(page.locator(".qnav li").nth(2)).to_have_class(re.compile("done.*flag"))
    page.locator("label.opt", has_text="False").click()
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url("**/4")
    assert seat.stored(3)[0] == {"chosen": "false"}


def test_offline_nothing_is_lost_and_next_goes_on_by_itself(seat: Seat) -> None:
    page = seat.item(3)
    seat.context.set_offline(True)
    page.locator("label.opt", has_text="True").click()
    seat.says("Offline. Kept on this device")
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_timeout(400)
    assert page.url.endswith("/3") and seat.stored(3) == (None, 0)
    seat.context.set_offline(False)
    page.wait_for_url("**/4", timeout=20_000)
    assert seat.stored(3)[0] == {"chosen": "true"}
    assert page.evaluate("localStorage.length") == 0


def test_a_tab_that_was_closed_offline_gives_its_answer_back(seat: Seat) -> None:
    page = seat.item(2)
    seat.context.set_offline(True)
    page.locator(".opt").nth(0).click()
    page.locator(".opt").nth(2).click()
    chosen = [str(box.get_attribute("value")) for box in page.locator("input[name=choice]:checked").all()]
    seat.says("Offline")
    page.close(run_before_unload=False)
    seat.context.set_offline(False)
    seat.page = seat.context.new_page()
    page = seat.item(2)
    expect(page.locator("input[name=choice]:checked")).to_have_count(2)
    assert [box.get_attribute("value") for box in page.locator("input[name=choice]:checked").all()] == chosen
    # The closing tab itself may have come online for a moment; then there is nothing left to send.
    while seat.stored(2)[0] is None:
        page.wait_for_timeout(100)
    assert len(seat.stored(2)[0]["chosen"]) == 2


def test_a_draft_never_beats_what_another_device_saved_later(seat: Seat) -> None:
    page = seat.item(3)
    seat.context.set_offline(True)
    page.locator("label.opt", has_text="True").click()
    seat.says("Offline")
    page.close(run_before_unload=False)
    with seat.server.runtime.transaction() as session:
        now = seat.server.runtime.now()
        services.save_response(session, seat.actor, seat.id, 3, {"choice": ["false"]}, now=now)
    # The last word of the closed tab may have come through before; what counts is that nothing comes after.
    kept = seat.stored(3)
    assert kept[0] == {"chosen": "false"}
    seat.context.set_offline(False)
    seat.page = seat.context.new_page()
    expect(seat.item(3).get_by_label("False")).to_be_checked()
    assert seat.stored(3) == kept


def test_a_request_that_hangs_neither_blocks_next_nor_wins(seat: Seat) -> None:
    page = seat.item(3)
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/3", hold_the_first)
    page.locator("label.opt", has_text="True").click()
    page.wait_for_timeout(300)
    page.locator("label.opt", has_text="False").click()
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url("**/4", timeout=5_000)
    assert seat.stored(3)[0] == {"chosen": "false"}
    late = held[0].request
    answer = seat.context.request.post(
        late.url, headers=late.all_headers(), data=late.post_data_buffer, fail_on_status_code=False
    )
    assert answer.status == 409 and answer.json()["code"] == "stale"
    assert seat.stored(3)[0] == {"chosen": "false"}


class Cut:
    """The line is cut once: before the next POST leaves the device, or after it arrived and before its answer."""

    def __init__(self, page: Page, *, arrives: bool) -> None:
        self.page, self.arrives, self.is_due = page, arrives, True
        page.route("**/learn/attempts/**", self._handle)

    def _handle(self, route: Route) -> None:
        if route.request.method != "POST" or not self.is_due:
            route.continue_()
            return
        self.is_due = False
        if self.arrives:
            route.fetch(max_redirects=0)
        route.abort("connectionreset")


def test_a_cut_at_each_step_loses_no_answer_that_was_said_to_be_saved(seat: Seat) -> None:
    items, shown = known_items(), {}
    for position in range(1, 8):
        page = seat.item(position)
        cut = Cut(page, arrives=position % 2 == 0)
        answer_item(page, items)
        seat.says("Saved")
        assert not cut.is_due
        shown[position] = seat.stored(position)[0]
        # The phone dies: no goodbye, a new page.
        page.close(run_before_unload=False)
        seat.page = seat.context.new_page()
    assert None not in shown.values()
    assert {position: seat.stored(position)[0] for position in shown} == shown
    page = seat.page
    for arrives in (False, True):
        page.goto(f"{seat.base}review")
        Cut(page, arrives=arrives)
        with suppress(PlaywrightError):
            page.get_by_role("button", name=re.compile("^Hand in")).click()
        page.close(run_before_unload=False)
        page = seat.context.new_page()
    seat.page = page
    page.goto(f"{seat.base}review")
    page.wait_for_url("**/result")
    expect(page.locator("main")).to_contain_text("100")
    with seat.server.runtime.db.reading() as session:
        assert session.scalar(select(func.count(Grade.id)).where(Grade.attempt_id == seat.id)) == 1


def test_two_tabs_the_later_choice_counts(seat: Seat) -> None:
    page = seat.item(3)
    other = seat.context.new_page()
    other.goto(page.url)
    page.locator("label.opt", has_text="True").click()
    seat.says("Saved")
    other.locator("label.opt", has_text="False").click()
    expect(other.locator("[data-savestate]")).to_contain_text("Saved")
    assert seat.stored(3) == ({"chosen": "false"}, 2)


def test_a_number_that_cannot_be_read_is_said_and_kept(seat: Seat) -> None:
    page = seat.item(6)
    field = page.get_by_label("Your answer")
    field.fill("much")
    expect(page.locator("[data-refused]")).to_contain_text("Write a number, for example 6.75.")
    assert field.get_attribute("aria-invalid") == "true" and seat.stored(6) == (None, 0)
    field.fill("225")
    seat.says("Saved")
    expect(page.locator("[data-refused]")).to_be_hidden()
    field.press("Enter")
    page.wait_for_url("**/7")
    assert seat.stored(6)[0] == {"text": "225"}


def test_ordering_by_keyboard_alone(seat: Seat) -> None:
    page = seat.item(4)
    lines = page.locator("[data-entry]")
    numbers = "lines => lines.map(line => line.querySelector('select').value)"
    words = "lines => lines.map(line => line.querySelector('[data-text]').textContent)"
    first, second = lines.evaluate_all(words)[:2]
    page.get_by_role("button", name=f"Move down: {first}").focus()
    page.keyboard.press("Enter")
    assert lines.evaluate_all(words)[:2] == [second, first]
    assert lines.evaluate_all(numbers) == ["1", "2", "3", "4"]
    expect(page.locator("[data-order-says]")).to_have_text(f"Place 2 of 4: {first}")
    assert page.evaluate("document.activeElement.textContent").strip() == f"Move down: {first}", "the focus stays"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert lines.evaluate_all(words)[3] == first
    page.get_by_label(f"Place of: {first}").select_option("1")
    assert lines.evaluate_all(words)[0] == first and lines.evaluate_all(numbers) == ["1", "2", "3", "4"]
    seat.says("Saved")
    order = lines.evaluate_all(words)
    page.reload()
    assert lines.evaluate_all(words) == order
    assert None not in seat.stored(4)[0]["places"]


def test_the_picture_by_pointer_list_and_arrow_keys(seat: Seat) -> None:
    page = seat.item(7)
    marker = page.locator(".hz input")
    page.locator(".hz").nth(1).click()
    expect(marker.nth(1)).to_be_checked()
    page.locator(".hotlist label").nth(2).click()
    expect(marker.nth(2)).to_be_checked()
    marker.nth(2).press("ArrowUp")
    expect(marker.nth(1)).to_be_checked()
    seat.says("Saved")
    assert seat.stored(7)[0] == {"chosen": "peak"}
    assert page.get_by_role("radio", name="B High on the upper border, left of the middle").is_checked()


def test_when_the_time_is_over_it_hands_itself_in(seat: Seat) -> None:
    page = seat.item(6)
    with seat.server.runtime.transaction() as session:
        attempt = session.get_one(Attempt, seat.id)
        attempt.deadline_at = seat.server.runtime.now() + timedelta(seconds=4)
    page.reload()
    expect(page.locator("[data-clock]")).to_have_text(re.compile("^00:0[0-4]$"))
    page.get_by_label("Your answer").fill("225")
    page.wait_for_url("**/result", timeout=20_000)
    assert seat.stored(6)[0] == {"text": "225"}, "what was typed in the last second is in"
    expect(page.locator("main h1")).to_contain_text("Not passed yet")


def test_everything_works_without_script(browser: Browser, server: LiveServer, student: Actor) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    seat = Seat(server, context, student)
    page = seat.page
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"^until \d\d:\d\d UTC$"))
    for position in range(1, 8):
        with server.runtime.db.reading() as session:
            _sitting, entry = queries.entry(session, student.user_id, seat.id, position)
        for name, values in factory.page_fields(entry.item, right_answer(entry.item)).items():
            for value in values:
                field = page.locator(f"[name='{name}']")
                if entry.item.type in ("ordering", "matching"):
                    field.select_option(value)
                elif entry.item.type == "numeric":
                    field.fill(value)
                else:
                    page.locator(f"[name='{name}'][value='{value}']").check(force=True)
        page.get_by_role("button", name="Finish" if position == 7 else "Next").last.click()
        page.wait_for_url(re.compile(r"/review$" if position == 7 else rf"/{position + 1}$"))
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result")
    expect(page.locator("main h1")).to_have_text("You passed: Lip Blush Basics quiz")
    expect(page.locator(".ring")).to_have_attribute("aria-label", "100% reached")
    context.close()
