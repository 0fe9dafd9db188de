"""The pages on statistics, as instructors use them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.conftest import Browser, QueryCount
from tests.factories import quizzes as quiz_factory
from tests.factories import statistics as factory

Browse = Callable[..., Browser]
Calculate = Callable[[str], None]


def page(browser: Browser, url: str) -> BeautifulSoup:
    answer = browser.get(url)
    assert answer.status_code == 200, url
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def text(found: BeautifulSoup) -> str:
    main = found.find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_the_list_leads_to_the_quiz_and_the_quiz_to_its_items(browse: Browse, teacher: Actor, reported: str) -> None:
    browser = browse(teacher)
    listed = page(browser, "/teach/statistics")
    assert "The first attempt of each person" in text(listed)
    link = listed.find("a", string="Exam")
    assert link is not None
    quiz = page(browser, str(link["href"]))
    assert "40 attempts of 40 people" in text(quiz)
    assert quiz.find("svg", {"role": "img"}) is not None
    first = quiz.select_one("td.lead a")
    assert first is not None
    item = page(browser, str(first["href"]))
    assert "What people answered" in text(item)
    assert "What to do" in text(item)


def test_the_navigation_leads_here(browse: Browse, teacher: Actor) -> None:
    home = page(browse(teacher), "/teach/")
    assert home.select_one('nav a[href="/teach/statistics"]') is not None


def test_administrators_read_statistics_and_students_do_not(
    browse: Browse, make_user: Callable[..., Actor], reported: str
) -> None:
    assert browse(make_user(Role.ADMIN)).get(f"/teach/statistics/{reported}").status_code == 200
    student = browse(make_user(Role.STUDENT))
    for url in ("", f"/{reported}", f"/{reported}/items/bank-001", f"/{reported}/items.csv", f"/{reported}/progress"):
        assert student.get(f"/teach/statistics{url}").status_code == 404


def test_the_choice_of_attempts_is_said_and_kept_in_the_links(browse: Browse, teacher: Actor, reported: str) -> None:
    browser = browse(teacher)
    quiz = page(browser, f"/teach/statistics/{reported}?chosen=best&verdict=good")
    assert "The best attempt of each person, version 1" in text(quiz)
    links = {a.get_text(): str(a["href"]) for a in quiz.select('nav[aria-label="Attempts that count"] a')}
    assert list(links) == ["First", "Last", "Best", "All"]
    assert "chosen=all" in links["All"] and "verdict=good" in links["All"]
    assert "The first attempt" in text(page(browser, f"/teach/statistics/{reported}?chosen=nonsense"))


def test_items_are_filtered_by_step_tag_and_verdict(browse: Browse, teacher: Actor, reported: str) -> None:
    browser = browse(teacher)

    def keys(query: str) -> set[str]:
        found = page(browser, f"/teach/statistics/{reported}?{query}")
        return {str(a["href"]).split("/items/")[1].split("?")[0] for a in found.select("td.lead a")}

    everything = {f"bank-00{n}" for n in range(1, 6)}
    assert keys("") == everything
    assert keys("tag=safety") == {"bank-003"}
    assert keys("tag=color") == {"bank-001"}
    assert keys("tag=single_choice&step=lip-mapping") == everything
    assert keys("step=numbing") == set()
    assert "No question fits" in text(page(browser, f"/teach/statistics/{reported}?step=numbing"))
    assert (
        keys("verdict=too_few") | keys("verdict=good") | keys("verdict=weak") | keys("verdict=key_wrong") <= everything
    )


def test_few_attempts_get_no_verdict(
    session: Session,
    runtime: Runtime,
    browse: Browse,
    teacher: Actor,
    exam: str,
    students: list[UUID],
    calculate: Calculate,
) -> None:
    factory.sit(session, exam, students[:4], now=runtime.now())
    session.commit()
    calculate(exam)
    browser = browse(teacher)
    quiz = text(page(browser, f"/teach/statistics/{exam}"))
    assert "Too few attempts for verdicts. There are 4; from 30 on" in quiz
    assert "Hardly separates" not in quiz.split("Questions", 1)[1].split("Show", 1)[1]
    assert "Verdicts are given from 30 attempts on" in text(page(browser, f"/teach/statistics/{exam}/items/bank-001"))


def test_a_wrong_key_is_called_out_with_what_to_do(
    session: Session, runtime: Runtime, browse: Browse, teacher: Actor, exam: str, calculate: Calculate
) -> None:
    persons = factory.people(session, 120, runtime.now())
    factory.sit(
        session,
        exam,
        persons,
        now=runtime.now(),
        answering=lambda person, item, _chance: (person % 10 < 4) == (item.id == "bank-004"),
    )
    session.commit()
    calculate(exam)
    browser = browse(teacher)
    assert "1 to check" in text(page(browser, "/teach/statistics"))
    item = text(page(browser, f"/teach/statistics/{exam}/items/bank-004"))
    assert "Check the key. People who do well in the quiz get this question wrong, and this is hardly chance." in item


def test_asking_anew_shows_the_progress_and_then_the_numbers(
    runtime: Runtime, session: Session, browse: Browse, teacher: Actor, exam: str, students: list[UUID]
) -> None:
    factory.sit(session, exam, students[:3], now=runtime.now())
    session.commit()
    browser = browse(teacher)
    assert "Nothing is worked out yet" in text(page(browser, f"/teach/statistics/{exam}"))
    assert browser.get(f"/teach/statistics/{exam}/progress").get_json() == {"state": "idle", "done": 0, "total": 0}
    answer = browser.post(f"/teach/statistics/{exam}/calculate")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/teach/statistics/{exam}?chosen=first")
    waiting = page(browser, f"/teach/statistics/{exam}")
    assert waiting.find("progress", {"data-progress": f"/teach/statistics/{exam}/progress"}) is not None
    assert waiting.find("script", {"type": "module", "src": lambda src: src and "statistics.js" in src}) is not None
    assert browser.get(f"/teach/statistics/{exam}/progress").get_json()["state"] == "queued"
    work_off(runtime)
    assert "attempts of 3 people" in text(page(browser, f"/teach/statistics/{exam}"))
    assert browser.post("/teach/statistics/nothing/calculate").status_code == 404


def test_a_quiz_that_was_never_taken_says_so(browse: Browse, teacher: Actor, exam: str) -> None:
    browser = browse(teacher)
    assert "Not yet" in text(page(browser, "/teach/statistics"))
    assert "Nobody has answered this question" in text(page(browser, f"/teach/statistics/{exam}/items/bank-001"))


def test_the_table_can_be_downloaded_and_runs_nothing(
    session: Session, runtime: Runtime, browse: Browse, teacher: Actor, students: list[UUID], calculate: Calculate
) -> None:
    evil = '=HYPERLINK("https://evil.example","click")'
    bank = [quiz_factory.simple_item(1, prompt=evil), quiz_factory.simple_item(2)]
    quiz_factory.publish_quizzes(session, runtime.now(), bank, quiz_factory.exam(count=2))
    factory.sit(session, "exam", students, now=runtime.now())
    session.commit()
    calculate("exam")
    answer = browse(teacher).get("/teach/statistics/exam/items.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="exam-v1-first.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    by_key = {row["item"]: row for row in rows}
    assert set(by_key) == {"bank-001", "bank-002"}
    assert by_key["bank-001"]["prompt"] == f"'{evil}"
    assert by_key["bank-002"]["attempts"] == "40"
    assert 0 <= float(by_key["bank-002"]["facility"]) <= 1
    assert float(by_key["bank-002"]["effective_weight"]) + float(
        by_key["bank-001"]["effective_weight"]
    ) == pytest.approx(100)
    empty = browse(teacher).get("/teach/statistics/exam/items.csv?tag=safety")
    assert len(empty.get_data(as_text=True).splitlines()) == 1


def test_pages_take_a_fixed_number_of_statements(
    browse: Browse, teacher: Actor, reported: str, count_queries: QueryCount
) -> None:
    browser = browse(teacher)
    for url in ("/teach/statistics", f"/teach/statistics/{reported}", f"/teach/statistics/{reported}/items/bank-001"):
        browser.get(url)
        count_queries.statements.clear()
        assert browser.get(url).status_code == 200
        assert len(count_queries) <= 6, url
