"""A question as the student sees it, its editor, its versions; publishing on the web through the form."""

from __future__ import annotations

import html
import re
from itertools import product

from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Kind
from app.domain.assessment.preview import State
from tests.conftest import Browser, QueryCount

ITEM = "/teach/items/lb-001"
OLD, NEW = "From the midline", "From the midline of the face"


def text(page, status: int = 200) -> str:  # type: ignore[no-untyped-def]
    assert page.status_code == status, page.get_data(as_text=True)[:2000]
    return html.unescape(page.get_data(as_text=True))


def source_of(page: str) -> str:
    found = re.search(r'<textarea id="source"[^>]*>\n(.*?)</textarea>', page, re.S)
    assert found is not None
    return found.group(1)


def form(author: Browser, old: str = OLD, new: str = NEW, **fields: str) -> dict[str, str]:
    source = source_of(text(author.get(f"{ITEM}/edit")))
    assert old in source
    return {"source": source.replace(old, new), "base": "1", "note": "The line of the face is meant.", **fields}


def live(session: Session) -> tuple[int, str]:
    session.expire_all()
    found = queries.current(session, Kind.ITEM, "lb-001")
    assert found is not None
    return found.version, found.payload["options"][1]["text"]


def test_every_type_is_shown_in_every_state(author: Browser) -> None:
    for key, state in product([f"lb-00{n}" for n in range(1, 9)], State):
        page = text(author.get(f"/teach/items/{key}?state={state}"))
        assert '<fieldset class="mt-4" disabled>' in page or state.is_released
        assert ("How it is scored" in page) is state.is_released


def test_the_page_says_what_the_question_is_and_who_draws_it(author: Browser, count_queries: QueryCount) -> None:
    count_queries.statements.clear()
    page = text(author.get(ITEM))
    assert len(count_queries) <= 10
    assert "Vermilion standard 3.4" in page
    assert "obj-map-check" in page
    assert 'href="/teach/quizzes/quiz-lip-blush-basics/blueprint"' in page
    assert "the system, release 1" in page
    assert author.get("/teach/items/lb-999").status_code == 404
    assert author.get(f"{ITEM}?version=9").status_code == 404


def test_check_shows_problems_with_their_line_and_saves_nothing(author: Browser, session: Session) -> None:
    sent = form(author, "lesson: map-to-last-look", "lesson: nowhere", state="released-right")
    page = text(author.post(f"{ITEM}/check", sent))
    assert 'data-line="9">Line 9</a>: There is no lesson with the id nowhere.' in page
    assert "lesson: nowhere" in source_of(page)
    assert "How it is scored" in page, "the preview is in the state that was asked for"
    assert live(session) == (1, OLD)
    assert "The check finds no problem." in text(author.post(f"{ITEM}/check", form(author)))


def test_a_text_that_cannot_be_read_keeps_the_text(author: Browser) -> None:
    page = text(author.post(f"{ITEM}/check", {"source": "id: [lb-001", "base": "1"}))
    assert "This is not valid YAML" in page
    assert source_of(page) == "id: [lb-001"
    assert "The preview comes back" in page


def test_publishing_makes_a_version_with_history_and_difference(author: Browser, session: Session) -> None:
    answer = author.post(f"{ITEM}/edit", form(author))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ITEM}?published=2")
    assert live(session) == (2, NEW)
    page = text(author.get(ITEM))
    assert "Only on the web" in page
    assert "Ines Vogel, release 2" in page
    assert "lb-001: The line of the face is meant." in page
    changes = text(author.get(f"{ITEM}/versions"))
    assert "Options, b, text" in changes
    assert "From the midline<ins> of the face</ins>" in changes
    assert "No field differs" in text(author.get(f"{ITEM}/versions?old=2&new=2"))
    assert author.get(f"{ITEM}/versions?old=1&new=7").status_code == 404
    assert "No longer live" in text(author.get(f"{ITEM}?version=1"))
    assert OLD in source_of(text(author.get(f"{ITEM}/edit?version=1")))


def test_line_ends_of_the_browser_are_no_change(author: Browser, session: Session) -> None:
    sent = form(author, OLD, OLD)
    page = text(author.post(f"{ITEM}/edit", {**sent, "source": sent["source"].replace("\n", "\r\n")}), 422)
    assert "Nothing was changed" in page
    assert live(session) == (1, OLD)


def test_a_note_is_asked_for_and_the_text_is_kept(author: Browser, session: Session) -> None:
    page = text(author.post(f"{ITEM}/edit", form(author, note="")), 422)
    assert "Say in a few words what you changed and why." in page
    assert NEW in source_of(page)
    assert live(session) == (1, OLD)


def test_errors_are_not_published(author: Browser, session: Session) -> None:
    page = text(author.post(f"{ITEM}/edit", form(author, "id: b, text", "id: b, words")), 422)
    assert "options[2].words is not a key of this block" in page
    assert text(author.post(f"{ITEM}/edit", {"source": "", "base": ""}), 422)
    assert live(session) == (1, OLD)


def test_who_was_overtaken_sees_both_texts_and_can_decide(author: Browser, session: Session) -> None:
    mine = form(author, OLD, "From the nose")
    author.post(f"{ITEM}/edit", form(author))
    page = text(author.post(f"{ITEM}/edit", mine), 409)
    assert "Somebody published version 2 while you edited" in page
    assert "From the nose" in source_of(page)
    assert NEW in page[page.index('class="plainsource') : page.index("</pre>")]
    assert "<del>midline of the face</del><ins>nose</ins>" in page
    assert live(session) == (2, NEW)
    base = re.search(r'name="base" value="(\d+)"', page)
    assert base is not None
    assert author.post(f"{ITEM}/edit", {**mine, "base": base.group(1)}).status_code == 303
    assert live(session) == (3, "From the nose")


def test_the_answer_of_a_check_is_no_place_for_script(author: Browser) -> None:
    sent = form(author, "From where is each point", "<script>alert(1)</script> From where is each point")
    page = author.post(f"{ITEM}/check", sent).get_data(as_text=True)
    assert "<script>alert" not in page
