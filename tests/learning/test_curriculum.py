"""The real curriculum, read to the end: every lesson renders, every link leads somewhere, the hours add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.access.actor import Actor
from app.learning import queries, services
from app.learning.models import LessonProgress
from tests.conftest import NOW
from tests.factories.content import publish_real
from tests.factories.learning import finish_course

pytestmark = pytest.mark.slow


def test_every_lesson_renders_with_its_figure_and_no_dead_link(session: Session) -> None:
    publish_real(session, NOW)
    lessons = content.currents(session, Kind.LESSON)
    assert len(lessons) >= 80
    keys = {lesson.key for lesson in lessons}
    terms = {term.slug for term in content.glossary(session)}
    for lesson in lessons:
        text = services.lesson_text(
            session, lesson.id, None, lesson_url=lambda key: f"/lesson/{key}", glossary_url=lambda slug: f"/term#{slug}"
        )
        assert '<figure class="figure">' in text.html, lesson.key
        assert '<details class="question">' in text.html, lesson.key
        assert "task-list" in text.html, lesson.key
        assert set(re.findall(r'href="/lesson/([^"]+)"', text.html)) <= keys, lesson.key
        assert set(re.findall(r'href="/term#([^"]+)"', text.html)) <= terms, lesson.key
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href=\"lesson:", text.html), lesson.key
        ids = re.findall(r'\sid="([^"]+)"', text.html)
        assert len(ids) == len(set(ids)), lesson.key


def test_who_finishes_the_nine_courses_has_the_hours_that_the_certificate_asks_for(
    session: Session, make_user: Callable[..., Actor]
) -> None:
    publish_real(session, NOW)
    student = make_user()
    rules = content.certification(session, "certified")
    assert rules is not None
    for number, course_key in enumerate(rules.payload["courses"]):
        assert queries.course_outline(session, student.user_id, course_key).missing == ()  # type: ignore[union-attr]
        finish_course(session, student, course_key, now=NOW + timedelta(days=number))
    query = select(Definition.topic, LessonProgress.minutes).join(
        Definition, Definition.id == LessonProgress.lesson_version_id
    )
    hours: Counter[str] = Counter()
    for topic, minutes in session.execute(query.where(LessonProgress.user_id == student.user_id)):
        hours[topic] += minutes
        hours["structured"] += minutes
    planned = sum(card.course.hours for card in queries.catalog(session, student.user_id) if card.finished_at)
    assert hours["structured"] == planned * 60
    for kind in ("structured", "hygiene", "color"):
        assert hours[kind] >= rules.payload["hours"][kind] * 60, kind
