"""A student reads all twelve courses, takes every quiz and the three final exams, through the pages without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Kind
from app.demo.answers import right_answer
from app.domain.access.actor import Actor
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.essay import Essay
from app.domain.assessment.items.registry import item_from_dict
from app.quizzes import queries
from tests.conftest import NOW, Browser, Clock
from tests.factories.content import publish_real

pytestmark = pytest.mark.slow


@pytest.fixture
def student(session: Session, make_user: Callable[..., Actor]) -> Actor:
    publish_real(session, NOW)
    session.commit()
    return make_user(name="Amara Osei")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # a thousand requests; PostgreSQL has its own tests
def test_every_lesson_and_quiz_can_be_finished(
    session: Session, student: Actor, browse: Callable[..., Browser], clock: Clock
) -> None:
    browser = browse(student)
    browser.get("/learn/")
    courses = sorted(content.currents(session, Kind.COURSE), key=lambda course: str(course.payload["code"]).zfill(3))
    quizzes = content.currents(session, Kind.QUIZ)
    assert len(courses) == 12
    for course in courses:
        joined = browser.post(f"/learn/courses/{course.key}/enroll")
        assert joined.status_code == 303, course.key
        for lesson in content.outline(session, course.key):
            page = browser.get(f"/learn/lessons/{lesson.key}")
            assert (page.status_code, "<figure" in page.text) == (200, True), lesson.key
            assert browser.post(f"/learn/lessons/{lesson.key}/done").status_code == 303, lesson.key
        for quiz in quizzes:
            if quiz.payload.get("course") == course.key:
                finish(session, browser, quiz.key)
        clock.tick(hours=5)
    for quiz in quizzes:
        if quiz.payload["kind"] == "exam":
            finish(session, browser, quiz.key)


def finish(session: Session, browser: Browser, quiz: str) -> None:
    """Start a quiz, answer every item rightly with the fields of its page, hand in, and read "passed"."""
    started = browser.post(f"/learn/quizzes/{quiz}/start")
    found = re.search(r"/learn/attempts/([0-9a-f-]{36})/1$", started.location or "")
    assert found is not None, f"{quiz}: {started.status_code}"
    attempt = f"/learn/attempts/{found.group(1)}"
    rows = queries.items_of(session, UUID(found.group(1)))
    marked_by_people = False
    for row in rows:
        page = browser.get(f"{attempt}/{row.position}")
        item = drawn(session, row.item_version_id)
        marked_by_people |= isinstance(item, Essay)
        answer = rightly(item)
        names = set(re.findall(r'\bname="([^"]+)"', page.text))
        assert set(answer) <= names, f"{quiz}, {row.item_key}: the page lacks {set(answer) - names}"
        assert browser.post(f"{attempt}/{row.position}", {**answer, "go": "next"}).status_code == 303, row.item_key
    assert browser.post(f"{attempt}/submit").status_code == 303
    result = browser.get(f"{attempt}/result").text
    if marked_by_people:
        assert "Waits for marking" in result, quiz
    else:
        assert "100" in result and "Passed" in result, f"{quiz}: {result[-1500:]}"


def drawn(session: Session, version: UUID) -> Item[Any]:
    """The item of a place."""
    found = content.pinned(session, version)
    assert found is not None
    return item_from_dict(found.payload)


def rightly(item: Item[Any]) -> dict[str, Any]:
    """The fields of the right answer, as a page without script has them."""
    answer: dict[str, Any] = right_answer(item)
    # Without script an order is given by a place for each entry.
    return {entry: str(place) for place, entry in enumerate(answer.pop("order", ()), start=1)} or answer
