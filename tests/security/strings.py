"""Every text field of every form, as each role, with texts that programs trip over: no 5xx, nothing unescaped.

The forms are those of the pages that the route map gives, so a new page cannot escape. `test_matrix.py` brings these
tests in: they need its world. Each form gets a few texts of each kind by turns, in the slow test more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from tests.attacks.strings import GROUPS, MARK, STRINGS
from tests.conftest import Browser
from tests.security.world import World

Browse = Callable[..., Browser]
ROLES = ("student", "instructor", "studio", "admin", "")
TEXT = {"text", "search", "email", "url", "tel", "password", "number", "date", "time", "month", "datetime-local"}
# They end the session that the walk needs, or the account, or close the site to everybody.
KEPT_OUT = ("sign-out", "/sign-outs", "/erase", "/erasure", "/disable", "/maintenance", "/end-sessions", "/sessions")


@dataclass(frozen=True)
class Form:
    """A form as a page has it: where it goes, what it sends unasked, and where somebody may type."""

    action: str
    method: str
    kept: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]


def forms_of(page: str, url: str) -> Iterator[Form]:
    """The forms of a page that take text."""
    for form in BeautifulSoup(page, "html.parser").find_all("form"):
        action = str(form.get("action") or url)
        if action.startswith("/") and not any(part in action for part in KEPT_OUT):
            kept, typed = _fields(form)
            if typed:
                yield Form(action, str(form.get("method", "get")).lower(), tuple(kept), tuple(dict.fromkeys(typed)))


def _fields(form: Tag) -> tuple[list[tuple[str, str]], list[str]]:
    kept, typed = [], []
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = str(field.get("name") or ""), str(field.get("type", "text")).lower()
        if not name or name == "csrf_token" or kind in ("file", "submit", "button", "image"):
            continue
        if field.name == "textarea" or (field.name == "input" and kind in TEXT):
            typed.append(name)
        elif field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            kept.append((name, str(chosen.get("value", chosen.text)) if chosen else ""))
        elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
            kept.append((name, str(field.get("value", ""))))
    return kept, typed


def forms_for(app: Flask, world: World, browser: Browser) -> list[Form]:
    """All forms that one person meets, each action once."""
    from tests.security.test_matrix import visits

    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for visit in visits(app, world, frozenset({"GET"})):
        answer = browser.get(visit.url)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            for form in forms_of(answer.text, visit.url):
                found.setdefault((form.action.partition("?")[0], form.typed), form)
        answer.close()
    return list(found.values())


def send(browser: Browser, form: Form, texts: list[str]) -> str:
    """Send a form with these texts in turn; say what is wrong with the answer, or nothing."""
    data = dict(form.kept) | {name: texts[at % len(texts)] for at, name in enumerate(form.typed)}
    is_search = form.method == "get"
    answer = browser.get(form.action, query_string=data) if is_search else browser.post(form.action, data)
    body = answer.get_data()
    answer.close()
    if answer.status_code >= 500:
        return f"{form.method} {form.action} -> {answer.status_code} with {texts}"
    if answer.mimetype == "text/html" and f"<{MARK}".encode() in body:
        return f"{form.method} {form.action} shows {texts} unescaped"
    return ""


def turns(at: int, how_many: int) -> Iterator[list[str]]:
    """Texts of two kinds for each sending; other kinds and texts with each form."""
    groups = list(GROUPS.values())
    for step in range(how_many):
        one, two = groups[(at + step) % len(groups)], GROUPS["markup"]
        yield [one[(at * 7 + step) % len(one)], two[(at + step * 5) % len(two)]]


def faults_of(app: Flask, world: World, browse: Browse, each: Callable[[int], Iterator[list[str]]]) -> list[str]:
    """Send every form of every role, then look at every page again for what was stored."""
    from tests.security.test_matrix import visits

    wrong, sent = [], 0
    for role in ROLES:
        browser = browse(world.people[role]) if role else browse()
        for at, form in enumerate(forms_for(app, world, browser)):
            for texts in each(at):
                wrong.append(send(browser, form, texts))
                sent += 1
    for role in ROLES:
        browser = browse(world.people[role]) if role else browse()
        for visit in visits(app, world, frozenset({"GET"})):
            answer = browser.get(visit.url)
            if answer.mimetype == "text/html" and f"<{MARK}" in answer.text:
                wrong.append(f"{role} {visit.url} shows what was stored unescaped")
            elif answer.status_code >= 500:
                wrong.append(f"{role} {visit.url} -> {answer.status_code} after the texts")
            answer.close()
    assert sent > 150, "the walk finds the forms"
    return [each for each in wrong if each]


def test_texts_that_programs_trip_over_are_text(app: Flask, world: World, browse: Browse) -> None:
    assert len(STRINGS) > 350
    wrong = faults_of(app, world, browse, lambda at: turns(at, 1))
    assert wrong == [], "\n".join(wrong)


@pytest.mark.slow
def test_many_texts_in_all_fields(app: Flask, world: World, browse: Browse) -> None:
    """All of the list, spread over the forms so that each gets texts of every kind."""
    wrong = faults_of(app, world, browse, lambda at: turns(at, 2 * len(GROUPS)))
    assert wrong == [], "\n".join(wrong)
