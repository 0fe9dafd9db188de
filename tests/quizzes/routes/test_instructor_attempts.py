"""The pages that watch over attempts: who runs, more time, handing in for somebody, and what a person is granted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor, Role
from app.notifications.models import Notice
from app.quizzes import queries, services
from app.quizzes.models import Attempt
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.quizzes import exam, simple_item, take_quiz

MINUTE = timedelta(minutes=1)


def words(response: Any) -> str:
    page = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    assert page.main is not None
    return " ".join(page.main.get_text(" ").split())


@pytest.fixture
def teacher(browse: Callable[..., Browser], instructor: Actor) -> Browser:
    browser = browse(instructor)
    browser.get("/account/")
    return browser


@pytest.fixture
def running(session: Session, student: Actor, publish: Callable[..., None]) -> Attempt:
    publish([simple_item(n) for n in range(1, 6)], exam(), exam("final"))
    attempt, _none = take_quiz(session, student, "exam", now=NOW, skip=[3], hand_in=False)
    session.commit()
    return attempt


def test_the_monitor_says_who_is_where(session: Session, teacher: Browser, running: Attempt, clock: Clock) -> None:
    clock.tick(minutes=3)
    page = words(teacher.get("/teach/attempts"))
    for part in ("Amara Osei", "Exam, attempt 1", "2 of 3", "Nov 22, 12:20 UTC", "Under way", "2 minutes ago"):
        assert part in page
    clock.tick(minutes=18)
    assert "Time is over" in words(teacher.get("/teach/attempts"))
    services.submit_attempt(session, Actor(running.user_id), running.id, now=NOW + 21 * MINUTE)
    session.commit()
    assert "Nobody takes a quiz now" in words(teacher.get("/teach/attempts"))


def test_the_monitor_filters_by_quiz_and_pages(
    session: Session, teacher: Browser, running: Attempt, make_user: Callable[..., Actor], monkeypatch: Any
) -> None:
    monkeypatch.setattr("app.quizzes.routes.instructor_attempts.PAGE", 2)
    names = [f"Student {'ABCDE'[n]}" for n in range(5)]
    for n, name in enumerate(names):
        services.start_attempt(session, make_user(Role.STUDENT, name=name), "final", now=NOW + n * MINUTE)
    session.commit()
    assert "Amara Osei" not in words(teacher.get("/teach/attempts?quiz=final"))
    seen, url = [], "/teach/attempts?quiz=final"
    while url:
        answer = teacher.get(url)
        page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
        seen += [link.get_text() for link in page.select("td.lead a")]
        following = page.select_one('a[rel="next"]')
        url = str(following["href"]) if following else ""
    assert seen == names[::-1]


def test_the_monitor_costs_the_same_for_3_and_30(
    session: Session, teacher: Browser, running: Attempt, make_user: Callable[..., Actor], count_queries: QueryCount
) -> None:
    costs = []
    for number in (2, 27):
        for _n in range(number):
            services.start_attempt(session, make_user(Role.STUDENT), "exam", now=NOW)
        session.commit()
        teacher.get("/teach/attempts")
        count_queries.statements.clear()
        assert teacher.get("/teach/attempts").status_code == 200
        costs.append(len(count_queries))
    assert costs[0] == costs[1] <= 5


def test_minutes_are_added_with_a_reason(session: Session, teacher: Browser, running: Attempt) -> None:
    address = f"/teach/attempts/{running.id}"
    refused = teacher.post(f"{address}/extend", {"minutes": "5", "reason": ""})
    assert refused.status_code == 422 and "Say why." in words(refused)
    assert teacher.post(f"{address}/extend", {"minutes": "999", "reason": "Fire drill"}).status_code == 422
    assert teacher.post(f"{address}/extend", {"minutes": "5", "reason": "Fire drill"}).location == address
    session.expire_all()
    assert running.deadline_at == NOW + 25 * MINUTE
    page = words(teacher.get(address))
    assert "Nov 22, 12:25 UTC" in page and "Added 5 min" in page


def test_handing_in_for_a_student_needs_a_reason_and_a_confirmation(
    session: Session, teacher: Browser, running: Attempt, browse: Callable[..., Browser], student: Actor
) -> None:
    address = f"/teach/attempts/{running.id}/close"
    for data in ({"reason": "Went home ill"}, {"sure": "y"}, {"sure": "y", "reason": "x"}):
        assert teacher.post(address, data).status_code == 422
    assert teacher.post(address, {"reason": "Went home ill", "sure": "y"}).location == "/teach/attempts"
    session.expire_all()
    assert running.state == "submitted"
    notice = session.scalars(select(Notice).where(Notice.user_id == student.id)).one()
    assert (notice.kind, notice.facts["reason"]) == ("attempt_closed_by", "Went home ill")
    assert "was handed in for you: Went home ill" in words(browse(student).get("/account/notifications"))
    assert teacher.post(address, {"reason": "Once more", "sure": "y"}).status_code == 409
    assert "Handed in" in words(teacher.get(f"/teach/attempts/{running.id}"))


def test_own_time_is_granted_on_the_page_of_the_person(
    session: Session, teacher: Browser, running: Attempt, student: Actor
) -> None:
    address = f"/teach/people/{student.id}/time"
    assert "Exam" in words(teacher.get(address)), "what it would change now"
    data = {"time_factor_percent": "150", "pause_minutes": "10", "reason": "Agreed in June"}
    for wrong in ({"time_factor_percent": "450"}, {"pause_minutes": "-1"}, {"reason": ""}, {"pause_minutes": "ten"}):
        refused = teacher.post(address, {**data, **wrong})
        assert refused.status_code == 422
        kept = {**data, **wrong}["time_factor_percent"]
        assert f'value="{kept}"' in refused.get_data(as_text=True), "what was typed stays"
    assert teacher.post(address, data).location == address
    session.expire_all()
    user = session.get_one(User, student.user_id)
    assert (user.time_factor_percent, user.pause_minutes) == (150, 10)
    assert running.deadline_at == NOW + 30 * MINUTE


def test_nobody_grants_time_to_themselves(teacher: Browser, instructor: Actor) -> None:
    address = f"/teach/people/{instructor.id}/time"
    assert "Somebody else has to do this for you." in words(teacher.get(address))
    refused = teacher.post(address, {"time_factor_percent": "150", "pause_minutes": "0", "reason": "I am slow"})
    assert refused.status_code == 422


# --- the student's side of it ----------------------------------------------------------------------------------


@pytest.fixture
def resting(session: Session, running: Attempt, student: Actor, browse: Callable[..., Browser]) -> Browser:
    """A browser of a student with ten minutes of pause, and an attempt that runs."""
    session.get_one(User, student.user_id).pause_minutes = 10
    session.commit()
    browser = browse(student)
    browser.get("/account/")
    return browser


def test_a_student_saves_and_stops_the_clock(
    session: Session, resting: Browser, running: Attempt, student: Actor, clock: Clock
) -> None:
    attempt = f"/learn/attempts/{running.id}"
    assert "for 10 min in each attempt" in words(resting.get("/learn/quizzes/exam"))
    page = resting.get(f"{attempt}/3").get_data(as_text=True)
    assert "Pause left: 10 min" in " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())
    clock.tick(minutes=5)
    _sitting, entry = queries.entry(session, student.user_id, running.id, 3)
    answer = {"choice": entry.item.public_view("x")["options"][0]["id"], "go": "pause"}
    session.commit()
    assert resting.post(f"{attempt}/3", answer).location == f"{attempt}/paused"
    session.expire_all()
    assert queries.entry(session, student.user_id, running.id, 3)[1].response, "the answer is saved first"
    session.commit()
    hidden = resting.get(f"{attempt}/paused")
    assert "The clock stands still" in words(hidden) and "12:15 UTC" in words(hidden)
    for place in ("1", "2", "3", "review"):
        assert resting.get(f"{attempt}/{place}").location == f"{attempt}/paused"
    assert resting.get(f"{attempt}/result").location == f"{attempt}/review"
    assert resting.post(f"{attempt}/1", {"choice": []}).location == f"{attempt}/paused"
    script = resting.post(f"{attempt}/1", {"choice": []}, headers={"Accept": "application/json"})
    assert (script.status_code, script.json["code"]) == (409, "paused")
    assert "Its clock stands still until 12:15 UTC" in words(resting.get("/learn/quizzes/exam"))
    clock.tick(minutes=4)
    assert resting.post(f"{attempt}/resume").location == f"{attempt}/1"
    session.expire_all()
    assert running.deadline_at == NOW + 24 * MINUTE
    assert resting.get(f"{attempt}/paused").location == f"{attempt}/review"


def test_without_pauses_there_is_no_button_and_no_pause(
    session: Session, resting: Browser, running: Attempt, student: Actor
) -> None:
    session.get_one(User, student.user_id).pause_minutes = 0
    session.commit()
    attempt = f"/learn/attempts/{running.id}"
    assert 'value="pause"' not in resting.get(f"{attempt}/1").get_data(as_text=True)
    assert resting.post(f"{attempt}/1", {"choice": [], "go": "pause"}).location.startswith(f"{attempt}/1")
    assert "Pauses are arranged with the academy" in words(resting.get(f"{attempt}/1"))
    session.expire_all()
    assert running.paused_at is None


def test_a_hidden_score_is_in_no_page(
    session: Session, student: Actor, browse: Callable[..., Browser], publish: Callable[..., None], clock: Clock
) -> None:
    rules = {"score": "after_close", "feedback": "never"}
    publish([simple_item(n) for n in range(1, 4)], exam(release=rules, closes_at=NOW + 60 * MINUTE))
    attempt, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1])
    session.commit()
    browser, addresses = (
        browse(student),
        ("/learn/quizzes", "/learn/quizzes/exam", f"/learn/attempts/{attempt.id}/result"),
    )
    for address in addresses:
        page = browser.get(address)
        assert "66.6" not in page.get_data(as_text=True) and "Handed in" in words(page), address
        assert "assed" not in words(page).replace("passed or used", ""), address
    clock.tick(minutes=61)
    shown = [browser.get(address).get_data(as_text=True) for address in addresses]
    assert all("66.6" in page for page in shown)
    assert "Correct" in shown[2] and "Because of bank" not in shown[2] and "Good" not in shown[2]
