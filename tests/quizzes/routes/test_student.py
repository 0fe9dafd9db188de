"""The student's quiz pages: plain forms do everything, scripts get JSON, refusals have the right status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.content.models import Kind
from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor, Role
from app.domain.assessment.items.registry import item_from_dict
from app.quizzes import queries
from app.quizzes.models import Grade
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.quizzes import course_quiz, exam, page_fields, simple_item, take_quiz

Browse = Callable[..., Browser]
JSON = {"Accept": "application/json"}
TYPES = ["single_choice", "multiple_response", "true_false", "ordering", "matching", "numeric", "hotspot"]


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def text(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


@pytest.fixture
def signed_in(browse: Browse) -> Browse:
    """`signed_in(actor)` -> a Browser that has seen a page, and with it the token of its forms."""

    def make(actor: Actor) -> Browser:
        browser = browse(actor)
        browser.get("/account/")
        return browser

    return make


@pytest.fixture
def browser(signed_in: Browse, enrolled: Actor) -> Browser:
    return signed_in(enrolled)


@pytest.fixture
def attempt(browser: Browser, journey: str) -> str:
    """The address of a running attempt, without the place."""
    started = browser.post(f"/learn/quizzes/{journey}/start")
    assert started.status_code == 303
    return started.location.rsplit("/", 1)[0]


def id_of(address: str) -> UUID:
    return UUID(address.rsplit("/", 1)[1])


def form_of(page: BeautifulSoup) -> dict[str, list[str]]:
    """What the browser would send of the form as it stands, without a button."""
    form = page.select_one("form#answer")
    assert form is not None
    sent: dict[str, list[str]] = {}
    for control in form.select("input, select"):
        name, value = str(control.get("name") or ""), str(control.get("value") or "")
        if control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        elif control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        sent.setdefault(name, []).append(value)
    return sent


# --- index and overview ----------------------------------------------------------------------------------------


def test_the_index_lists_quizzes_with_their_state(
    session: Session, enrolled: Actor, journey: str, browser: Browser
) -> None:
    take_quiz(session, enrolled, journey, now=NOW, wrong=[1, 2])
    session.commit()
    page = soup(browser.get("/learn/quizzes"))
    row = text(page.select_one("tbody tr"))
    assert "Lip Blush Basics quiz" in row and "20 min" in row and "2 of 3" in row and "Not passed yet" in row
    link = page.select_one("tbody a")
    assert link is not None and link["href"] == f"/learn/quizzes/{journey}"


def test_an_empty_index_leads_to_the_catalog(signed_in: Browse, student: Actor) -> None:
    page = soup(signed_in(student).get("/learn/quizzes"))
    assert page.select_one('main a.btn[href="/learn/courses"]')


def test_the_overview_says_everything_before_the_start(
    session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None]
) -> None:
    rules = {"safety_must_pass": True, "section_floor": 70, "cooldown_hours": 24, "policy": "mean"}
    publish([simple_item(n) for n in range(4)], exam(**rules, release="after_pass_or_last_attempt"))
    session.get_one(User, student.user_id).time_factor_percent = 150
    session.commit()
    page = text(soup(signed_in(student).get("/learn/quizzes/exam")).main)
    for words in (
        "30 min, your own time (150 % of the usual)",
        "3 of 3",
        "80%",
        "Every safety question must be right",
        "at least 70% by itself",
        "The right answers follow when you have passed or used your last attempt",
        "the average counts",
        "at least 24 h",
        "Start attempt 1",
    ):
        assert words in page


def test_a_locked_quiz_says_why_and_cannot_be_started(
    student: Actor, signed_in: Browse, publish: Callable[..., None]
) -> None:
    publish([simple_item(n) for n in range(3)], course_quiz("quiz", "course"))
    browser = signed_in(student)
    page = soup(browser.get("/learn/quizzes/quiz"))
    assert "a course that you have not joined" in text(page.main)
    assert page.select_one('form[action$="/start"]') is None
    refused = browser.post("/learn/quizzes/quiz/start")
    assert refused.status_code == 409
    assert "Join the course of this quiz first." in text(soup(refused).main)


def test_a_running_attempt_is_continued_where_it_stopped(browser: Browser, attempt: str, journey: str) -> None:
    browser.post(f"{attempt}/1", {"choice": []})
    page = soup(browser.get(f"/learn/quizzes/{journey}"))
    link = page.select_one("main a.btn--primary")
    assert link is not None and (text(link), link["href"]) == ("Continue", f"{attempt}/1")
    assert page.select_one('form[action$="/start"]') is None


def test_used_up_and_waiting_are_said(
    session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None], clock: Clock
) -> None:
    publish([simple_item(n) for n in range(3)], exam("once", attempts=1), exam("rest", cooldown_hours=24))
    take_quiz(session, student, "once", now=NOW)
    take_quiz(session, student, "rest", now=NOW)
    session.commit()
    clock.tick(hours=1)
    browser = signed_in(student)
    assert "You have used all attempts" in text(soup(browser.get("/learn/quizzes/once")).main)
    resting = text(soup(browser.get("/learn/quizzes/rest")).main)
    assert "The next attempt opens in 23 hours, on Nov 23, 12:01 UTC" in resting
    refused = browser.post("/learn/quizzes/once/start")
    assert refused.status_code == 409


def test_a_quiz_that_is_not_there(signed_in: Browse, student: Actor) -> None:
    browser = signed_in(student)
    assert browser.get("/learn/quizzes/nothing").status_code == 404
    assert browser.post("/learn/quizzes/nothing/start").status_code == 404


# --- an item without script ------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", range(1, 8), ids=TYPES)
def test_a_plain_form_answers_every_type(
    session: Session, browser: Browser, enrolled: Actor, attempt: str, position: int
) -> None:
    """Fill the form of the page as a keyboard would, press Next, and find the answer in the page again."""
    sitting, entry = queries.entry(session, enrolled.user_id, id_of(attempt), position)
    assert entry.item.type == TYPES[position - 1]
    page = soup(browser.get(f"{attempt}/{position}"))
    answer = page_fields(entry.item, right_answer(entry.item))
    offered = form_of(page) | {name: [] for name in ("choice",) if page.select('[name="choice"]')}
    assert set(answer) <= set(offered), "every field of the answer stands on the page"
    values = {str(c["value"]) for c in page.select("form#answer input, form#answer option") if c.get("value")}
    assert entry.item.type == "numeric" or {v for given in answer.values() for v in given} <= values

    moved = browser.post(f"{attempt}/{position}", {**form_of(page), **answer, "go": "next"})
    assert moved.status_code == 303
    assert moved.location == (
        f"{attempt}/{position + 1}" if position < sitting.spec.item_count else f"{attempt}/review"
    )
    session.expire_all()
    _sitting, saved = queries.entry(session, enrolled.user_id, id_of(attempt), position)
    assert entry.item.grade(entry.item.response_from_json(saved.response or {})).correct
    again = form_of(soup(browser.get(f"{attempt}/{position}")))
    assert {name: sorted(again[name]) for name in answer} == {name: sorted(given) for name, given in answer.items()}


@pytest.mark.parametrize(
    ("go", "target"),
    [("next", "4"), ("prev", "2"), ("7", "7"), ("1", "1"), ("review", "review"), ("99", "review"), ("x", "review")],
)
def test_each_button_saves_and_leads_somewhere(browser: Browser, attempt: str, go: str, target: str) -> None:
    moved = browser.post(f"{attempt}/3", {"choice": "true", "go": go})
    assert moved.location == f"{attempt}/{target}"
    assert "checked" in str(soup(browser.get(f"{attempt}/3")).select_one('input[value="true"]'))


def test_leaving_saves_and_leads_to_the_quiz(browser: Browser, attempt: str, journey: str) -> None:
    moved = browser.post(f"{attempt}/3", {"choice": "true", "go": "leave"})
    assert moved.location == f"/learn/quizzes/{journey}"
    assert "checked" in str(soup(browser.get(f"{attempt}/3")).select_one('input[value="true"]'))


def test_enter_presses_next(browser: Browser, attempt: str) -> None:
    page = soup(browser.get(f"{attempt}/6"))
    first = next(
        b for b in page.select('button[type="submit"]') if b.get("form") == "answer" or b.find_parent(id="answer")
    )
    assert first["value"] == "next"


def test_the_page_shows_where_one_is(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/1", {"go": "next", "flag": ["0", "1"]})
    browser.post(f"{attempt}/3", {"choice": "true", "flag": "0"})
    page = soup(browser.get(f"{attempt}/2"))
    assert page.title is not None and page.title.text.startswith("Lip Blush Basics quiz, question 2 of 7")
    lines = page.select(".qnav li")
    assert len(lines) == 7
    assert [" ".join(line.get("class", [])).split() for line in lines[:3]] == [["flag"], [], ["done"]]
    assert text(lines[2]) == "Question 3 , answered"
    assert lines[1].button is not None and lines[1].button["aria-current"] == "step"
    meter = page.select_one("progress[data-answered]")
    assert meter is not None and (meter["value"], meter["max"]) == ("1", "7")
    assert "1 answered, 1 flagged. 80% to pass." in text(page.aside)


def test_an_answer_that_cannot_be_read_is_kept_on_the_page(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/6", {"value": "200"})
    refused = browser.post(f"{attempt}/6", {"value": "1,000", "go": "next", "flag": ["0", "1"]})
    assert refused.status_code == 422
    page = soup(refused)
    field = page.select_one("input#value")
    assert field is not None and field["value"] == "1,000" and field["aria-invalid"] == "true"
    assert page.select_one('.errsum a[href="#value"]') and page.select_one("#value-error")
    assert page.select_one('input[type="checkbox"][name="flag"][checked]')
    kept = soup(browser.get(f"{attempt}/6")).select_one("input#value")
    assert kept is not None and kept["value"] == "200"


def test_two_entries_in_one_place_are_named(session: Session, browser: Browser, enrolled: Actor, attempt: str) -> None:
    page = soup(browser.get(f"{attempt}/4"))
    names = [str(select["name"]) for select in page.select("select")]
    refused = browser.post(f"{attempt}/4", {names[0]: "1", names[1]: "1", "go": "next"})
    assert refused.status_code == 422
    page = soup(refused)
    assert "Place 1 is taken" in text(page.select_one(".errsum"))
    assert page.select_one(f'select#{names[0]} option[value="1"][selected]')


def test_foreign_choices_are_refused(browser: Browser, attempt: str) -> None:
    assert browser.post(f"{attempt}/1", {"choice": "a"}).status_code == 422
    assert browser.post(f"{attempt}/3", {"choice": ["true", "false"]}).status_code == 422


def test_places_that_do_not_exist(browser: Browser, attempt: str) -> None:
    for position in (0, 8, 999):
        assert browser.get(f"{attempt}/{position}").status_code == 404
        assert browser.post(f"{attempt}/{position}", {}).status_code == 404


def test_without_script_the_page_names_the_end(browser: Browser, attempt: str, clock: Clock) -> None:
    clock.tick(minutes=5)
    timer = soup(browser.get(f"{attempt}/1")).select_one("[data-timer]")
    assert timer is not None
    assert "until 12:20 UTC" in text(timer)
    assert timer["data-seconds"] == str(15 * 60)


# --- autosave --------------------------------------------------------------------------------------------------


def test_a_script_gets_json_and_the_next_revision(browser: Browser, attempt: str) -> None:
    answer = {"choice": "true", "revision": "0", "flag": ["0", "1"]}
    saved = browser.post(f"{attempt}/3", answer, headers=JSON)
    assert saved.status_code == 200
    assert saved.json == {
        "revision": 1,
        "answered": True,
        "flagged": True,
        "seconds_left": 1200,
        "next": f"{attempt}/4",
    }
    assert browser.post(f"{attempt}/3", answer, headers=JSON).json["revision"] == 1, "sent again, saved once"


def test_an_overtaken_autosave_is_told_so(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/3", {"choice": "true", "revision": "0"}, headers=JSON)
    stale = browser.post(f"{attempt}/3", {"choice": "false", "revision": "0"}, headers=JSON)
    assert stale.status_code == 409
    assert (stale.json["code"], stale.json["revision"]) == ("stale", 1)
    assert "checked" in str(soup(browser.get(f"{attempt}/3")).select_one('input[value="true"]'))


def test_a_plain_form_is_the_last_word(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/3", {"choice": "true", "revision": "0"}, headers=JSON)
    assert browser.post(f"{attempt}/3", {"choice": "false", "revision": "0"}).status_code == 303
    assert "checked" in str(soup(browser.get(f"{attempt}/3")).select_one('input[value="false"]'))


def test_a_script_is_told_what_is_wrong(browser: Browser, attempt: str) -> None:
    refused = browser.post(f"{attempt}/6", {"value": "much", "revision": "0"}, headers=JSON)
    assert refused.status_code == 422
    assert refused.json["problems"] == ["Write a number, for example 6.75."]


# --- time and state --------------------------------------------------------------------------------------------


def test_saving_after_the_hand_in_is_a_conflict(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/submit")
    refused = browser.post(f"{attempt}/1", {"choice": []})
    assert refused.status_code == 409
    page = soup(refused)
    assert "This attempt is handed in" in text(page.main)
    assert page.select_one(f'main a.btn[href="{attempt}/result"]')
    script = browser.post(f"{attempt}/1", {"choice": [], "revision": "0"}, headers=JSON)
    assert (script.status_code, script.json["code"]) == (409, "submitted")


def test_saving_after_the_deadline_is_gone(browser: Browser, attempt: str, clock: Clock) -> None:
    clock.tick(minutes=20, seconds=30)
    assert browser.post(f"{attempt}/3", {"choice": "true"}).status_code == 303, "the network has half a minute"
    clock.tick(seconds=1)
    refused = browser.post(f"{attempt}/3", {"choice": "false"})
    assert refused.status_code == 410
    assert "Time is over" in text(soup(refused).main)
    script = browser.post(f"{attempt}/3", {"choice": "false", "revision": "1"}, headers=JSON)
    assert (script.status_code, script.json["code"]) == (410, "time_over")


def test_after_the_deadline_reading_changes_nothing_and_one_button_grades(
    session: Session, browser: Browser, attempt: str, clock: Clock, journey: str
) -> None:
    browser.post(f"{attempt}/3", {"choice": "false"})
    clock.tick(minutes=21)
    for address in (f"{attempt}/1", f"{attempt}/review"):
        assert browser.get(address).location == f"{attempt}/result"
    over = soup(browser.get(f"{attempt}/result"))
    assert "Time is over" in text(over.main)
    assert over.select_one(f'form[method="post"][action="{attempt}/submit"]')
    assert session.query(Grade).count() == 0
    overview = soup(browser.get(f"/learn/quizzes/{journey}"))
    assert overview.select_one(f'form[action="{attempt}/submit"]') and "Time is over" in text(overview.main)
    assert browser.post(f"{attempt}/submit").status_code == 303
    assert "The time ran out" in text(soup(browser.get(f"{attempt}/result")).main)


def test_the_check_before_the_hand_in(browser: Browser, attempt: str) -> None:
    browser.post(f"{attempt}/3", {"choice": "true", "flag": ["0", "1"]})
    page = soup(browser.get(f"{attempt}/review"))
    assert text(page.h1) == "6 questions have no answer"
    assert text(page.select("main li")[2]) == "3 Aftercare Flagged Answered"
    assert page.select_one(f'form[action="{attempt}/submit"] button.btn--primary')
    back = page.select_one(".bottombar a")
    assert back is not None and back["href"] == f"{attempt}/1"


def test_handing_in_twice_is_one_grade(session: Session, browser: Browser, attempt: str) -> None:
    answers = [browser.post(f"{attempt}/submit") for _ in range(2)]
    assert {(a.status_code, a.location) for a in answers} == {(303, f"{attempt}/result")}
    assert session.query(Grade).count() == 1
    for address in (f"{attempt}/1", f"{attempt}/review"):
        assert browser.get(address).location == f"{attempt}/result"


def test_the_result_of_a_running_attempt_is_its_check(browser: Browser, attempt: str) -> None:
    assert browser.get(f"{attempt}/result").location == f"{attempt}/review"


def test_another_students_attempt_is_not_there(
    browser: Browser, attempt: str, signed_in: Browse, make_user: Callable[..., Actor]
) -> None:
    stranger = signed_in(make_user(Role.STUDENT))
    for address in (f"{attempt}/1", f"{attempt}/review", f"{attempt}/result"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{attempt}/1", {"choice": []}).status_code == 404
    assert stranger.post(f"{attempt}/submit").status_code == 404
    assert stranger.get(f"/learn/attempts/{uuid4()}/1").status_code == 404
    assert browser.get(f"{attempt}/1").status_code == 200


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ADMIN])
def test_quizzes_are_for_students(signed_in: Browse, make_user: Callable[..., Actor], attempt: str, role: Role) -> None:
    other = signed_in(make_user(role))
    assert other.get("/learn/quizzes").status_code == 404
    assert other.post(f"{attempt}/submit").status_code == 404


def test_nobody_signed_in_is_asked_to(browse: Browse, attempt: str) -> None:
    nobody = browse()
    assert nobody.get(f"{attempt}/1").location.startswith("/sign-in?next=")
    assert nobody.post(f"{attempt}/1", {}).status_code == 401


# --- results ---------------------------------------------------------------------------------------------------


def test_a_result_explains_every_question(session: Session, browser: Browser, enrolled: Actor, journey: str) -> None:
    attempt, _grade = take_quiz(session, enrolled, journey, now=NOW, wrong=[4, 7], skip=[6])
    session.commit()
    page = soup(browser.get(f"/learn/attempts/{attempt.id}/result"))
    hero = text(page.select_one(".card--hero"))
    assert "Not passed yet: Lip Blush Basics quiz" in hero
    assert "One safety question was not right. All of them must be, whatever the score." in hero
    ordering = text(page.select_one("#q4"))
    assert "Safety" in ordering and "The right order:" in ordering and "You put it in place 4." in ordering
    assert (
        "How it is scored: Longest ordered series. The longest series in the right order counts, gaps allowed."
        in ordering
    )
    number = text(page.select_one("#q6"))
    assert "No answer" in number and "225 mg (224 to 226 is accepted)" in number
    spot = page.select_one("#q7")
    assert spot is not None and len(spot.select(".hz.is-right")) == 1 and len(spot.select(".hz.is-wrong")) == 1
    assert "The bow has two peaks, one on each side of the midline." in text(spot)
    assert spot.select_one('a[href="/learn/lessons/map-to-last-look"]')
    assert page.select_one('a.btn[href="#q4"]'), "the first question to read again"
    assert {d["id"] for d in page.select("details.card")} == {"q1", "q2", "q3", "q5"}, "right ones are folded"


def test_a_pass_leads_back_to_the_course(session: Session, browser: Browser, enrolled: Actor, journey: str) -> None:
    attempt, _grade = take_quiz(session, enrolled, journey, now=NOW)
    session.commit()
    page = soup(browser.get(f"/learn/attempts/{attempt.id}/result"))
    assert text(page.h1) == "You passed: Lip Blush Basics quiz"
    assert "Every safety question was right." in text(page.main)
    assert page.select_one('a.btn--primary[href="/learn/courses/lip-blush-basics"]')
    used = {text(row.dt): text(row.dd) for row in page.select(".card--soft .dl > div")}
    assert (used["Time used"], used["Your mark"]) == ("2 min 20 s of 20 min", "100%")


def test_each_reason_is_said(session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None]) -> None:
    parts = [simple_item(1), simple_item(2, step="numbing", safety=True), simple_item(3, step="numbing", safety=True)]
    publish(parts, exam(section_floor=70, safety_must_pass=True))
    attempt, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1, 2, 3])
    session.commit()
    hero = text(soup(signed_in(student).get(f"/learn/attempts/{attempt.id}/result")).select_one(".card--hero"))
    assert "80% is needed; this attempt reached 0%." in hero
    assert "2 safety questions were not right." in hero
    assert "Numbing needs at least 70%; it reached 0%." in hero


def test_a_corrected_grade_says_so(session: Session, browser: Browser, enrolled: Actor, journey: str) -> None:
    attempt, grade = take_quiz(session, enrolled, journey, now=NOW)
    assert grade is not None
    grade.reason = "The key of lb-001 was wrong."
    session.commit()
    assert "The key of lb-001 was wrong." in text(soup(browser.get(f"/learn/attempts/{attempt.id}/result")).main)


def test_the_result_of_a_retired_quiz_has_no_dead_links(
    session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None]
) -> None:
    publish([simple_item(n) for n in range(3)], exam("old"))
    attempt, _grade = take_quiz(session, student, "old", now=NOW, wrong=[1])
    publish([simple_item(n) for n in range(3)], exam("new"))
    page = soup(signed_in(student).get(f"/learn/attempts/{attempt.id}/result"))
    assert page.select('a[href="/learn/quizzes/old"]') == []
    assert page.select_one('a.btn--primary[href="/learn/quizzes"]')


def test_a_prompt_of_several_paragraphs_is_a_case(
    student: Actor, signed_in: Browse, publish: Callable[..., None]
) -> None:
    case = "A client asks for **more red**.\n\n- She is 30.\n- She smokes.\n\nWhat comes first?<script>x</script>"
    publish([simple_item(1, prompt=case)], exam(count=1))
    browser = signed_in(student)
    page = soup(browser.get(browser.post("/learn/quizzes/exam/start").location))
    words = page.select_one("#case")
    assert words is not None and words.select_one("strong") and len(words.select("li")) == 2
    assert page.select("main script") == [] and "<script>x</script>" in words.get_text()
    fieldset = page.select_one("fieldset")
    assert fieldset is not None and fieldset["aria-describedby"] == "case"


# --- budgets ---------------------------------------------------------------------------------------------------


@pytest.fixture
def cost(count_queries: QueryCount) -> Callable[[Callable[[], Any], int], int]:
    """`cost(request, status)` -> statements that the request runs, the signed-in person's included."""

    def measure(request: Callable[[], Any], status: int) -> int:
        count_queries.statements.clear()
        assert request().status_code == status
        return len(count_queries)

    return measure


