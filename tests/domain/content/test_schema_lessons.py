"""Lessons, courses and terms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_lessons import Course, CourseFront, Glossary, Lesson, LessonFront, Term, term_slug

FRONT: dict[str, Any] = {
    "id": "les-x",
    "title": "X",
    "step": "hygiene",
    "topic": "hygiene",
    "minutes": 7,
    "objectives": [{"id": "obj-x", "text": "Know x."}],
    "summary": ["a", "b", "c"],
    "sources": [{"ref": "R1", "title": "A law", "url": "https://e.test/a", "as_read": dt.date(2026, 11, 22)}],
}
COURSE: dict[str, Any] = {
    "id": "x",
    "code": "C1",
    "title": "X",
    "topic": "hygiene",
    "tier": "foundation",
    "hours": 4,
    "summary": "x",
    "objectives": ["a", "b", "c"],
}


def test_a_lesson_is_its_front_matter_its_body_and_its_figures() -> None:
    front = LessonFront.model_validate(FRONT)
    lesson = Lesson(**dict(front), course="x", body="Text.\n", figures={"figures/a.svg": "<svg/>"})
    assert lesson.payload["sources"][0]["as_read"] == "2026-11-22"
    assert lesson.payload["figures"] == {"figures/a.svg": "<svg/>"}
    assert lesson.payload["course"] == "x"
    other = Lesson(**dict(front), course="x", body="Text.\n", figures={"figures/a.svg": "<svg> </svg>"})
    assert lesson.digest != other.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": ["a", "b"]},
        {"objectives": []},
        {"sources": []},
        {"minutes": 0},
        {"sources": [{"title": "x", "url": "javascript:alert(1)"}]},
        {"sources": [{"title": "x", "url": 'https://e.test/"onclick'}]},
        {"unknown": 1},
    ],
)
def test_a_lesson_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LessonFront.model_validate({**FRONT, **changes})


def test_a_course_knows_its_place_and_its_lessons() -> None:
    course = Course(**dict(CourseFront.model_validate(COURSE)), position=3, lessons=("les-x",))
    assert (course.payload["position"], course.payload["lessons"], course.payload["hours"]) == (3, ["les-x"], 4.0)


@pytest.mark.parametrize("changes", [{"code": "X1"}, {"tier": "expert"}, {"hours": 0}, {"objectives": ["a"]}])
def test_a_course_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CourseFront.model_validate({**COURSE, **changes})


def test_terms_have_fragments_for_links() -> None:
    assert term_slug("Cupid's bow") == "cupid-s-bow"
    assert term_slug(" CIELAB  ΔE* ") == "cielab-δe"
    assert Term(term="Wet-dry line", meaning="x").slug == "wet-dry-line"
    assert Glossary(terms=(Term(term="A", meaning="x"),)).payload["id"] == "glossary"
