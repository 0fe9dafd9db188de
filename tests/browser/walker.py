"""A person in a real Chromium: finds things by their words, and looks at every page with the eyes of axe-core."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, expect

NARROW = 320
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
QUIET = "document.documentElement.style.setProperty('scroll-behavior', 'auto')"


SETTLE = "Promise.allSettled(document.getAnimations().map(a => a.effect.getTiming().iterations < 9 ? a.finished : 0))"

# Two frames: the page has been laid out in its new size.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDER = """limit => [...document.querySelectorAll("body *")]
  .filter(element => element.getBoundingClientRect().right > limit + 0.5 && !element.closest(".vh"))
  .map(element => element.outerHTML.slice(0, 120)).slice(0, 5)"""


@dataclass
class Inspector:
    """Collects what is wrong on the pages of a journey; every kind of page is looked at once per size."""

    axe: Path
    folder: Path
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """Run axe in light and dark, look for sideways scrolling at 320 px, keep a picture."""
        if name in self.seen:
            return
        self.seen.add(name)
        size = page.viewport_size
        assert size is not None
        page.screenshot(path=self.folder / f"{name}-{size['width']}.png", full_page=True)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            # Colors that still fade from the other scheme are not the colors of the page.
            page.evaluate(SETTLE)
            self._axe(page, f"{name}, {scheme}, {size['width']} px")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": NARROW, "height": size["height"]})
        page.evaluate(DRAWN)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > NARROW:
            self.faults.append(f"{name}: {wide} px wide at {NARROW} px: {page.evaluate(WIDER, NARROW)}")
        page.set_viewport_size(size)

    def _axe(self, page: Page, where: str) -> None:
        # The policy forbids inline script, so axe comes in through the browser's own tools.
        page.evaluate(self.axe.read_text())
        found = page.evaluate("rules => axe.run(document, rules)", RULES)
        for violation in found["violations"]:
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            self.faults.append(f"{where}: {violation['id']}: {violation['help']}: {nodes}")


@dataclass
class Walker:
    """One person with a browser window of their own."""

    context: BrowserContext
    page: Page
    url: str
    inspector: Inspector
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def enter(cls, browser: Browser, url: str, inspector: Inspector, size: tuple[int, int], **options: Any) -> Walker:
        """Open a window of a size (width, height)."""
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", locale="en-US", **options
        )
        context.set_default_timeout(15_000)
        walker = cls(context, context.new_page(), url, inspector)
        walker.page.on("console", walker._hear)
        walker.page.on("dialog", walker._be_asked)
        walker.page.on("pageerror", lambda error: walker.complaints.append(f"script error: {error}"))
        return walker

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium reports every answer of 400 and above; those are what some steps expect.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _be_asked(self, dialog: Dialog) -> None:
        """A browser dialog ("Leave site?") on the way is a fault: everything was saved."""
        self.complaints.append(f"{self.page.url}: the browser asked {dialog.type!r}")
        dialog.accept()

    def go(self, path: str, look: str = "") -> None:
        """Open an address, as a link in a mail or a bookmark would."""
        self.page.goto(path if path.startswith("http") else self.url + path)
        if look:
            self.inspector.look(self.page, look)

    def look(self, name: str) -> None:
        """Inspect the page as it is now."""
        self.inspector.look(self.page, name)

    def press(self, words: str | re.Pattern[str], *, role: str = "button", nth: int = 0) -> None:
        """Press a button (or follow a link) by its words."""
        self.page.get_by_role(role, name=words).nth(nth).click()  # type: ignore[arg-type]

    def follow(self, words: str | re.Pattern[str], nth: int = 0) -> None:
        """Follow a link by its words."""
        self.press(words, role="link", nth=nth)

    def write(self, label: str | re.Pattern[str], text: str) -> None:
        """Fill a field by its label."""
        self.page.get_by_label(label).first.fill(text)

    def sees(self, words: str | re.Pattern[str], *, timeout: float = 10_000) -> None:
        """Wait until the page's main part shows some words."""
        expect(self.page.locator("main").first).to_contain_text(words, timeout=timeout)

    def arrives(self, pattern: str) -> None:
        """Wait until the address matches."""
        self.page.wait_for_url(re.compile(pattern))

    def reload_until(self, words: str | re.Pattern[str], *, seconds: int = 30) -> None:
        """Reload a page until it shows some words: background work takes a moment."""
        for _ in range(seconds * 2):
            text = self.page.locator("main").first.inner_text()
            if words.search(text) if isinstance(words, re.Pattern) else words in text:
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        raise AssertionError(f"{self.page.url} never showed {words!r}; it shows:\n{text[:1500]}")

    def fill_by_name(self, raw: Mapping[str, list[str]]) -> None:
        """Fill a form by the names of its fields: choices are ticked, texts are typed; closed cards are opened."""
        closed = self.page.locator("main details:not([open]) > summary")
        while closed.count():
            closed.first.press("Enter")
        for name, values in raw.items():
            for value in values:
                choice = self.page.locator(f'input[name="{name}"][value="{value}"]')
                if choice.count():
                    self.tick(choice.first)
                else:
                    self.page.locator(f'[name="{name}"]').first.fill(value)

    def tick(self, choice: Locator) -> None:
        """Choose a radio button or box by the keyboard, as anybody can, wherever the page has scrolled to."""
        if not choice.is_checked():
            choice.focus()
            self.page.keyboard.press("Space")
        expect(choice).to_be_checked()

    def leave(self) -> None:
        """Close the window; whatever the browser complained about is a fault."""
        self.context.close()
        assert self.complaints == []