def test_an_item_and_a_save_cost_the_same_in_a_quiz_of_100(
    student: Actor, signed_in: Browse, publish: Callable[..., None], cost: Callable[..., int]
) -> None:
    publish([simple_item(n) for n in range(100)], exam("small", count=3), exam("large", count=100))
    browser = signed_in(student)
    save = {"choice": [], "revision": "0"}
    for quiz in ("small", "large"):
        address = browser.post(f"/learn/quizzes/{quiz}/start").location.rsplit("/", 1)[0]
        browser.get(f"{address}/2")
        assert cost(lambda at=f"{address}/2": browser.get(at), 200) <= 4, "who, the item, the navigator, notices"
        assert cost(lambda at=f"{address}/2": browser.post(at, save, headers=JSON), 200) == 3, "who, read, write"
        assert cost(lambda at=f"{address}/review": browser.get(at), 200) <= 4


def test_start_and_hand_in_of_100_items(
    student: Actor, signed_in: Browse, publish: Callable[..., None], cost: Callable[..., int], session: Session
) -> None:
    publish([simple_item(n) for n in range(120)], exam("large", count=100))
    browser = signed_in(student)
    browser.get("/learn/quizzes")
    assert cost(lambda: browser.post("/learn/quizzes/large/start"), 303) <= 12
    (attempt,) = queries.attempts_of(session, student.user_id)
    assert cost(lambda: browser.post(f"/learn/attempts/{attempt.id}/submit"), 303) <= 12
    assert cost(lambda: browser.get(f"/learn/attempts/{attempt.id}/result"), 200) <= 9


