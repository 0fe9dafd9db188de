"""The student's training pages: plain forms do everything, nothing is told too early, nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy.orm import Session

from app.demo.answers import right_answer
from app.domain.access.actor import Actor, Role
from app.domain.content.schema_items import item_adapter
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.training import queries
from app.training.models import TrainingItem
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.content import publish_journey
from tests.factories.quizzes import enroll_for, exam, page_fields, simple_item, take_quiz
from tests.factories.training import rows_of

Browse = Callable[..., Browser]
Publish = Callable[..., None]
JOURNEY_QUIZ = "quiz-lip-blush-basics"


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def text(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def form_of(page: BeautifulSoup) -> dict[str, list[str]]:
    """What the browser would send of the last form of the page as it stands, without a button."""
    form = page.select("main form")[-1]
    sent: dict[str, list[str]] = {}
    for control in form.select("input, select, textarea"):
        name, value = str(control.get("name") or ""), str(control.get("value") or "")
        if control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        elif control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        if name:
            sent.setdefault(name, []).append(value)
    return sent


@pytest.fixture
def browser(browse: Browse, trained: Actor, clock: Clock) -> Browser:
    """The student, on the day after the quiz: two questions are due."""
    clock.tick(days=1)
    found = browse(trained)
    found.get("/account/")
    return found


def asked(browser: Browser, session: Session, actor: Actor) -> TrainingItem:
    """The row of the question that "Start" leads to."""
    moved = browser.get("/learn/training/next")
    assert moved.status_code == 303
    return next(row for row in rows_of(session, actor).values() if str(row.id) in moved.location)


def right_fields(session: Session, row: TrainingItem) -> dict[str, list[str]]:
    version_id = queries.sheet(session, row.user_id, row.id, NOW).version_id
    assert version_id is not None
    item = queries.asked(session, row, version_id, row.answers)
    return page_fields(item, right_answer(item))


# --- the overview ----------------------------------------------------------------------------------------------


def test_nothing_to_repeat_yet_says_how_it_begins(browse: Browse, student: Actor) -> None:
    page = soup(browse(student).get("/learn/training"))
    assert "Nothing to repeat yet" in text(page.main)
    assert page.select_one('main a.btn[href="/learn/quizzes"]')
    assert page.select_one("main form") is None


def test_the_overview_says_what_comes_when(browser: Browser, trained: Actor) -> None:
    page = soup(browser.get("/learn/training"))
    words = text(page.main)
    assert "2 questions for today" in words
    assert "Today 2 Tomorrow 0" in words
    marked = page.select("nav.nav [aria-current]")
    assert [text(link) for link in marked] == ["Training"]
    start = page.select_one("main a.btn--primary")
    assert start is not None and start["href"] == "/learn/training/next"


def test_the_first_page_has_a_card_as_soon_as_there_is_something(
    browse: Browse, student: Actor, check: str, take: Publish, clock: Clock
) -> None:
    browser = browse(student)
    assert "from what you missed or chose" not in text(soup(browser.get("/learn/")).main)
    take(student, check, wrong=[1, 2])
    assert "Nothing for today. 2 come tomorrow." in text(soup(browser.get("/learn/")).main)
    clock.tick(days=1)
    page = soup(browser.get("/learn/"))
    assert "2 questions for today, from what you missed or chose." in text(page.main)
    assert page.select_one('main a[href="/learn/training"]')


def test_the_wording_has_no_streak_and_no_blame(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    browser.post(f"/learn/training/{row.id}", {"revision": "0", "go": "show"})
    pages = ["/learn/training", f"/learn/training/{row.id}/result"]
    words = " ".join(text(soup(browser.get(page)).main) for page in pages).lower()
    for word in ("streak", "failed", "wrong", "overdue", "behind", "missed a day", "score:"):
        assert word not in words


def test_the_plan_is_kept_and_bad_numbers_are_said(browser: Browser, session: Session, trained: Actor) -> None:
    assert browser.post("/learn/training/plan", {"new_per_day": "7"}).status_code == 303
    field = soup(browser.get("/learn/training")).select_one("#new_per_day")
    assert field is not None and field["value"] == "7"
    for wrong in ("", "-1", "201", "many"):
        refused = browser.post("/learn/training/plan", {"new_per_day": wrong})
        assert refused.status_code == 422
        assert soup(refused).select_one("#new_per_day-error, .errsum")
    assert queries.glance(session, trained.user_id, NOW).new_per_day == 7


# --- one question ----------------------------------------------------------------------------------------------


def test_a_question_is_asked_answered_and_comes_back(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    page = soup(browser.get(f"/learn/training/{row.id}"))
    assert "1 of 2 for today" in text(page.header)
    assert "Because of" not in page.get_text()
    moved = browser.post(f"/learn/training/{row.id}", {**form_of(page), **right_fields(session, row), "go": "check"})
    assert (moved.status_code, moved.location) == (303, f"/learn/training/{row.id}/result")

    page = soup(browser.get(moved.location))
    words = text(page.main)
    assert "That is right." in words and f"Because of {row.item_key}." in words
    assert page.select_one('main a[href="/learn/lessons/map-lesson"]')
    chosen = [c["value"] for c in page.select('input[name="recall"][checked]')]
    assert chosen == ["good"]
    assert "comes back in 2 days" in words and "comes back in 8 days" in words

    moved = browser.post(moved.location, {**form_of(page), "recall": "easy"})
    assert moved.location == "/learn/training/next"
    session.expire_all()
    assert rows_of(session, trained)[row.item_key].recall == "easy"
    assert asked(browser, session, trained).id != row.id
    assert "1 of 2 done." in text(soup(browser.get("/learn/training")).main)


def test_a_wrong_answer_is_explained_and_comes_tomorrow(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    page = soup(browser.get(f"/learn/training/{row.id}"))
    right = right_fields(session, row)["choice"]
    other = next(c["value"] for c in page.select('input[name="choice"]') if c["value"] not in right)
    shown = browser.post(f"/learn/training/{row.id}", {**form_of(page), "choice": other}, follow_redirects=True)
    words = text(soup(shown).main)
    assert "Not quite." in words and "Your answer" in words and "comes back tomorrow" in words
    assert soup(shown).select_one('input[name="recall"]') is None
    assert soup(shown).select_one('main a.btn--primary[href="/learn/training/next"]')


def test_the_answer_may_be_asked_for(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    shown = browser.post(f"/learn/training/{row.id}", {"revision": "0", "go": "show"}, follow_redirects=True)
    assert text(soup(shown).select_one("main h1")) == "This is how it goes:"


def test_an_empty_answer_is_asked_for_without_loss(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    refused = browser.post(f"/learn/training/{row.id}", {"revision": "0", "go": "check"})
    assert refused.status_code == 422
    assert "Give an answer first" in text(soup(refused).main)
    assert "Because of" not in refused.get_data(as_text=True)
    bad = browser.post(f"/learn/training/{row.id}/result", {"revision": "0", "recall": "good"})
    assert bad.status_code == 303, "nothing was answered, so there is nothing to rate"
    session.expire_all()
    assert rows_of(session, trained)[row.item_key].revision == 0


def test_sending_twice_from_two_tabs_counts_once(browser: Browser, session: Session, trained: Actor) -> None:
    row = asked(browser, session, trained)
    page = soup(browser.get(f"/learn/training/{row.id}"))
    answer = {**form_of(page), **right_fields(session, row), "go": "check"}
    for _ in range(2):
        assert browser.post(f"/learn/training/{row.id}", answer).location.endswith("/result")
    late = {**answer, "go": "show"}
    assert browser.post(f"/learn/training/{row.id}", late).location.endswith("/result")
    rating = {**form_of(soup(browser.get(f"/learn/training/{row.id}/result"))), "recall": "hard"}
    for recall in ("hard", "easy"):
        assert browser.post(f"/learn/training/{row.id}/result", {**rating, "recall": recall}).status_code == 303
    session.expire_all()
    after = rows_of(session, trained)[row.item_key]
    assert (after.recall, after.revision, after.answers) == ("hard", 2, 1)


def test_a_rating_that_does_not_exist_is_refused_on_the_page(
    browser: Browser, session: Session, trained: Actor
) -> None:
    row = asked(browser, session, trained)
    page = soup(browser.get(f"/learn/training/{row.id}"))
    browser.post(f"/learn/training/{row.id}", {**form_of(page), **right_fields(session, row)})
    refused = browser.post(f"/learn/training/{row.id}/result", {"revision": "1", "recall": "again"})
    assert refused.status_code == 422
    assert soup(refused).select_one("#recall-error") and soup(refused).select_one('input[value="good"][checked]')


def test_leaving_before_the_rating_loses_nothing(
    browser: Browser, session: Session, trained: Actor, clock: Clock
) -> None:
    row = asked(browser, session, trained)
    page = soup(browser.get(f"/learn/training/{row.id}"))
    browser.post(f"/learn/training/{row.id}", {**form_of(page), **right_fields(session, row)})
    clock.tick(hours=20)
    assert asked(browser, session, trained).id == row.id
    again = browser.get(f"/learn/training/{row.id}")
    assert again.location == f"/learn/training/{row.id}/result"
    assert soup(browser.get(again.location)).select_one('input[name="recall"]')


def test_when_all_is_done_the_page_says_so(browser: Browser, session: Session, trained: Actor) -> None:
    for _ in range(2):
        row = asked(browser, session, trained)
        last = browser.post(f"/learn/training/{row.id}", {"revision": "0", "go": "show"}, follow_redirects=True)
    assert "Done for today" in text(soup(last).main)
    assert browser.get("/learn/training/next").location == "/learn/training"
    words = text(soup(browser.get("/learn/training")).main)
    assert "That was all for today You answered 2 questions. 2 come tomorrow." in words
    assert browser.get(f"/learn/training/{row.id}").location.endswith("/result")


# --- each type -------------------------------------------------------------------------------------------------


@pytest.fixture
def journey(session: Session, runtime: Runtime, browse: Browse, student: Actor, clock: Clock) -> Browser:
    """A student who missed one item of each type of the journey program, a day later."""
    publish_journey(session, NOW)
    enroll_for(session, student, JOURNEY_QUIZ, now=NOW)
    take_quiz(session, student, JOURNEY_QUIZ, now=NOW, each=timedelta(0), wrong=range(1, 8))
    session.commit()
    work_off(runtime)
    clock.tick(days=1)
    browser = browse(student)
    browser.get("/account/")
    return browser


def test_a_plain_form_answers_every_type(session: Session, student: Actor, journey: Browser) -> None:
    rows = rows_of(session, student)
    assert len(rows) == 7
    for row in rows.values():
        page = soup(journey.get(f"/learn/training/{row.id}"))
        answer = right_fields(session, row)
        offered = {str(c.get("name")) for c in page.select("main form input, main form select, main form textarea")}
        assert set(answer) <= offered
        form = {**form_of(page), **answer}
        shown = journey.post(f"/learn/training/{row.id}", form, follow_redirects=True)
        assert "That is right." in text(soup(shown).main), row.item_key
        moved = journey.post(f"/learn/training/{row.id}/result", form_of(soup(shown)))
        assert moved.status_code == 303
    session.expire_all()
    assert {row.recall for row in rows_of(session, student).values()} == {"good"}
    assert "That was all for today" in text(soup(journey.get("/learn/training")).main)


def test_what_was_typed_stays_when_it_cannot_be_read(session: Session, student: Actor, journey: Browser) -> None:
    row = rows_of(session, student)["lb-007"]
    refused = journey.post(f"/learn/training/{row.id}", {"revision": "0", "value": "1,000", "go": "check"})
    assert refused.status_code == 422
    field = soup(refused).select_one("input#value")
    assert field is not None and field["value"] == "1,000" and field["aria-invalid"] == "true"


# --- keys stay where they are ------------------------------------------------------------------------------------


def secrets_of(item: dict[str, Any]) -> list[str]:
    """Everything in an item that a page may tell only when its key is out."""
    words = [option["feedback"] for option in item["options"]]
    return [*words, item["explanation"], item["source"]]


@pytest.mark.parametrize("hand_in", [False, True], ids=["running", "unreleased"])
def test_no_page_of_training_tells_what_an_exam_asks(
    session: Session, student: Actor, browse: Browse, publish: Publish, take: Publish, clock: Clock, hand_in: bool
) -> None:
    """The items are in the training, one just answered and one waiting for its rating; then an exam draws them all."""
    items = [simple_item(n) for n in range(3)]
    publish(
        items,
        exam("check", release="after_submit", attempts=None),
        exam(attempts=2, release="after_pass_or_last_attempt"),
    )
    take(student, "check", wrong=[1, 2, 3])
    clock.tick(days=1)
    browser = browse(student)
    browser.get("/account/")
    rows = list(rows_of(session, student).values())
    browser.post(f"/learn/training/{rows[0].id}", {"revision": "0", "go": "show"})
    browser.post(f"/learn/training/{rows[1].id}", {"revision": "0", **right_fields(session, rows[1])})
    heard = browser.get(f"/learn/training/{rows[0].id}/result").get_data(as_text=True)
    assert any(secret in heard for secret in secrets_of(items[0])), "the scan finds keys where they may be"

    take(student, "exam", wrong=[1], hand_in=hand_in)
    clock.tick(days=2)
    bodies = [browser.get("/learn/training"), browser.get("/learn/training/next"), browser.get("/learn/")]
    for row in rows:
        address = f"/learn/training/{row.id}"
        bodies += [browser.get(address), browser.get(f"{address}/result")]
        for go in ("show", "check"):
            revision = str(rows_of(session, student)[row.item_key].revision)
            bodies.append(browser.post(address, {"revision": revision, "go": go}))
            bodies.append(browser.post(address, {"revision": revision, "go": go}, follow_redirects=True))
        bodies.append(browser.post(f"{address}/result", {"revision": "9", "recall": "bad"}, follow_redirects=True))
        bodies.append(browser.post(f"{address}/result", {"revision": "1", "recall": "bad"}, follow_redirects=True))
    bodies.append(browser.post("/learn/training/lessons/map-lesson", follow_redirects=True))
    for body in bodies:
        said = body.get_data(as_text=True) + str(body.headers)
        assert body.status_code < 500
        assert [s for item in items for s in secrets_of(item) if s in said] == [], body.request.path
        assert "What is asked in" not in said, "nor is the question itself shown"
    index = text(soup(bodies[0]).main)
    assert "3 questions wait." in index and "Nothing for today" in index


def test_no_question_carries_its_key(session: Session, student: Actor, journey: Browser) -> None:
    """The page of a question has neither feedback nor explanation nor source of its item."""
    for row in rows_of(session, student).values():
        version_id = queries.sheet(session, student.user_id, row.id, NOW).version_id
        assert version_id is not None
        item = queries.asked(session, row, version_id, row.answers)
        body = journey.get(f"/learn/training/{row.id}").get_data(as_text=True)
        assert item.explanation[:30] not in body and item.source[:20] not in body


# --- adding a lesson -------------------------------------------------------------------------------------------


def test_the_button_beside_a_lesson_adds_what_was_met(browser: Browser, session: Session, trained: Actor) -> None:
    enrolled = browser.post("/learn/courses/map/enroll")
    assert enrolled.status_code == 303
    page = soup(browser.get("/learn/lessons/map-lesson"))
    form = page.select_one('form[action="/learn/training/lessons/map-lesson"]')
    assert form is not None and text(form) == "Practice this lesson"
    for words in ("1 question of", "are in your training already"):
        moved = browser.post(str(form["action"]), follow_redirects=True)
        assert words in text(soup(moved).main)
    assert len(rows_of(session, trained)) == 3
    assert browser.post("/learn/training/lessons/nothing").status_code == 404


def test_a_lesson_whose_questions_were_never_met_says_what_to_do(
    browse: Browse, student: Actor, check: str, session: Session
) -> None:
    browser = browse(student)
    browser.get("/account/")
    moved = browser.post("/learn/training/lessons/map-lesson", follow_redirects=True)
    assert "in a quiz first" in text(soup(moved).main)
    assert rows_of(session, student) == {}


# --- who may, and what it costs --------------------------------------------------------------------------------


def test_training_is_ones_own(
    browse: Browse, browser: Browser, trained: Actor, session: Session, make_user: Any
) -> None:
    mine = next(iter(rows_of(session, trained).values())).id
    for actor in (make_user(Role.STUDENT), make_user(Role.INSTRUCTOR), make_user(Role.ADMIN)):
        other = browse(actor)
        other.get("/account/")
        for address in (f"/learn/training/{mine}", f"/learn/training/{mine}/result", f"/learn/training/{uuid4()}"):
            assert other.get(address).status_code == 404
        assert other.post(f"/learn/training/{mine}", {"revision": "0", "go": "show"}).status_code == 404
        assert other.post(f"/learn/training/{mine}/result", {"revision": "0", "recall": "good"}).status_code == 404
    session.expire_all()
    assert rows_of(session, trained)
    assert all(row.revision == 0 for row in rows_of(session, trained).values())


def test_pages_cost_the_same_for_three_items_and_for_thirty(
    session: Session,
    browse: Browse,
    make_user: Callable[..., Actor],
    publish: Publish,
    take: Publish,
    clock: Clock,
    count_queries: QueryCount,
) -> None:
    items = [item_adapter.validate_python(simple_item(n)).model_dump(mode="json") for n in range(30)]
    publish(items, exam("few", release="after_submit"), exam("many", count=30, release="after_submit"))
    costs = []
    for quiz, count in (("few", 3), ("many", 30)):
        actor = make_user(Role.STUDENT)
        for _ in range(1 if quiz == "few" else 3):
            take(actor, quiz, wrong=range(1, count + 1))
        browser = browse(actor)
        row = next(iter(rows_of(session, actor).values()))
        clock.tick(days=1)
        for address in ("/learn/training", "/learn/training/next", f"/learn/training/{row.id}", "/learn/"):
            browser.get(address)  # what never changes is remembered after the first time
        cost = {}
        browser.post(f"/learn/training/{row.id}", {"revision": "0", "go": "show"})
        for address in ("/learn/training", "/learn/training/next", f"/learn/training/{row.id}/result", "/learn/"):
            count_queries.statements.clear()
            assert browser.get(address).status_code in (200, 303)
            cost[address.replace(str(row.id), "row")] = len(count_queries)
        costs.append(cost)
    assert costs[0] == costs[1]
    assert costs[0]["/learn/training"] <= 6
    assert costs[0]["/learn/training/next"] <= 6
    assert costs[0]["/learn/training/row/result"] <= 8
