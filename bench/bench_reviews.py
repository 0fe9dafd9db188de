"""An instructor's day: the queue with ten thousand pieces in it, and a piece in the workspace."""

from __future__ import annotations

from statistics import median

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.flow import Flow
from bench.measure import Step
from bench.seed import World
from tests.support import chromium

PIECES = 7
"""How many pieces are decided in a row, and so how often the next one is waited for."""
# Written down by the page itself: since the decision was sent (the navigation began), until keys score and the photo
# stands. The redirect, the decision, the claim of the next piece and its page are all in it.
WATCH = """(() => {
  const look = () => {
    const photo = document.querySelector('form.is-live .shotfig.on img');
    if (photo?.complete && photo.naturalWidth) document.documentElement.dataset.readyAfter = performance.now();
    else requestAnimationFrame(look);
  };
  look();
})()"""


def _queue(world: World, count: int) -> list[Step]:
    visitor = world.teach()
    return [lambda: visitor.get("/teach/reviews")] * count


def _workspace(world: World, count: int) -> list[Step]:
    visitor = world.teach()
    claimed = visitor.post(f"/teach/reviews/{world.waiting[0]}/claim", {})
    path = claimed.headers["Location"]
    return [lambda: visitor.get(path)] * count


FLOWS = (
    Flow("queue", "Review queue, 10,000 waiting", 60, _queue),
    Flow("workspace", "Open a piece in the workspace", 60, _workspace),
)


def figures(world: World) -> dict[str, float]:
    """Milliseconds in Chromium from a decision until the next piece can be scored, the median of a few in a row."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=chromium.ARGUMENTS)
        try:
            return {"next_piece_ms": median(_next_pieces(_desk(browser, world)))}
        finally:
            browser.close()


def _desk(browser: Browser, world: World) -> Page:
    """The instructor's browser in the workspace of the first piece."""
    visitor = world.teach()
    name, _is, value = visitor.cookie.partition("=")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    origin = f"http://127.0.0.1:{world.port}"
    context.add_cookies([{"name": name, "value": value, "url": origin}])
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{origin}/teach/reviews")
    page.locator(".pagehead form button").click()
    page.locator("html[data-ready-after]").wait_for(state="attached")
    return page


def _next_pieces(page: Page) -> list[float]:
    """Score, decide, and read when the next piece was ready."""
    found = []
    for _piece in range(PIECES):
        for _row in range(page.locator("[data-row]").count()):
            page.keyboard.press("4")
        expect(page.locator("[data-reached-words]")).not_to_be_empty()
        expect(page.locator("[data-savestate]")).to_have_attribute("data-state", "saved")
        before = page.url
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, old=before: url != old)
        ready = page.locator("html[data-ready-after]")
        ready.wait_for(state="attached")
        found.append(float(ready.get_attribute("data-ready-after") or "inf"))
    return found
