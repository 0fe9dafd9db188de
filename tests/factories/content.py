"""Published content: the small journey program, or the real curriculum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.content import services
from app.content.services import SyncReport
from app.domain.access.actor import SYSTEM
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_lessons import Course, Glossary, Lesson, Term
from app.domain.content.schema_quizzes import Quiz

ROOT = Path(__file__).parents[2]
JOURNEY = ROOT / "tests" / "journey_content"


@cache
def read_once(folder: Path) -> ContentSet:
    """The content files of a folder, read and checked once for all tests of a process."""
    return services.read_files(folder / "courses", folder / "quizzes")


def publish_journey(
    session: Session, now: datetime, *, items: Sequence[ItemBase] = (), quizzes: Sequence[Quiz] = ()
) -> SyncReport:
    """Publish the compact, complete program of the browser journey: one course, two lessons, one exercise.

    `items` and `quizzes` are published with it.
    """
    journey = read_once(JOURNEY)
    content = replace(
        journey,
        items=journey.items | {item.id: item for item in items},
        quizzes=journey.quizzes | {quiz.id: quiz for quiz in quizzes},
    )
    return services.sync_content(session, content, actor=SYSTEM, now=now)


def publish_real(session: Session, now: datetime) -> SyncReport:
    """Publish the curriculum of courses/ and quizzes/."""
    content = read_once(ROOT)
    return services.sync_content(session, content, actor=SYSTEM, now=now)


@dataclass(frozen=True)
class CourseDraft:
    """A course to publish: its lessons are (id, minutes, ids of lessons that come first)."""

    id: str
    lessons: Sequence[tuple[str, int, tuple[str, ...]]]
    requires: tuple[str, ...] = ()
    hours: float = 2
    tier: str = "foundation"
    quiz: str | None = None


def draft(course_id: str, *minutes: int, requires: tuple[str, ...] = (), **facts: Any) -> CourseDraft:
    """A course with one lesson for each number of minutes: `draft("prep", 6, 9)` has prep-1 and prep-2."""
    lessons = [(f"{course_id}-{n}", each, ()) for n, each in enumerate(minutes, start=1)]
    return CourseDraft(course_id, lessons, requires, **facts)


def publish_courses(session: Session, now: datetime, *drafts: CourseDraft, terms: Sequence[Term] = ()) -> SyncReport:
    """Publish exactly these courses, in this order (whatever was live before is retired)."""
    content = ContentSet()
    for number, course in enumerate(drafts, start=1):
        content.courses[course.id] = _course(course, number)
        for lesson_id, minutes, requires in course.lessons:
            content.lessons[lesson_id] = _lesson(course.id, lesson_id, minutes, requires)
    if terms:
        content.glossary = Glossary(terms=tuple(terms))
    return services.sync_content(session, content, actor=SYSTEM, now=now)


def _course(course: CourseDraft, number: int) -> Course:
    return Course.model_validate(
        {
            "id": course.id,
            "code": f"C{number}",
            "title": course.id.replace("-", " ").capitalize(),
            "topic": "technique",
            "tier": course.tier,
            "hours": course.hours,
            "summary": f"What {course.id} is about.",
            "requires": list(course.requires),
            "objectives": ["Set up.", "Work.", "Clean up."],
            "quiz": course.quiz,
            "position": number,
            "lessons": [lesson_id for lesson_id, _minutes, _requires in course.lessons],
        }
    )


def _lesson(course_id: str, lesson_id: str, minutes: int, requires: tuple[str, ...]) -> Lesson:
    return Lesson.model_validate(
        {
            "id": lesson_id,
            "title": f"Lesson {lesson_id}",
            "step": "lip-mapping",
            "topic": "technique",
            "minutes": minutes,
            "objectives": [{"id": f"obj-{lesson_id}", "text": f"Explain {lesson_id}."}],
            "requires": list(requires),
            "summary": ["One.", "Two.", "Three."],
            "sources": [{"title": "Vermilion standard"}],
            "course": course_id,
            "body": f"The body of {lesson_id} names the philtrum once.",
        }
    )
