"""The written, drawn and composed item types in a real browser: saved as they are filled, on a phone, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from app.config import settings_from
from app.domain.access.actor import Actor, Role
from app.domain.color.convert import LCh, hex_from_lab, rgb_from_hex
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.factory import make_runtime
from app.quizzes import queries
from tests.browser.answers import answer_item
from tests.browser.conftest import LiveServer
from tests.factories import items as factory
from tests.factories.content import publish_journey
from tests.factories.quizzes import exam
from tests.support import axe
from tests.support.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = ["short_text", "cloze", "picture_choice", "color_match", "case", "essay"]
ITEMS = [getattr(factory, kind)("types") for kind in KINDS]
SPEC = exam("types", certainty=True, draws=[{"bank": "types", "type": kind, "count": 1} for kind in KINDS])
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One site for all, with a quiz of one item of each new type."""
    site = Site(tmp_path_factory.mktemp("types") / "instance")
    site.start()
    runtime = make_runtime(settings_from(site.settings))
    with runtime.transaction() as session:
        items = [item_adapter.validate_python(item) for item in ITEMS]
        publish_journey(session, runtime.now(), items=items, quizzes=[Quiz.model_validate(SPEC)])
    yield LiveServer(site, runtime)
    runtime.db.dispose()
    site.stop()


@pytest.fixture
def page(browser: Browser, server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert errors == []


def start(server: LiveServer, page: Page, name: str) -> tuple[Actor, str]:
    """Sign a new student in and start the quiz; returns the person and the address without the place."""
    actor = server.person(name=name)
    server.sign_in(page, actor)
    page.goto(f"{server.base_url}/learn/quizzes/types")
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.wait_for_url("**/1")
    return actor, page.url.removesuffix("1")


def stored(server: LiveServer, actor: Actor, base: str, place: int) -> tuple[object, int | None]:
    with server.runtime.db.reading() as session:
        attempt = UUID(base.rstrip("/").rsplit("/", 1)[1])
        _sitting, entry = queries.entry(session, actor.user_id, attempt, place)
        return entry.response, entry.certainty


def saved(page: Page) -> None:
    expect(page.locator("[data-saved-words]")).to_have_text("You can change it until you hand in.")


def test_each_type_is_answered_marked_and_told(server: LiveServer, page: Page, browser: Browser) -> None:
    """The student's way with script, the instructor's mark, and the result; no page scrolls sideways."""
    _actor, _base = start(server, page, "Types Student")
    for place in range(1, len(KINDS) + 1):
        answer_item(page, ITEMS)
        if KINDS[place - 1] != "essay":  # nobody is asked how sure they are of a text
            page.get_by_label("Fairly sure").check(force=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        page.locator(".bottombar .btn--primary").click()
        page.wait_for_url("**/review" if place == len(KINDS) else f"**/{place + 1}")
    page.get_by_role("button", name=re.compile("Hand in")).first.click()
    expect(page.locator("h1")).to_have_text("Your attempt is handed in")
    marker_context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    marker = marker_context.new_page()
    server.sign_in(marker, server.person(Role.INSTRUCTOR, name="Types Marker"))
    marker.goto(f"{server.base_url}/teach/marking")
    marker.get_by_role("link", name=re.compile("Say why")).click()
    marker.locator("label.opt", has_text="Names it and says why").click()
    marker.locator("label.opt", has_text=re.compile("1 Clear")).click()
    marker.get_by_role("button", name="Save the mark").click()
    marker.wait_for_url("**/teach/marking")
    marker_context.close()
    page.reload()
    expect(page.locator("h1")).to_have_text("You passed: Types")
    expect(page.locator(".card--hero")).to_contain_text("100%")


def test_typing_is_saved_with_how_sure_one_is(server: LiveServer, page: Page) -> None:
    actor, base = start(server, page, "Typing Student")
    page.locator("#text").press_sequentially("Cupids bow", delay=5)
    saved(page)
    page.get_by_label("Sure", exact=True).check(force=True)
    expect(page.locator("[data-savestate]")).to_contain_text("Saved")
    page.reload()
    expect(page.locator("#text")).to_have_value("Cupids bow")
    assert stored(server, actor, base, 1) == ({"text": "Cupids bow"}, 3)
    page.goto(f"{base}6")
    page.locator("textarea").press_sequentially("One two  three", delay=5)
    expect(page.locator("[data-words-line]")).to_have_text("3 words; 5 to 40 are asked.")
    saved(page)


def test_a_slider_moves_its_number_and_the_color(server: LiveServer, page: Page) -> None:
    actor, base = start(server, page, "Color Student")
    page.goto(f"{base}4")
    for axis, value in {"L": "48", "C": "41"}.items():
        page.locator(f'[data-axis="{axis}"]').fill(value)
    expect(page.locator("[data-swatch]")).to_be_hidden()
    slider = page.locator('[data-slider="h"]')
    slider.focus()
    for _ in range(27):
        slider.press("ArrowRight")
    # A slider stands in its middle until there is a number: 180, and on from there.
    expect(page.locator('[data-axis="h"]')).to_have_value("207")
    page.locator('[data-axis="h"]').fill("27")
    expect(slider).to_have_value("27")
    expect(page.locator("[data-swatch]")).to_be_visible()
    shown = page.locator("[data-swatch] .sw-c").evaluate("e => getComputedStyle(e).backgroundColor")
    red, green, blue = rgb_from_hex(hex_from_lab(LCh(48, 41, 27).to_lab()))
    assert shown == f"rgb({red}, {green}, {blue})", "the page computes what the house computes"
    saved(page)
    assert stored(server, actor, base, 4)[0] == {"L": "48", "C": "41", "h": "27"}


def test_a_number_that_cannot_be_read_is_said_and_kept(server: LiveServer, page: Page) -> None:
    _actor, base = start(server, page, "Wrong Student")
    page.goto(f"{base}2")
    page.locator(".gap-n").fill("deep")
    expect(page.locator("[data-refused]")).to_contain_text("Write a number")
    expect(page.locator(".gap-n")).to_have_value("deep")


def test_a_case_is_put_in_order_by_its_arrows(server: LiveServer, page: Page) -> None:
    actor, base = start(server, page, "Case Student")
    page.goto(f"{base}5")
    page.locator("[data-entry]").first.get_by_role("button", name=re.compile("^Move down")).click()
    page.locator("[data-entry]").first.get_by_role("button", name=re.compile("^Move down")).click()
    saved(page)
    response = stored(server, actor, base, 5)[0]
    assert isinstance(response, dict) and None not in response["parts"]["p3"]["places"]


def test_no_page_has_a_finding_of_axe(server: LiveServer, page: Page) -> None:
    _actor, base = start(server, page, "Axe Student")
    for place in range(1, len(KINDS) + 1):
        page.goto(f"{base}{place}")
        page.evaluate(axe.ensure().read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], KINDS[place - 1]
