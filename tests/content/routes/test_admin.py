"""The list of releases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.content.routes.admin import PAGE
from app.content.services import read_files, sync_content
from app.domain.access.actor import Actor, Role
from tests.conftest import NOW, Browser
from tests.factories.content import JOURNEY, draft, publish_courses, publish_journey

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]
URL = "/admin/content"


def text_of(browser: Browser, url: str = URL) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    soup = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    assert soup.main is not None
    return " ".join(soup.main.get_text(" ").split())


@pytest.mark.parametrize(
    ("role", "status"), [(Role.STUDENT, 404), (Role.INSTRUCTOR, 200), (Role.ADMIN, 200), (Role.STUDIO, 404)]
)
def test_only_staff_sees_releases(make_user: MakeUser, browse: Browse, role: Role, status: int) -> None:
    actor = make_user(role, studio_id=uuid4()) if role is Role.STUDIO else make_user(role)
    assert browse(actor).get(URL).status_code == status


def test_nobody_signed_in_is_asked_to(browse: Browse) -> None:
    assert browse().get(URL).status_code == 303


def test_before_the_first_release_the_page_says_what_to_run(make_user: MakeUser, browse: Browse) -> None:
    text = text_of(browse(make_user(Role.ADMIN)))
    assert "Nothing is published yet" in text
    assert "flask content sync" in text


def test_the_live_release_stands_first_with_its_counts(session: Session, make_user: MakeUser, browse: Browse) -> None:
    publish_journey(session, NOW)
    admin = make_user(Role.ADMIN, name="Ada Admin")
    content = read_files(JOURNEY / "courses", JOURNEY / "quizzes")
    del content.exercises["e08"]
    sync_content(session, content, actor=admin, now=NOW + timedelta(days=1), note="Without the exercise.")
    session.commit()
    text = text_of(browse(admin))
    assert "Release 2 Live" in text
    assert "by Ada Admin. Without the exercise." in text
    assert "1 Courses 2 Lessons" in text
    assert "0 Practice exercises" in text
    assert "Problems None" in text
    assert "1 retired" in text
    assert "the system" in text


def test_the_history_goes_on_by_number(session: Session, make_user: MakeUser, browse: Browse) -> None:
    for n in range(PAGE + 3):
        publish_courses(session, NOW + timedelta(minutes=n), draft("prep", 6 + n))
    session.commit()
    browser = browse(make_user(Role.ADMIN))
    response = browser.get(URL)
    soup = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    assert len(soup.select("tbody tr")) == PAGE
    older = soup.select_one("a[rel=next]")
    assert older is not None
    second = browser.get(str(older["href"]))
    rows = BeautifulSoup(second.get_data(as_text=True), "html.parser").select("tbody tr td.lead b")
    assert [row.get_text() for row in rows] == ["Release 3", "Release 2", "Release 1"]
    assert f"Release {PAGE + 3} Live" in text_of(browser, str(older["href"]))
