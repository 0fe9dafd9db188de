"""Texts that want to run a script, in a real browser: none runs after the sanitizer, and the policy alone stops them.

The browser is shown pages of many texts, and every handler and link on them that a hand could set off is set off.
"""

from __future__ import annotations

from playwright.sync_api import Browser, Route

from app.infra import markdown
from app.web.headers import CSP
from tests.attacks.payloads import PAYLOADS

SITE = "https://academy.test"
COUNTING = "window.ran = 0; window.alert = () => { window.ran += 1; };"
SETTING_OFF = """() => new Promise((done) => {
    addEventListener("submit", (event) => event.preventDefault());
    for (const each of document.querySelectorAll("[data-text] *")) {
        for (const name of each.getAttributeNames().filter((name) => name.startsWith("on"))) {
            each.dispatchEvent(new Event(name.slice(2)));
        }
        if (each.click && each.href && !String(each.href).startsWith("http")) each.click();
    }
    requestAnimationFrame(() => requestAnimationFrame(() => done(window.ran)));
})"""
# After these nothing on the page is markup any more, or the page is another one.
SWALLOWING = (
    *("<!--", "<![", "<?", "<title", "<textarea", "<style", "<xmp", "<script src", "<template", "<noscript", "<select"),
    *("<iframe", "<frameset", "<base", "<meta", "<plaintext", "<object", "<embed", "<portal", "<form", "<math"),
    *("<keygen", "mailto", "\x00"),
)
RAW = [text for text in PAYLOADS if not any(part in text.lower() for part in SWALLOWING)][::9]


def ran(browser: Browser, texts: list[str], policy: str | None) -> int:
    """How many scripts ran on a page of these texts."""
    parts = "".join(f"<div>{text}</div>\n" for text in texts)
    body = f"<!doctype html><title>x</title><main data-text>{parts}</main>"
    headers = {"Content-Type": "text/html; charset=utf-8", **({"Content-Security-Policy": policy} if policy else {})}

    def answer(route: Route) -> None:
        if route.request.url == f"{SITE}/":
            route.fulfill(body=body, headers=headers)
        else:
            route.fulfill(status=404, body="")

    context = browser.new_context()
    context.add_init_script(COUNTING)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{SITE}/")
    count = int(page.evaluate(SETTING_OFF))
    context.close()
    return count


def test_nothing_runs_in_a_browser_and_the_policy_alone_would_stop_it(browser: Browser) -> None:
    assert len(RAW) > 200
    assert ran(browser, RAW, None) > 100, "without sanitizer and policy they do run"
    assert ran(browser, RAW, CSP) == 0
    clean = [render(text) for text in PAYLOADS[::9] for render in (markdown.render_user_text, markdown.render_prompt)]
    assert ran(browser, clean, None) == 0