def test_index_and_overview_cost_the_same_whatever_was_taken(
    session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None], cost: Callable[..., int]
) -> None:
    browser = signed_in(student)
    found = []
    for number in (1, 12):
        publish([simple_item(n) for n in range(3)], *[exam(f"exam-{n}", attempts=None) for n in range(number)])
        for n in range(number):
            take_quiz(session, student, f"exam-{n}", now=NOW - timedelta(days=100 - number - n))
        session.commit()
        found.append(
            (
                cost(lambda: browser.get("/learn/quizzes"), 200),
                cost(lambda: browser.get("/learn/quizzes/exam-0"), 200),
            )
        )
    assert found[0] == found[1]
    assert found[0] <= (5, 6)


# --- nothing tells a key too early -----------------------------------------------------------------------------


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def secrets_of(payload: dict[str, Any]) -> set[str]:
    """What nobody may see before release: feedback, explanation, source, and the author's ids of what is chosen."""
    found = {payload["explanation"], payload["source"], *texts(payload.get("feedback") or {})}
    for rows in (payload.get(name) or () for name in ("options", "regions", "pairs", "entries", "common_errors")):
        for row in rows:
            found |= {row["feedback"]} if row.get("feedback") else set()
            found |= {f'"{row["id"]}"'} if "id" in row else set()
    return {secret for secret in found if secret}


