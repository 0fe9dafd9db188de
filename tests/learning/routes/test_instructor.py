"""The cohort as instructors and administrators see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.learning.routes.instructor import PAGE
from tests.conftest import NOW, Browser
from tests.factories.content import draft, publish_courses
from tests.factories.learning import complete_lessons

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]
URL = "/teach/students"


def soup(browser: Browser, url: str = URL) -> BeautifulSoup:
    response = browser.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


@pytest.mark.parametrize(
    ("role", "status"), [(Role.STUDENT, 404), (Role.INSTRUCTOR, 200), (Role.ADMIN, 200), (Role.STUDIO, 404)]
)
def test_only_staff_sees_the_cohort(make_user: MakeUser, browse: Browse, role: Role, status: int) -> None:
    actor = make_user(role, studio_id=uuid4()) if role is Role.STUDIO else make_user(role)
    assert browse(actor).get(URL).status_code == status


def test_nobody_signed_in_is_asked_to(browse: Browse) -> None:
    assert browse().get(URL).status_code == 303


def test_without_students_the_page_says_so(make_user: MakeUser, browse: Browse) -> None:
    assert "No students yet" in soup(browse(make_user(Role.INSTRUCTOR))).get_text()


def test_students_stand_there_with_their_progress(session: Session, make_user: MakeUser, browse: Browse) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6, 6))
    complete_lessons(session, make_user(name="Amara Osei"), ["prep-1", "prep-2"], now=NOW - timedelta(hours=3))
    session.commit()
    (row,) = soup(browse(make_user(Role.INSTRUCTOR))).select("tbody tr")
    text = " ".join(row.get_text(" ").split())
    assert "Amara Osei" in text
    assert "2 of 3" in text
    assert "C1 Prep: 2 of 3" in text
    assert "3 hours ago" in text


def test_the_list_goes_on_by_a_cursor(session: Session, make_user: MakeUser, browse: Browse) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    for n in range(PAGE + 2):
        complete_lessons(session, make_user(name=f"Student {n:02d}"), ["prep-1"], now=NOW - timedelta(minutes=n))
    session.commit()
    browser = browse(make_user(Role.INSTRUCTOR))
    first = soup(browser)
    assert len(first.select("tbody tr")) == PAGE
    older = first.select_one("a[rel=next]")
    assert older is not None
    second = soup(browser, str(older["href"]))
    assert [b.get_text() for b in second.select("td.lead b")] == ["Student 30", "Student 31"]
    newest = second.select_one("a[rel=prev]")
    assert newest is not None
    assert newest["href"] == URL


@pytest.mark.parametrize("cursor", ["zzz", "MjAyNi0xMS0yMlQxMjowMDowMCswMDowMHxub3QtYW4taWQ"])
def test_a_cursor_that_is_not_ours_is_the_beginning(make_user: MakeUser, browse: Browse, cursor: str) -> None:
    assert "No students yet" in soup(browse(make_user(Role.INSTRUCTOR)), f"{URL}?after={cursor}").get_text()


def test_past_the_end_there_is_a_way_back(session: Session, make_user: MakeUser, browse: Browse) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    complete_lessons(session, make_user(), ["prep-1"], now=NOW)
    session.commit()
    # 2020, long before anybody enrolled, with some id.
    cursor = "MjAyMC0wMS0wMVQwMDowMDowMCswMDowMHwwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA"
    page = soup(browse(make_user(Role.INSTRUCTOR)), f"{URL}?after={cursor}")
    assert "Nobody further" in page.get_text()
