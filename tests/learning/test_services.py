"""Enrolling, finishing lessons and courses, the hours they count for, and the text of a lesson."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor
from app.domain.content.schema_lessons import Term
from app.domain.errors import Conflict, NotFound
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.learning import queries, services
from app.learning.models import Enrollment, LessonProgress
from app.learning.services import Locks
from tests.conftest import NOW, QueryCount
from tests.factories.content import CourseDraft, draft, publish_courses, publish_journey
from tests.factories.learning import complete_lessons, finish_course

MakeUser = Callable[..., Actor]


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    return make_user()


def _rows(session: Session, user: Actor) -> dict[str, LessonProgress]:
    found = session.scalars(select(LessonProgress).where(LessonProgress.user_id == user.user_id))
    return {row.lesson_key: row for row in found}


def _enrollment(session: Session, user: Actor, course: str) -> Enrollment:
    found = queries.enrollment(session, user.user_id, course)
    assert found is not None
    return found


def _events(session: Session) -> list[Job]:
    """The jobs that finished lessons asked for, one for each handler of the event."""
    found = session.scalars(select(Job).where(Job.handler == "certification.after_lesson").order_by(Job.id))
    return list(found)


def _audited(session: Session, tag: AuditTag) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == tag.value)) or 0


# --- enrolling -------------------------------------------------------------------------------------------------


def test_enrolling_pins_the_live_version_and_is_audited(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 9))
    enrollment = services.enroll(session, student, "prep", now=NOW)
    live = content.course_by_slug(session, "prep")
    assert live is not None
    assert enrollment.course_version_id == live.course.id
    assert (enrollment.started_at, enrollment.finished_at) == (NOW, None)
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.ENROLLED.value)).one()
    assert (line.actor_id, line.target_id, line.facts) == (student.id, str(enrollment.id), {"course": "prep"})


def test_enrolling_twice_is_once(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    first = services.enroll(session, student, "prep", now=NOW)
    again = services.enroll(session, student, "prep", now=NOW + timedelta(days=3))
    assert again.id == first.id
    assert again.started_at == NOW
    assert _audited(session, AuditTag.ENROLLED) == 1


def test_enrolling_while_another_request_enrolls_finds_its_row(
    session: Session, student: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    first = services.enroll(session, student, "prep", now=NOW)
    session.commit()
    real, calls = queries.enrollment, iter([True, False])
    # The first look finds nothing, as it would a moment before the other request commits.
    monkeypatch.setattr(queries, "enrollment", lambda *a, **k: None if next(calls) else real(*a, **k))
    assert services.enroll(session, student, "prep", now=NOW).id == first.id
    session.commit()
    assert _audited(session, AuditTag.ENROLLED) == 1


def test_enrolling_is_allowed_before_the_required_courses(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, requires=("prep",)))
    services.enroll(session, student, "mapping", now=NOW)
    assert _enrollment(session, student, "mapping").finished_at is None


def test_there_is_no_enrolling_in_what_is_not_live(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    with pytest.raises(NotFound):
        services.enroll(session, student, "mapping", now=NOW)


# --- lessons ---------------------------------------------------------------------------------------------------


def test_finishing_a_lesson_enrolls_credits_and_tells(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 9, hours=1))
    completion = services.complete_lesson(session, student, "prep-1", now=NOW)
    assert completion == services.Completion("prep", "Prep", "prep-2", 1, finished_course=False)
    row = _rows(session, student)["prep-1"]
    live = content.lesson(session, "prep-1")
    assert live is not None
    assert (row.course_key, row.lesson_version_id, row.done_at) == ("prep", live.id, NOW)
    assert row.minutes == 24  # 60 minutes, of which 6 of 15
    assert _enrollment(session, student, "prep").started_at == NOW
    (job,) = _events(session)
    assert job.payload == {"user_id": student.user_id.hex, "lesson_id": live.id.hex}


def test_finishing_a_lesson_twice_is_once(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 9))
    first = services.complete_lesson(session, student, "prep-1", now=NOW)
    again = services.complete_lesson(session, student, "prep-1", now=NOW + timedelta(hours=1))
    assert again == first
    assert _rows(session, student)["prep-1"].done_at == NOW
    assert len(_events(session)) == 1


def test_finishing_the_last_lesson_finishes_the_course(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 7, 7, 7, hours=1))
    complete_lessons(session, student, ["prep-3", "prep-1"], now=NOW)
    assert _enrollment(session, student, "prep").finished_at is None
    completion = services.complete_lesson(session, student, "prep-2", now=NOW + timedelta(hours=2))
    assert completion == services.Completion("prep", "Prep", "prep-3", 0, finished_course=True)
    assert _enrollment(session, student, "prep").finished_at == NOW + timedelta(hours=2)
    assert [row.minutes for row in _rows(session, student).values()] == [20, 20, 20]
    assert len(_events(session)) == 3
    again = services.complete_lesson(session, student, "prep-2", now=NOW + timedelta(hours=3))
    assert not again.finished_course
    assert _enrollment(session, student, "prep").finished_at == NOW + timedelta(hours=2)


def test_the_last_lesson_settles_the_rounding(session: Session, student: Actor) -> None:
    # 20 hours over seven equal lessons: 171.43 each; the certificate asks for 20 whole hours.
    publish_courses(session, NOW, draft("hygiene", *[8] * 7, hours=20))
    finish_course(session, student, "hygiene", now=NOW, every=timedelta(minutes=1))
    minutes = [row.minutes for row in sorted(_rows(session, student).values(), key=lambda row: row.done_at or NOW)]
    assert minutes == [171] * 6 + [174]
    assert sum(minutes) == 20 * 60


def test_a_lesson_out_of_order_is_welcome(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6))
    completion = services.complete_lesson(session, student, "prep-2", now=NOW)
    assert (completion.following, completion.left) == (None, 1)


def test_a_lesson_of_a_locked_course_is_refused_with_the_reason(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, requires=("prep",)))
    with pytest.raises(Conflict, match="opens when you have finished: Prep") as refused:
        services.complete_lesson(session, student, "mapping-1", now=NOW)
    assert refused.value.code == "locked"
    assert _rows(session, student) == {}
    finish_course(session, student, "prep", now=NOW)
    assert services.complete_lesson(session, student, "mapping-1", now=NOW).finished_course


def test_a_lesson_that_requires_another_is_refused_until_that_is_done(session: Session, student: Actor) -> None:
    other = draft("prep", 6)
    locked = CourseDraft("mapping", [("points", 6, ()), ("ratios", 6, ("points", "prep-1"))])
    publish_courses(session, NOW, other, locked)
    services.complete_lesson(session, student, "points", now=NOW)
    with pytest.raises(Conflict, match="finished: Lesson prep-1"):
        services.complete_lesson(session, student, "ratios", now=NOW)
    services.complete_lesson(session, student, "prep-1", now=NOW)
    assert services.complete_lesson(session, student, "ratios", now=NOW).finished_course


def test_a_lesson_done_stays_done_when_its_course_is_locked_later(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, 6))
    services.complete_lesson(session, student, "mapping-1", now=NOW)
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, 6, requires=("prep",)))
    assert services.complete_lesson(session, student, "mapping-1", now=NOW).left == 1
    assert len(_events(session)) == 1


def test_a_lesson_that_is_not_live_is_not_there(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6))
    publish_courses(session, NOW, draft("prep", 6))
    with pytest.raises(NotFound):
        services.complete_lesson(session, student, "prep-2", now=NOW)


def test_progress_is_one_persons_own(session: Session, student: Actor, make_user: MakeUser) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    other = make_user()
    finish_course(session, other, "prep", now=NOW)
    assert _rows(session, student) == {}
    assert queries.enrollment(session, student.user_id, "prep") is None


# --- releases change under the reader --------------------------------------------------------------------------


def test_a_lesson_added_later_leaves_the_course_finished_and_counts_for_its_reading(
    session: Session, student: Actor
) -> None:
    publish_courses(session, NOW, draft("prep", 8, 8, hours=1))
    finish_course(session, student, "prep", now=NOW)
    publish_courses(session, NOW, draft("prep", 8, 8, 9, 8, hours=1))
    outline = queries.course_outline(session, student.user_id, "prep")
    assert outline is not None
    assert (outline.done, len(outline.lessons), outline.finished_at) == (2, 4, NOW)
    later = NOW + timedelta(days=9)
    assert not services.complete_lesson(session, student, "prep-3", now=later).finished_course
    assert _rows(session, student)["prep-3"].minutes == 9
    assert _enrollment(session, student, "prep").finished_at == NOW


def test_a_course_whose_last_open_lesson_is_retired_is_finished_with_all_its_hours(
    session: Session, student: Actor, make_user: MakeUser
) -> None:
    behind = make_user()
    publish_courses(session, NOW, draft("prep", 8, 8, 8, hours=2))
    complete_lessons(session, student, ["prep-1", "prep-2"], now=NOW, every=timedelta(minutes=5))
    services.complete_lesson(session, behind, "prep-1", now=NOW)
    publish_courses(session, NOW, draft("prep", 8, 8, hours=2))
    events = len(_events(session))
    later = NOW + timedelta(days=1)
    assert services.finish_after_release(session, now=later) == 1
    assert services.finish_after_release(session, now=later) == 0
    assert _enrollment(session, student, "prep").finished_at == later
    assert _enrollment(session, behind, "prep").finished_at is None
    rows = _rows(session, student)
    assert (rows["prep-1"].minutes, rows["prep-2"].minutes) == (40, 80)
    assert len(_events(session)) == events + 1


def test_a_course_that_lost_all_its_lessons_is_not_finished_by_that(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 8), draft("other", 8))
    services.enroll(session, student, "prep", now=NOW)
    publish_courses(session, NOW, draft("other", 8))
    assert services.finish_after_release(session, now=NOW) == 0
    assert _enrollment(session, student, "prep").finished_at is None


def test_lessons_that_moved_here_finish_a_course_without_hours_of_its_own(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("old", 8, 8), draft("new", 8))
    services.complete_lesson(session, student, "old-1", now=NOW)
    services.enroll(session, student, "new", now=NOW)
    moved = CourseDraft("new", [("old-1", 8, ())])
    publish_courses(session, NOW, CourseDraft("old", [("old-2", 8, ())]), moved)
    assert services.finish_after_release(session, now=NOW) == 1
    assert _enrollment(session, student, "new").finished_at == NOW


# --- locks and text --------------------------------------------------------------------------------------------


def test_locks_say_what_comes_first(session: Session, student: Actor) -> None:
    publish_courses(
        session,
        NOW,
        draft("prep", 6),
        CourseDraft("mapping", [("points", 6, ()), ("ratios", 6, ("points",))], requires=("prep",)),
    )
    outline = queries.outline_around(session, student.user_id, "ratios")
    assert outline is not None
    locks = services.locks_of(session, student, outline, ("points",))
    assert [course.key for course in locks.courses] == ["prep"]
    assert locks.lessons == (("points", "Lesson points"),)
    assert locks
    assert not Locks()
    assert Locks(lessons=locks.lessons).sentence == "This lesson opens when you have finished: Lesson points."


def _text(session: Session, student: Actor, key: str) -> services.LessonText:
    outline = queries.outline_around(session, student.user_id, key)
    assert outline is not None
    return services.lesson_text(
        session,
        outline.place(key).line.version_id,
        outline.glossary_id,
        lesson_url=lambda lesson: f"/l/{lesson}",
        glossary_url=lambda slug: f"/g#{slug}",
    )


def test_the_text_of_a_lesson_is_rendered_once(session: Session, student: Actor, count_queries: QueryCount) -> None:
    publish_journey(session, NOW)
    first = _text(session, student, "clean-station")
    assert first.objectives[0].startswith("Set up and tear down")
    assert len(first.summary) == 3
    assert (first.sources[0].ref, first.sources[0].url, first.sources[0].as_read) == ("R22", "", None)
    assert first.requires == ()
    assert '<figure class="figure">' in first.html
    assert "<script" not in first.html
    count_queries.statements.clear()
    assert _text(session, student, "clean-station") is first
    assert len(count_queries) == 2


def test_a_new_version_or_a_new_glossary_is_a_new_text(session: Session, student: Actor) -> None:
    word = Term(term="Philtrum", meaning="The groove under the nose.")
    publish_courses(session, NOW, draft("prep", 6), terms=[word])
    before = _text(session, student, "prep-1")
    assert 'href="/g#philtrum"' in before.html
    publish_courses(session, NOW, draft("prep", 6), terms=[Term(term="Tubercle", meaning="The middle of the lip.")])
    without = _text(session, student, "prep-1")
    assert "glossary-term" not in without.html
    publish_courses(session, NOW, draft("prep", 7), terms=[word])
    assert _text(session, student, "prep-1") is not before


def test_there_is_no_text_of_an_unknown_version(session: Session) -> None:
    with pytest.raises(NotFound):
        services.lesson_text(session, uuid4(), None, lesson_url=str, glossary_url=str)