class Recorder:
    """Keeps every byte that the server sends: status line, headers and body."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.seen: list[tuple[str, str]] = []

    def get(self, url: str, **options: Any) -> Any:
        return self._keep(url, self.browser.get(url, **options))

    def post(self, url: str, data: dict | None = None, **options: Any) -> Any:
        return self._keep(url, self.browser.post(url, data, **options))

    def _keep(self, url: str, response: Any) -> Any:
        body = response.get_data(as_text=True).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        self.seen.append((url, f"{response.headers}\n{body}"))
        return response


def everything_before_the_hand_in(record: Recorder, session: Session, actor: Actor, quiz: str) -> str:
    """Look at each page, save right, wrong and unreadable answers by form and by script; return the address."""
    record.get("/learn/quizzes")
    record.get(f"/learn/quizzes/{quiz}")
    address = record.post(f"/learn/quizzes/{quiz}/start").location.rsplit("/", 1)[0]
    sitting = queries.sitting(session, actor.user_id, id_of(address))
    for position in range(1, sitting.spec.item_count + 1):
        _sitting, entry = queries.entry(session, actor.user_id, id_of(address), position)
        url = f"{address}/{position}"
        record.get(url)
        record.post(url, {"choice": "nonsense", "value": "nonsense", entry.item.id: "x"})
        record.post(url, {"choice": "nonsense", "value": "nonsense"}, headers=JSON)
        for revision, answer in enumerate((wrong_answer(entry.item), right_answer(entry.item))):
            record.post(url, {**answer, "revision": str(revision)}, headers=JSON)
        record.post(url, {**wrong_answer(entry.item), "revision": "0"}, headers=JSON)
        record.post(url, {**wrong_answer(entry.item), "go": "next"})
        record.get(url)
    record.get(f"{address}/review")
    record.get(f"{address}/result")
    record.get(f"/learn/quizzes/{quiz}")
    return address


def leaks(record: Recorder, payloads: list[dict[str, Any]]) -> list[tuple[str, str]]:
    secrets = set().union(*(secrets_of(payload) for payload in payloads))
    assert len(secrets) > 20
    found = [(url, secret) for url, sent in record.seen for secret in secrets if secret in sent]
    return found + [(url, "correct") for url, sent in record.seen if "correct" in sent.lower()]


def payloads_of(session: Session) -> list[dict[str, Any]]:
    return [dict(version.payload) for version in content.currents(session, Kind.ITEM)]


def test_no_answer_of_the_server_tells_a_key_before_release(
    session: Session, browser: Browser, enrolled: Actor, journey: str, clock: Clock
) -> None:
    record = Recorder(browser)
    address = everything_before_the_hand_in(record, session, enrolled, journey)
    payloads = payloads_of(session)
    assert len(payloads) == 8 and len(record.seen) > 60
    assert leaks(record, payloads) == []
    clock.tick(minutes=25)
    for url in (f"{address}/1", f"{address}/result", "/learn/quizzes", f"/learn/quizzes/{journey}"):
        record.get(url)
    record.post(f"{address}/1", {"choice": []})
    record.post(f"{address}/1", {"choice": [], "revision": "9"}, headers=JSON)
    record.post(f"{address}/submit")
    assert leaks(record, payloads) == [], "also when the time is over"
    drawn = {row.item_key for row in queries.items_of(session, id_of(address))}
    shown = browser.get(f"{address}/result").get_data(as_text=True)
    for payload in payloads:
        if payload["id"] in drawn:
            assert payload["explanation"].split("'")[0] in shown, "and after release it is there: the scan can see it"


def test_a_score_alone_tells_no_key(
    session: Session, student: Actor, signed_in: Browse, publish: Callable[..., None]
) -> None:
    items = [simple_item(n) for n in range(1, 7)]
    publish(items, exam(count=6, release="after_pass_or_last_attempt", attempts=2))
    record = Recorder(signed_in(student))
    first = everything_before_the_hand_in(record, session, student, "exam")
    record.post(f"{first}/submit")
    page = record.get(f"{first}/result")
    assert "0%" in text(soup(page).select_one(".card--hero")) and "The answers are not shown yet" in text(
        soup(page).main
    )
    second = everything_before_the_hand_in(record, session, student, "exam")
    record.get(f"{first}/result")
    assert leaks(record, payloads_of(session)) == [], "not in the score, and not while the last attempt runs"
    record.browser.post(f"{second}/submit")
    assert "Because of bank-001." in record.browser.get(f"{first}/result").get_data(as_text=True)


def test_two_views_of_one_item_differ_only_by_the_seed(app: Flask, session: Session, journey: str) -> None:
    """The order of options comes from the attempt's seed and not from the key."""
    item = next(p for p in payloads_of(session) if p["id"] == "lb-003")
    built = item_from_dict(item)
    places = {
        [o["id"] for o in built.public_view(f"seed-{n}")["options"]].index(built.options[0].public_id)  # type: ignore[attr-defined]
        for n in range(60)
    }
    assert places == set(range(5))
