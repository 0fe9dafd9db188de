"""The catalog, a course, a lesson and the glossary as each person sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.models import Job
from app.learning import queries
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.content import CourseDraft, draft, publish_courses, publish_journey
from tests.factories.learning import complete_lessons, finish_course

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]

PAGES = ["/learn/courses", "/learn/courses/prep", "/learn/lessons/prep-1", "/learn/glossary"]
_STUDIO = UUID(int=7)
ACTIONS = ["/learn/courses/prep/enroll", "/learn/lessons/prep-1/done"]


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    return make_user(name="Amara Osei")


@pytest.fixture
def prep(session: Session) -> None:
    publish_courses(
        session, NOW, draft("prep", 6, 9), draft("mapping", 6, 6, requires=("prep",), hours=3, quiz="q-map")
    )
    session.commit()


def reader(browser: Browser) -> Browser:
    """A browser that has seen a page, and with it the token that forms carry."""
    browser.get("/learn/courses")
    return browser


def page(browser: Browser, url: str, status: int = 200) -> BeautifulSoup:
    response = browser.get(url)
    assert response.status_code == status
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def main(soup: BeautifulSoup) -> Tag:
    found = soup.find("main")
    assert isinstance(found, Tag)
    return found


def words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


# --- who may come in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", PAGES)
def test_nobody_signed_in_is_asked_to(prep: None, browse: Browse, url: str) -> None:
    response = browse().get(url)
    assert response.status_code == 303
    assert "/sign-in" in response.headers["Location"]


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(
    ("role", "status"), [(Role.STUDENT, 200), (Role.INSTRUCTOR, 200), (Role.ADMIN, 200), (Role.STUDIO, 404)]
)
def test_who_learns_or_teaches_may_read(
    prep: None, make_user: MakeUser, browse: Browse, url: str, role: Role, status: int
) -> None:
    actor = make_user(role, studio_id=_STUDIO) if role is Role.STUDIO else make_user(role)
    assert browse(actor).get(url).status_code == status


@pytest.mark.parametrize("url", ACTIONS)
def test_changes_are_closed_to_nobody_and_to_studios(prep: None, make_user: MakeUser, browse: Browse, url: str) -> None:
    assert browse().post(url).status_code == 401
    assert browse(make_user(Role.STUDIO, studio_id=_STUDIO)).post(url).status_code == 404


@pytest.mark.parametrize("url", ["/learn/courses/nowhere", "/learn/lessons/nowhere"])
def test_what_is_not_live_is_not_there(prep: None, student: Actor, browse: Browse, url: str) -> None:
    browser = reader(browse(student))
    assert browser.get(url).status_code == 404
    action = "enroll" if "courses" in url else "done"
    assert browser.post(f"{url}/{action}").status_code == 404


# --- the catalog -----------------------------------------------------------------------------------------------


def test_the_catalog_shows_tiers_progress_and_locks(
    session: Session, prep: None, student: Actor, browse: Browse
) -> None:
    browser = browse(student)
    cards = main(page(browser, "/learn/courses")).select(".course-card")
    assert [words(card.h3) for card in cards if card.h3] == ["Prep", "Mapping"]
    assert "2 lessons" in words(cards[0])
    assert "Locked" in words(cards[1])
    assert "Finish first: Prep" in words(cards[1])
    assert "3 hours" in words(cards[1])
    complete_lessons(session, student, ["prep-1"], now=NOW)
    session.commit()
    soup = main(page(browser, "/learn/courses"))
    first = soup.select(".course-card")[0]
    assert "1 of 2 lessons" in words(first)
    meter = first.find("progress")
    assert isinstance(meter, Tag)
    assert (meter["value"], meter["max"]) == ("1", "2")
    assert "Next up Lesson prep-2 Prep, lesson 2 of 2." in words(soup)


def test_the_catalog_of_somebody_who_teaches_has_no_locks(prep: None, make_user: MakeUser, browse: Browse) -> None:
    text = words(main(page(browse(make_user(Role.INSTRUCTOR)), "/learn/courses")))
    assert "Locked" not in text
    assert "Start here" not in text


def test_before_the_first_release_the_catalog_says_so(student: Actor, browse: Browse) -> None:
    assert "No courses yet" in words(main(page(browse(student), "/learn/courses")))
    assert "No words yet" in words(main(page(browse(student), "/learn/glossary")))


# --- a course --------------------------------------------------------------------------------------------------


def test_a_course_shows_objectives_lessons_and_what_to_do(prep: None, student: Actor, browse: Browse) -> None:
    soup = main(page(browse(student), "/learn/courses/prep"))
    assert [words(li) for li in soup.select(".item--low")] == ["Set up.", "Work.", "Clean up."]
    assert [a["href"] for a in soup.select(".outline a")] == ["/learn/lessons/prep-1", "/learn/lessons/prep-2"]
    form = soup.find("form")
    assert isinstance(form, Tag)
    assert form["action"] == "/learn/courses/prep/enroll"
    assert "Enroll and start" in words(form)


def test_enrolling_leads_to_the_first_lesson(session: Session, prep: None, student: Actor, browse: Browse) -> None:
    browser = reader(browse(student))
    response = browser.post("/learn/courses/prep/enroll")
    assert (response.status_code, response.headers["Location"]) == (303, "/learn/lessons/prep-1")
    assert queries.enrollment(session, student.user_id, "prep") is not None
    assert "Start" in words(main(page(browser, "/learn/courses/prep")).select(".btn--primary")[0])
    assert browser.post("/learn/courses/prep/enroll").status_code == 303


def test_enrolling_in_a_locked_course_says_what_comes_first(prep: None, student: Actor, browse: Browse) -> None:
    browser = reader(browse(student))
    response = browser.post("/learn/courses/mapping/enroll")
    assert (response.status_code, response.headers["Location"]) == (303, "/learn/courses/mapping")
    soup = main(page(browser, "/learn/courses/mapping"))
    assert "You are enrolled." in words(soup)
    assert "The lessons are locked." in words(soup)
    links = [a["href"] for a in soup.select(".note a")]
    assert "/learn/courses/prep" in links


def test_a_finished_course_leads_to_its_quiz(session: Session, prep: None, student: Actor, browse: Browse) -> None:
    finish_course(session, student, "prep", now=NOW)
    finish_course(session, student, "mapping", now=NOW)
    session.commit()
    soup = main(page(browse(student), "/learn/courses/mapping"))
    assert "Finished on Nov 22, 2026" in words(soup)
    assert words(soup.select(".btn--primary")[0]) == "Go to the quiz"
    without = main(page(browse(student), "/learn/courses/prep"))
    assert "quiz" not in words(without).lower()


def test_a_lesson_that_came_later_is_named_on_a_finished_course(
    session: Session, prep: None, student: Actor, browse: Browse
) -> None:
    finish_course(session, student, "prep", now=NOW)
    publish_courses(session, NOW, draft("prep", 6, 9, 7))
    session.commit()
    soup = main(page(browse(student), "/learn/courses/prep"))
    assert "A lesson was added after you finished." in words(soup)
    assert "2 of 3 lessons" in words(soup)


def test_somebody_who_teaches_reads_a_locked_course(prep: None, make_user: MakeUser, browse: Browse) -> None:
    browser = browse(make_user(Role.ADMIN))
    soup = main(page(browser, "/learn/courses/mapping"))
    assert "locked" not in words(soup).lower()
    assert words(soup.select(".btn--primary")[0]) == "Read the lessons"
    lesson = main(page(browser, "/learn/lessons/mapping-1"))
    assert "The body of mapping-1" in words(lesson)
    assert lesson.find("form") is None
    assert words(lesson.select("[rel=next]")[0]) == "Next: Lesson mapping-2"


# --- a lesson --------------------------------------------------------------------------------------------------


def test_a_lesson_has_figure_callout_check_bench_summary_and_sources(
    session: Session, student: Actor, browse: Browse
) -> None:
    publish_journey(session, NOW)
    session.commit()
    soup = page(browse(student), "/learn/lessons/clean-station")
    body = main(soup)
    assert [words(h) for h in body.find_all("h1")] == ["A station that stays clean"]
    figure = body.select_one("figure.figure svg")
    assert isinstance(figure, Tag)
    assert figure["aria-label"].startswith("A station in three zones")
    assert words(body.select_one("figcaption") or body) == "Things travel in one direction only."
    assert body.select_one(".admonition.key[role=note]") is not None
    assert body.select_one("details.question summary") is not None
    assert len(body.select(".task-list input[type=checkbox]")) == 4
    assert len(body.select(".lesson-summary li")) == 3
    assert "NEHA body art model code" in words(body.select(".lesson-sources")[0])
    assert "Hygiene and safety, lesson 1 of 2" in words(body)


def test_the_words_of_the_trade_lead_to_the_glossary(session: Session, student: Actor, browse: Browse) -> None:
    publish_journey(session, NOW)
    session.commit()
    browser = browse(student)
    # The second lesson is locked by the first: nothing of its body is sent.
    assert main(page(browser, "/learn/lessons/map-to-last-look")).select("a.glossary-term") == []
    complete_lessons(session, student, ["clean-station"], now=NOW)
    session.commit()
    links = main(page(browser, "/learn/lessons/map-to-last-look")).select("a.glossary-term")
    assert links
    ids = {tag["id"] for tag in page(browser, "/learn/glossary").select("[id]")}
    for link in links:
        address, _hash, slug = str(link["href"]).partition("#")
        assert address == "/learn/glossary"
        assert slug in ids
        assert link["data-meaning"]


@pytest.mark.parametrize("url", ["/learn/lessons/clean-station", "/learn/courses/lip-blush-basics", "/learn/glossary"])
def test_nothing_inline_that_the_content_policy_refuses(
    session: Session, student: Actor, browse: Browse, url: str
) -> None:
    publish_journey(session, NOW)
    session.commit()
    soup = page(browse(student), url)
    assert all(script.get("src") and not script.string for script in soup.find_all("script"))
    assert soup.find("style") is None
    assert not [tag for tag in soup.find_all(True) if any(a == "style" or a.startswith("on") for a in tag.attrs)]
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))


def test_reading_writes_nothing(session: Session, prep: None, student: Actor, browse: Browse) -> None:
    browse(student).get("/learn/lessons/prep-1")
    assert queries.enrollment(session, student.user_id, "prep") is None
    assert queries.done_lessons(session, student.user_id, ["prep-1"]) == frozenset()


def test_done_leads_to_the_next_lesson_and_then_to_the_course(
    session: Session, prep: None, student: Actor, browse: Browse, clock: Clock
) -> None:
    browser = browse(student)
    form = main(page(browser, "/learn/lessons/prep-1")).find("form")
    assert isinstance(form, Tag)
    assert words(form) == "Done, next: Lesson prep-2"
    response = browser.post(str(form["action"]))
    assert (response.status_code, response.headers["Location"]) == (303, "/learn/lessons/prep-2")
    last = main(page(browser, "/learn/lessons/prep-2")).find("form")
    assert isinstance(last, Tag)
    assert words(last) == "Done, back to the course"
    clock.tick(minutes=9)
    response = browser.post(str(last["action"]))
    assert (response.status_code, response.headers["Location"]) == (303, "/learn/courses/prep")
    assert "You finished the course Prep." in words(main(page(browser, "/learn/courses/prep")))
    enrollment = queries.enrollment(session, student.user_id, "prep")
    assert enrollment is not None
    assert enrollment.finished_at == NOW + timedelta(minutes=9)


def test_done_twice_is_once_and_leads_on_all_the_same(
    session: Session, prep: None, student: Actor, browse: Browse
) -> None:
    browser = reader(browse(student))
    for _time in range(2):
        assert browser.post("/learn/lessons/prep-1/done").headers["Location"] == "/learn/lessons/prep-2"
    assert session.query(Job).filter(Job.handler == "certification.after_lesson").count() == 1
    again = main(page(browser, "/learn/lessons/prep-1"))
    assert "Done on Nov 22, 2026" in words(again)
    assert [form for form in again.find_all("form") if str(form["action"]).endswith("/done")] == []
    assert words(again.select("[rel=next]")[0]) == "Next: Lesson prep-2"


def test_the_last_lesson_before_the_others_says_how_many_are_open(prep: None, student: Actor, browse: Browse) -> None:
    browser = reader(browse(student))
    assert browser.post("/learn/lessons/prep-2/done").headers["Location"] == "/learn/courses/prep"
    assert "1 lesson of this course is still open." in words(main(page(browser, "/learn/courses/prep")))


def test_a_locked_lesson_says_why_and_sends_no_text(prep: None, student: Actor, browse: Browse) -> None:
    browser = browse(student)
    soup = main(page(browser, "/learn/lessons/mapping-1"))
    assert "This lesson is locked." in words(soup)
    assert "The body of mapping-1" not in words(soup)
    assert soup.find("form") is None
    primary = soup.select(".btn--primary")[0]
    assert (words(primary), primary["href"]) == ("Go to Prep", "/learn/courses/prep")
    refused = browser.post("/learn/lessons/mapping-1/done")
    assert refused.status_code == 409
    assert "This lesson opens when you have finished: Prep." in refused.get_data(as_text=True)


def test_a_lesson_locked_by_a_lesson_leads_there(session: Session, student: Actor, browse: Browse) -> None:
    publish_courses(session, NOW, CourseDraft("prep", [("first", 6, ()), ("second", 6, ("first",))]))
    session.commit()
    soup = main(page(browse(student), "/learn/lessons/second"))
    assert "This lesson builds on: Lesson first" in words(soup)
    primary = soup.select(".btn--primary")[0]
    assert primary["href"] == "/learn/lessons/first"


def test_the_outline_marks_what_is_done_and_where_one_is(
    session: Session, prep: None, student: Actor, browse: Browse
) -> None:
    complete_lessons(session, student, ["prep-1"], now=NOW)
    session.commit()
    aside = main(page(browse(student), "/learn/lessons/prep-2")).find("aside")
    assert isinstance(aside, Tag)
    first, second = aside.select(".outline li")
    assert first["class"] == ["done"]
    assert second.a is not None
    assert second.a["aria-current"] == "page"


def test_a_lesson_costs_few_statements(
    session: Session, prep: None, student: Actor, browse: Browse, count_queries: QueryCount
) -> None:
    browser = browse(student)
    browser.get("/learn/lessons/prep-1")  # renders the text, which is then kept
    count_queries.statements.clear()
    browser.get("/learn/lessons/prep-1")
    assert len(count_queries) <= 4  # who asks, unread notices, the lessons, the course


def test_the_glossary_has_a_letter_for_each_term(session: Session, student: Actor, browse: Browse) -> None:
    publish_journey(session, NOW)
    session.commit()
    soup = main(page(browse(student), "/learn/glossary"))
    targets = {tag["id"] for tag in soup.select("[id]")}
    letters = soup.select(".letters a")
    assert letters
    assert all(str(a["href"])[1:] in targets for a in [*letters, *soup.select(".term dd a")])
    assert len(soup.select(".term")) == len(soup.select(".term dt"))
