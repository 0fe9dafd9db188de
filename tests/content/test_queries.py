"""What other slices read of the live release."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.content import queries, services
from app.content.models import Kind
from app.domain.access.actor import SYSTEM
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.assessment.selection import draw
from tests.conftest import NOW, QueryCount

JOURNEY = Path(__file__).parents[1] / "journey_content"


@pytest.fixture
def live(session: Session) -> Session:
    content = services.read_files(JOURNEY / "courses", JOURNEY / "quizzes")
    services.sync_content(session, content, actor=SYSTEM, now=NOW)
    session.commit()
    session.expunge_all()
    return session


def test_before_the_first_release_there_is_nothing(session: Session) -> None:
    assert queries.catalog(session) == []
    assert queries.course_by_slug(session, "lip-blush-basics") is None
    assert queries.lesson(session, "clean-station") is None
    assert queries.rubric(session) is None
    assert queries.glossary(session) == []
    assert queries.live_release(session) is None
    assert queries.item_pool(session, []) == []
    assert queries.pinned_many(session, []) == {}
    assert queries.lesson_faces(session, []) == {}
    assert queries.lessons_of(session, []) == {}


def test_the_catalog_counts_lessons_in_one_statement(live: Session, count_queries: QueryCount) -> None:
    queries.catalog(live)  # reads what the versions say; they never change, so it is kept
    count_queries.statements.clear()
    (course,) = queries.catalog(live)
    assert len(count_queries) == 1
    assert (course.key, course.code, course.tier, course.topic) == ("lip-blush-basics", "C1", "certified", "technique")
    assert (course.lesson_count, course.minutes, course.hours) == (2, 14, 1.0)
    assert course.quiz == "quiz-lip-blush-basics"


def test_a_course_has_its_lessons_in_order(live: Session) -> None:
    page = queries.course_by_slug(live, "lip-blush-basics")
    assert page is not None
    assert [(x.key, x.position, x.step, x.minutes) for x in page.lessons] == [
        ("clean-station", 1, "hygiene", 6),
        ("map-to-last-look", 2, "lip-mapping", 8),
    ]
    assert list(page.course.payload["lessons"]) == ["clean-station", "map-to-last-look"]
    assert queries.lessons_of(live, ["lip-blush-basics", "none"]) == {
        "lip-blush-basics": list(page.lessons),
        "none": [],
    }
    assert queries.lesson_faces(live, ["clean-station", "gone"]) == {"clean-station": page.lessons[0]}


def test_a_lesson_carries_all_that_rendering_needs(live: Session) -> None:
    lesson = queries.lesson(live, "map-to-last-look")
    assert lesson is not None
    assert lesson.parent == "lip-blush-basics"
    figure = lesson.payload["figures"]["figures/lip-points.svg"]
    assert figure.startswith('<svg role="img" viewBox="0 0 400 240"><title>')
    assert lesson.payload["objectives"][0]["id"] == "obj-map-check"
    assert queries.lesson(live, "map-to-last-look", version=1) == lesson
    assert queries.lesson(live, "map-to-last-look", version=2) is None
    assert queries.pinned(live, lesson.id) == lesson
    assert queries.pinned(live, uuid4()) is None


def test_a_quiz_can_be_drawn_and_its_items_read(live: Session) -> None:
    quiz = queries.quiz(live, "quiz-lip-blush-basics")
    assert quiz is not None
    spec = quiz_from_dict(quiz.payload)
    pool = queries.item_pool(live, {d.bank for d in spec.draws})
    assert len(pool) == 8
    assert (pool[0].id, pool[0].topic, pool[0].objective, pool[0].lesson) == (
        "lb-001", "technique", "obj-map-check", "map-to-last-look",
    )  # fmt: skip
    bare = queries.item_pool(live, {"lip-blush-basics"}, tags=False)
    assert [(ref.id, ref.objective, ref.lesson) for ref in bare] == [(ref.id, "", "") for ref in pool]
    drawn = draw(spec, pool, [], "seed")
    versions = {str(v.id): v for v in (queries.current(live, Kind.ITEM, ref.id) for ref in drawn) if v}
    items = [item_from_dict(versions[ref.version_id].payload) for ref in drawn]
    assert sorted(item.type for item in items) == [
        "hotspot", "matching", "multiple_response", "numeric", "ordering", "single_choice", "true_false",
    ]  # fmt: skip
    (face,) = queries.quiz_faces(live)
    assert (face.key, face.course, face.kind, face.minutes) == (
        "quiz-lip-blush-basics", "lip-blush-basics", "graded", 20,
    )  # fmt: skip


def test_practice_definitions_are_found(live: Session) -> None:
    assert [e.key for e in queries.exercises(live)] == ["e08"]
    exercise = queries.exercise(live, "e08")
    assert exercise is not None
    assert [s["id"] for s in exercise.payload["slots"] if s["required"]] == ["f1", "f2", "f8"]
    rubric = queries.rubric(live)
    assert rubric is not None
    assert (rubric.key, len(rubric.payload["criteria"])) == ("piece-rubric", 10)
    defects = queries.defects(live)
    assert defects is not None
    assert "HYG" in {d["code"] for d in defects.payload["defects"]}
    certification = queries.certification(live, "certified")
    assert certification is not None
    assert certification.payload["hours"] == {"total": 1}
    assert [c.key for c in queries.certifications(live)] == ["certified"]
    assert queries.certification(live, "master") is None


def test_the_glossary_is_sorted_and_knows_its_aliases(live: Session) -> None:
    terms = queries.glossary(live)
    assert [t.slug for t in terms] == [
        "barrier", "cupid-s-bow", "midline", "pass", "vermilion-border", "wet-dry-line",
    ]  # fmt: skip
    assert terms[1].see == (("vermilion-border", "Vermilion border"),)
    index = queries.glossary_index(terms)
    assert index["wet-dry border"] == index["wet-dry line"]
    assert index["cord sleeve"][0] == "barrier"


def test_many_pinned_versions_come_in_one_statement(live: Session, count_queries: QueryCount) -> None:
    wanted = [e.id for e in queries.currents(live, Kind.ITEM)]
    count_queries.statements.clear()
    found = queries.pinned_many(live, wanted)
    assert len(count_queries) == 1
    assert set(found) == set(wanted)


def test_lessons_link_abbreviations_as_they_are_written() -> None:
    term = queries.Term("hiv", "HIV", ("Human Virus",), "A virus.", see=())
    assert queries.glossary_index([term]) == {"HIV": ("hiv", "A virus."), "human virus": ("hiv", "A virus.")}
