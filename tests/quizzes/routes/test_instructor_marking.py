"""The pages of those who mark: the queue, one essay, two markers at once, and who was sure and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.quizzes.models import Mark, Marking
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.quizzes import essay_item, exam, simple_item, take_quiz

Browse = Callable[..., Browser]
WRITTEN = exam("written", draws=[{"bank": "bank", "type": "essay", "count": 1}])
FULL = {"level-reason": "2", "level-clear": "1"}


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


@pytest.fixture
def marker(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Marker")


@pytest.fixture
def browser(browse: Browse, marker: Actor) -> Browser:
    browser = browse(marker)
    browser.get("/account/")
    return browser


@pytest.fixture
def essay(session: Session, student: Actor, publish: Callable[..., None]) -> str:
    """The address of one essay that waits."""
    publish([essay_item(1)], WRITTEN)
    take_quiz(session, student, "written", now=NOW)
    session.commit()
    return f"/teach/marking/{session.scalars(select(Marking.id)).one()}"


def test_the_queue_names_the_task_and_not_the_person(browser: Browser, essay: str, student: Actor) -> None:
    page = soup(browser.get("/teach/marking"))
    assert "Say why in essay bank-001." in words(page.main)
    assert page.select_one(f'tbody a[href="{essay}"]')
    for address in ("/teach/marking", essay):
        assert student.name not in browser.get(address).get_data(as_text=True)


def test_a_mark_is_given_and_the_essay_leaves_the_queue(session: Session, browser: Browser, essay: str) -> None:
    page = soup(browser.get(essay))
    assert "10 words; 5 to 40 were asked" in words(page.main)
    assert "Because the barrier keeps everything off the handle of it." in words(page.main)
    saved = browser.post(essay, {**FULL, "revision": "0", "comment": "Well said."})
    assert (saved.status_code, saved.location) == (303, "/teach/marking")
    assert "Nothing to mark" in words(soup(browser.get("/teach/marking")).main)
    assert "Say why" in words(soup(browser.get("/teach/marking?show=marked")).main)
    assert [m.points for m in session.scalars(select(Mark))] == [{"reason": 2, "clear": 1}]
    again = words(soup(browser.get(essay)).main)
    assert "Change the mark" in again and "Ines Marker" in again and "3 of 3 points" in again


def test_a_criterion_without_a_level_is_asked_for_and_nothing_is_lost(browser: Browser, essay: str) -> None:
    refused = browser.post(essay, {"level-reason": "1", "revision": "0", "comment": "Keep these words."})
    assert refused.status_code == 422
    page = soup(refused)
    assert "Choose a level for: Clear words." in words(page.select_one(".errsum"))
    assert page.select_one('.errsum a[href="#f-clear"]') and page.select_one("#f-clear")
    assert "Keep these words." in words(page.select_one("#f-comment"))
    assert page.select_one('input[name="level-reason"][value="1"][checked]')


def test_who_comes_second_sees_both_marks(
    session: Session, browse: Browse, make_user: Callable[..., Actor], browser: Browser, essay: str
) -> None:
    other = browse(make_user(Role.INSTRUCTOR, name="Otto Second"))
    other.get("/account/")
    browser.post(essay, {**FULL, "revision": "0", "comment": "First words."})
    late = other.post(essay, {"level-reason": "0", "level-clear": "1", "revision": "0", "comment": "Second words."})
    assert late.status_code == 409
    page = soup(late)
    assert "First words." in words(page.main) and "3 of 3 points" in words(page.main)
    assert "Second words." in words(page.select_one("#f-comment"))
    assert page.select_one('input[name="level-reason"][value="0"][checked]')
    assert page.select_one('input[name="revision"][value="1"]')
    assert len(session.scalars(select(Mark)).all()) == 1
    fields = {"level-reason": "0", "level-clear": "1", "revision": "1", "comment": "Second words."}
    assert other.post(essay, fields).status_code == 422, "a change says why"
    assert other.post(essay, {**fields, "reason": "It names no reason."}).status_code == 303
    session.expire_all()
    assert [m.marker_name for m in session.scalars(select(Mark).order_by(Mark.revision))] == [
        "Ines Marker",
        "Otto Second",
    ]


@pytest.mark.parametrize("form", [{}, {"revision": "x"}, {"revision": "0", "level-reason": "\u0662"}])
def test_forms_that_no_page_sends_are_refused(
    session: Session, browser: Browser, essay: str, form: dict[str, str]
) -> None:
    assert browser.post(essay, form).status_code in (409, 422)
    assert session.scalars(select(Mark)).all() == []


def test_one_s_own_essay_is_not_there(
    session: Session, browse: Browse, make_user: Callable[..., Actor], publish: Callable[..., None]
) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR, name="Two Roles")
    publish([essay_item(1)], WRITTEN)
    take_quiz(session, both, "written", now=NOW)
    session.commit()
    own = browse(both)
    own.get("/account/")
    assert own.get(f"/teach/marking/{session.scalars(select(Marking.id)).one()}").status_code == 404
    assert "Nothing to mark" in words(soup(own.get("/teach/marking")).main)


def test_the_lists_ask_the_same_whatever_their_length(
    session: Session,
    browser: Browser,
    student: Actor,
    make_user: Callable[..., Actor],
    publish: Callable[..., None],
    count_queries: QueryCount,
) -> None:
    sure = exam("sure", certainty=True, draws=[{"bank": "bank", "type": "single_choice", "count": 1}])
    publish([essay_item(1), simple_item(2, safety=True)], WRITTEN, sure)
    counted: dict[str, list[int]] = {"/teach/marking": [], "/teach/safety-risks": []}
    for people in (1, 4):
        for _ in range(people):
            someone = make_user(Role.STUDENT)
            take_quiz(session, someone, "written", now=NOW)
            take_quiz(session, someone, "sure", now=NOW, wrong=[1], sure=3)
        session.commit()
        for address, counts in counted.items():
            browser.get(address)
            count_queries.statements.clear()
            assert browser.get(address).status_code == 200
            counts.append(len(count_queries))
    assert all(first == second for first, second in counted.values()), counted


def test_the_list_of_risks_names_person_question_and_lesson(
    session: Session, browser: Browser, student: Actor, publish: Callable[..., None]
) -> None:
    assert "Nobody was sure and wrong" in words(soup(browser.get("/teach/safety-risks")).main)
    sure = exam("sure", certainty=True, draws=[{"bank": "bank", "count": 1}])
    publish([simple_item(2, safety=True)], sure)
    take_quiz(session, student, "sure", now=NOW, wrong=[1], sure=3)
    session.commit()
    row = words(soup(browser.get("/teach/safety-risks")).select_one("tbody tr"))
    assert student.name in row and "What is asked in bank-002?" in row and "Sure" in row


def test_a_student_has_neither_page(browse: Browse, student: Actor, essay: str) -> None:
    other = browse(student)
    for address in ("/teach/marking", "/teach/safety-risks", essay):
        assert other.get(address).status_code == 404
