"""The pages of the written, composed and drawn item types: plain fields, refusals that lose nothing, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy.orm import Session

from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor
from app.domain.assessment.items.base import Item
from app.quizzes import queries, services
from tests.conftest import NOW, Browser
from tests.factories import items as factory
from tests.factories.quizzes import exam, page_fields

Browse = Callable[..., Browser]
KINDS = ["short_text", "cloze", "picture_choice", "color_match", "case", "essay"]


@pytest.fixture
def browser(browse: Browse, student: Actor) -> Browser:
    browser = browse(student)
    browser.get("/account/")
    return browser


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def start(session: Session, publish: Callable[..., None], student: Actor, *kinds: str, **facts: Any) -> Any:
    """Publish the items and start an attempt; returns it with its items by type and their places."""
    made = [getattr(factory, kind)() for kind in kinds]
    draws = [{"bank": "bank", "type": kind, "count": 1} for kind in kinds]
    publish(made, exam("new", draws=draws, **facts))
    attempt = services.start_attempt(session, student, "new", now=NOW)
    session.commit()
    found: dict[str, tuple[int, Item[Any]]] = {}
    for row in queries.items_of(session, attempt.id):
        item = queries.pinned_item(session, row.item_version_id)
        found[item.type] = (row.position, item)
    return attempt, found


def sent_by(page: BeautifulSoup) -> dict[str, list[str]]:
    """What a browser would send of the fields of the answer as they stand."""
    sent: dict[str, list[str]] = {}
    for control in page.select("[data-fields] :is(input, select, textarea)"):
        name, value = str(control.get("name") or ""), str(control.get("value") or "")
        if control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        elif control.name == "textarea":
            value = control.get_text().removeprefix("\n")
        elif control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        if name and value:
            sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_goes_through_the_form_and_comes_back(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser, kind: str
) -> None:
    attempt, found = start(session, publish, student, kind)
    place, item = found[kind]
    address = f"/learn/attempts/{attempt.id}/{place}"
    empty = soup(browser.get(address))
    assert sent_by(empty) == {}
    names = {str(control["name"]) for control in empty.select("[data-fields] [name]")}
    for answer in (right_answer(item), wrong_answer(item)):
        fields = page_fields(item, answer)
        fields = {name: values for name, values in fields.items() if not name.endswith("-order")}
        assert set(fields) <= names, "every field that is needed is on the page"
        assert browser.post(address, fields).status_code == 303
        assert sent_by(soup(browser.get(address))) == fields
    for control in empty.select("[data-fields] :is(input, select, textarea)"):
        labeled = control.get("aria-label") or control.find_parent("label")
        labeled = labeled or empty.select_one(f'label[for="{control.get("id")}"]')
        assert labeled, f"{control.get('name')} has a label"
    assert len({c["id"] for c in empty.select("[id]")}) == len(empty.select("[id]")), "no id twice"


@pytest.mark.parametrize(
    ("kind", "field", "value", "sentence"),
    [
        ("short_text", "text", "x" * 201, "too long"),
        ("color_match", "C", "strong", "Write a number"),
        ("essay", "text", "word " * 4_001, "too long"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_lost(
    session: Session,
    student: Actor,
    publish: Callable[..., None],
    browser: Browser,
    kind: str,
    field: str,
    value: str,
    sentence: str,
) -> None:
    attempt, found = start(session, publish, student, kind)
    place, _item = found[kind]
    refused = browser.post(f"/learn/attempts/{attempt.id}/{place}", {field: value})
    assert refused.status_code == 422
    page = soup(refused)
    assert sentence in words(page.select_one(".errsum"))
    assert page.select_one(f'.errsum a[href="#{field}"]') and page.select_one(f"#{field}")
    assert sent_by(page)[field] == [value]


def test_a_gap_that_cannot_be_read_is_named(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, "cloze")
    place, item = found["cloze"]
    gap = item.public_view(1)["gaps"][1]["prefix"] + "value"
    page = soup(browser.post(f"/learn/attempts/{attempt.id}/{place}", {gap: "deep"}))
    assert "Gap 2: Write a number, for example 6.75." in words(page.select_one("[data-fields] .err"))
    assert page.select_one(f"#{gap}")["aria-invalid"] == "true"  # type: ignore[index]


def test_a_result_explains_each_part(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, *KINDS[:5])
    for place, item in found.values():
        services.save_response(session, student, attempt.id, place, wrong_answer(item), now=NOW)
    services.submit_attempt(session, student, attempt.id, now=NOW)
    session.commit()
    page = soup(browser.get(f"/learn/attempts/{attempt.id}/result"))
    shown = {kind: words(page.select_one(f"#q{place}")) for kind, (place, _item) in found.items()}
    assert "Cupid's bow Correct" in shown["short_text"]
    assert "How it is scored: Exact. All or nothing" in shown["short_text"]
    assert "(1) light You wrote: heavy About heavy." in shown["cloze"]
    assert "0 of 0.5" in shown["cloze"] and "How it is scored: Shares." in shown["cloze"]
    assert "A bar at place 1 Correct About drawing 1." in shown["picture_choice"]
    assert "L 48 C 41 h 27 (your color differs by " in shown["color_match"]
    assert "Question 2 of 3 in this case" in shown["case"] and "225 mg" in shown["case"]
    assert "The card of Ada T." in shown["case"]
    assert len(page.select(".swatch")) == 2


def test_a_right_answer_says_so(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, *KINDS[:5])
    for place, item in found.values():
        services.save_response(session, student, attempt.id, place, right_answer(item), now=NOW)
    grade = services.submit_attempt(session, student, attempt.id, now=NOW)
    session.commit()
    assert grade is not None and grade.percent == 100
    assert "You passed: New" in words(soup(browser.get(f"/learn/attempts/{attempt.id}/result")).select_one("h1"))


def test_an_essay_is_handed_in_and_waits(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, "essay", "short_text")
    place, item = found["essay"]
    services.save_response(session, student, attempt.id, place, right_answer(item), now=NOW)
    session.commit()
    assert "An instructor marks the texts that you write" in words(soup(browser.get("/learn/quizzes/new")).main)
    handed = browser.post(f"/learn/attempts/{attempt.id}/submit", follow_redirects=True)
    page = words(soup(handed).main)
    assert "Waits for marking" in page and "Your attempt is handed in" in page
    assert "%" not in page.replace("100 %", "")
    assert "Waits for marking" in words(soup(browser.get("/learn/quizzes/new")).main)
    assert "Waits for marking" in words(soup(browser.get("/learn/quizzes")).main)


def test_certainty_is_asked_kept_and_shown(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, "short_text", certainty=True)
    place, item = found["short_text"]
    address = f"/learn/attempts/{attempt.id}/{place}"
    assert "How sure are you?" in words(soup(browser.get(address)).select_one("#ask"))
    browser.post(address, {**wrong_answer(item), "certainty": "3"})
    chosen = soup(browser.get(address)).select_one('input[name="certainty"][checked]')
    assert chosen is not None and chosen["value"] == "3"
    page = soup(browser.post(f"/learn/attempts/{attempt.id}/submit", follow_redirects=True))
    assert "You were: sure. Certainty points: -6. Sure and not right" in words(page.select_one(f"#q{place}"))
    assert "Certainty points -6" in words(page.select_one("aside"))


def test_a_quiz_that_does_not_ask_shows_no_certainty(
    session: Session, student: Actor, publish: Callable[..., None], browser: Browser
) -> None:
    attempt, found = start(session, publish, student, "short_text")
    page = soup(browser.get(f"/learn/attempts/{attempt.id}/{found['short_text'][0]}"))
    assert page.select('[name="certainty"]') == []
