"""What the pages of courses show: true progress, in a constant number of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.domain.access.actor import Actor, Role
from app.domain.content.schema_lessons import Term
from app.learning import queries, services
from app.learning.queries import CourseLink, NextUp
from app.web.pagination import Page, page_of
from tests.conftest import NOW, QueryCount
from tests.factories.content import CourseDraft, draft, publish_courses, publish_journey
from tests.factories.learning import complete_lessons, finish_course

MakeUser = Callable[..., Actor]


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    return make_user(name="Amara Osei")


def _next_up(session: Session, user: Actor) -> NextUp | None:
    return queries.next_up(session, queries.catalog(session, user.user_id), user.user_id)


# --- the catalog -----------------------------------------------------------------------------------------------


def test_before_the_first_release_there_is_nothing(session: Session, student: Actor) -> None:
    assert queries.catalog(session, student.user_id) == []
    assert _next_up(session, student) is None
    assert queries.course_outline(session, student.user_id, "prep") is None
    assert queries.outline_around(session, student.user_id, "prep-1") is None
    assert queries.glossary_by_letter(session) == []
    assert queries.cohort(session) == []
    assert queries.course_links(session, []) == ()
    assert queries.done_lessons(session, student.user_id, []) == frozenset()


def test_the_catalog_has_own_progress_and_what_is_missing(session: Session, student: Actor) -> None:
    publish_courses(
        session,
        NOW,
        draft("prep", 6, 9),
        draft("mapping", 6, 6, 6, requires=("prep",)),
        draft("layers", 6, requires=("prep", "mapping")),
    )
    services.complete_lesson(session, student, "prep-1", now=NOW)
    prep, mapping, layers = queries.catalog(session, student.user_id)
    assert (prep.done, prep.course.lesson_count, prep.is_enrolled, prep.finished_at) == (1, 2, True, None)
    assert (prep.started_at, prep.last_at, prep.missing) == (NOW, NOW, ())
    assert (mapping.done, mapping.is_enrolled, mapping.last_at) == (0, False, None)
    assert mapping.missing == (CourseLink("prep", "C1", "Prep"),)
    assert [link.key for link in layers.missing] == ["prep", "mapping"]
    services.complete_lesson(session, student, "prep-2", now=NOW + timedelta(days=1))
    prep, mapping, layers = queries.catalog(session, student.user_id)
    assert prep.finished_at == NOW + timedelta(days=1)
    assert mapping.missing == ()
    assert [link.key for link in layers.missing] == ["mapping"]


def test_progress_counts_the_lessons_that_are_live(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6, 6))
    complete_lessons(session, student, ["prep-1", "prep-3"], now=NOW)
    publish_courses(session, NOW, draft("prep", 6, 7))
    (card,) = queries.catalog(session, student.user_id)
    assert (card.done, card.course.lesson_count) == (1, 2)
    outline = queries.course_outline(session, student.user_id, "prep")
    assert outline is not None
    assert [line.done_at for line in outline.lessons] == [NOW, None]
    assert outline.done == 1


def test_progress_is_ones_own(session: Session, student: Actor, make_user: MakeUser) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    finish_course(session, make_user(), "prep", now=NOW)
    (card,) = queries.catalog(session, student.user_id)
    assert (card.done, card.is_enrolled, card.finished_at) == (0, False, None)


@pytest.mark.parametrize("size", [3, 30])
def test_the_catalog_costs_the_same_for_any_number_of_courses(
    session: Session, student: Actor, count_queries: QueryCount, size: int
) -> None:
    publish_courses(session, NOW, *(draft(f"course-{n}", *[6] * 3) for n in range(size)))
    for n in range(0, size, 2):
        complete_lessons(session, student, [f"course-{n}-1"], now=NOW + timedelta(minutes=n))
    session.commit()
    count_queries.statements.clear()
    cards = queries.catalog(session, student.user_id)
    assert len(count_queries) == 4, "the first time the courses are read as well"
    count_queries.statements.clear()
    assert queries.catalog(session, student.user_id) == cards
    assert len(count_queries) == 3
    assert (len(cards), sum(card.done for card in cards)) == (size, (size + 1) // 2)
    assert queries.next_up(session, cards, student.user_id) is not None
    assert len(count_queries) == 4


# --- what comes next -------------------------------------------------------------------------------------------


def test_a_newcomer_starts_with_the_first_open_course(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("mapping", 6, requires=("prep",)), draft("prep", 6, 9))
    up = _next_up(session, student)
    assert up is not None
    assert (up.course, up.lesson.key, up.number, up.count, up.is_first) == (
        CourseLink("prep", "C2", "Prep"),
        "prep-1",
        1,
        2,
        True,
    )


def test_next_is_the_first_open_lesson_of_the_course_used_last(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6), draft("mapping", 6, 6, 6), draft("color", 6))
    services.complete_lesson(session, student, "prep-1", now=NOW)
    complete_lessons(session, student, ["mapping-1", "mapping-3"], now=NOW + timedelta(hours=1))
    up = _next_up(session, student)
    assert up is not None
    assert (up.lesson.key, up.number, up.count, up.is_first) == ("mapping-2", 2, 3, False)
    services.enroll(session, student, "color", now=NOW + timedelta(hours=2))
    up = _next_up(session, student)
    assert up is not None
    assert (up.lesson.key, up.is_first) == ("color-1", True)


def test_a_course_enrolled_in_too_early_is_not_next(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, requires=("prep",)))
    services.enroll(session, student, "mapping", now=NOW)
    up = _next_up(session, student)
    assert up is not None
    assert up.lesson.key == "prep-1"


def test_when_all_is_read_nothing_is_next(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    finish_course(session, student, "prep", now=NOW)
    assert _next_up(session, student) is None


# --- a course and its lessons ----------------------------------------------------------------------------------


def test_an_outline_knows_the_place_of_each_lesson(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 7, 8))
    outline = queries.course_outline(session, student.user_id, "prep")
    assert outline is not None
    assert [(line.key, line.position, line.minutes) for line in outline.lessons] == [
        ("prep-1", 1, 6),
        ("prep-2", 2, 7),
        ("prep-3", 3, 8),
    ]
    assert (outline.started_at, outline.next_line) == (None, outline.lessons[0])
    first, second = outline.place("prep-1"), outline.place("prep-2")
    assert (first.number, first.before, first.after) == (1, None, outline.lessons[1])
    assert (second.before, second.after) == (outline.lessons[0], outline.lessons[2])
    assert outline.place("prep-3").after is None
    with pytest.raises(KeyError):
        outline.place("elsewhere")


def test_an_outline_around_a_lesson_is_that_of_its_course(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6), draft("mapping", 6, 6, requires=("prep",)))
    services.enroll(session, student, "mapping", now=NOW)
    outline = queries.outline_around(session, student.user_id, "mapping-2")
    assert outline is not None
    assert outline == queries.course_outline(session, student.user_id, "mapping")
    assert (outline.key, outline.started_at, outline.finished_at) == ("mapping", NOW, None)
    assert outline.missing == (CourseLink("prep", "C1", "Prep"),)


def test_a_finished_course_has_nothing_next(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    finish_course(session, student, "prep", now=NOW)
    outline = queries.course_outline(session, student.user_id, "prep")
    assert outline is not None
    assert (outline.next_line, outline.done, outline.finished_at) == (None, 1, NOW)


@pytest.mark.parametrize("size", [3, 30])
def test_a_lesson_page_reads_two_statements(
    session: Session, student: Actor, count_queries: QueryCount, size: int
) -> None:
    others = [draft(f"other-{n}", 6) for n in range(size)]
    publish_courses(session, NOW, draft("prep", *[6] * size), *others)
    for other in others:
        services.enroll(session, student, other.id, now=NOW)
    complete_lessons(session, student, [f"prep-{n}" for n in range(1, size)], now=NOW)
    session.commit()
    queries.outline_around(session, student.user_id, "prep-1")  # the course itself is read once for each process
    count_queries.statements.clear()
    outline = queries.outline_around(session, student.user_id, "prep-1")
    assert len(count_queries) == 2
    assert outline is not None
    assert (outline.done, len(outline.lessons)) == (size - 1, size)


def test_lesson_links_keep_the_order_asked_for(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6))
    wanted = ["prep-2", "gone", "prep-1"]
    assert queries.lesson_links(session, wanted) == (("prep-2", "Lesson prep-2"), ("prep-1", "Lesson prep-1"))
    services.complete_lesson(session, student, "prep-2", now=NOW)
    assert queries.done_lessons(session, student.user_id, wanted) == {"prep-2"}


def test_the_glossary_stands_under_letters(session: Session) -> None:
    terms = [Term(term=t, meaning="m") for t in ("White roll", "aftercare", "3D skin", "Anatomy")]
    publish_courses(session, NOW, draft("prep", 6), terms=terms)
    assert [(letter, [t.term for t in group]) for letter, group in queries.glossary_by_letter(session)] == [
        ("#", ["3D skin"]),
        ("A", ["aftercare", "Anatomy"]),
        ("W", ["White roll"]),
    ]


# --- the cohort ------------------------------------------------------------------------------------------------


def _page(session: Session, size: int, after: tuple | None = None) -> Page:
    rows = queries.cohort(session, after=after, size=size)
    return page_of(rows, size, lambda line: (line.enrolled_at, str(line.enrollment_id)))


def _names(rows: Sequence[queries.StudentLine]) -> list[str]:
    return [line.name for line in rows]


def test_the_cohort_shows_each_student_once_by_the_newest_enrollment(
    session: Session, student: Actor, make_user: MakeUser
) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6), draft("mapping", 6))
    noor = make_user(name="Noor Haddad")
    make_user(name="Not Enrolled")
    services.complete_lesson(session, student, "prep-1", now=NOW)
    finish_course(session, noor, "prep", now=NOW + timedelta(hours=1))
    services.enroll(session, student, "mapping", now=NOW + timedelta(hours=2))
    services.complete_lesson(session, student, "prep-2", now=NOW + timedelta(hours=5))
    amara_line, noor_line = queries.cohort(session)
    assert (amara_line.name, noor_line.name) == ("Amara Osei", "Noor Haddad")
    assert amara_line.enrolled_at == NOW + timedelta(hours=2)
    assert amara_line.last_at == NOW + timedelta(hours=5)
    assert [(t.course.code, t.done, t.lessons) for t in amara_line.courses] == [("C1", 2, 2), ("C2", 0, 1)]
    assert (amara_line.done, amara_line.lessons, amara_line.finished) == (2, 3, 1)
    assert noor_line.courses[0].finished_at == NOW + timedelta(hours=1)


def test_only_open_accounts_of_students_are_in_the_cohort(
    session: Session, student: Actor, make_user: MakeUser
) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    teacher = make_user(Role.INSTRUCTOR, name="Ines Calloway")
    closed = make_user(name="Closed Account")
    former = make_user(name="Former Student")
    for person in (student, teacher, closed, former):
        services.enroll(session, person, "prep", now=NOW)
    admin = make_user(Role.ADMIN)
    accounts.disable_user(session, admin, closed.user_id, now=NOW)
    accounts.end_role(session, admin, former.user_id, Role.STUDENT, now=NOW)
    session.flush()
    assert _names(queries.cohort(session)) == ["Amara Osei"]


def test_a_student_whose_course_is_retired_still_stands_there(session: Session, student: Actor) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    services.enroll(session, student, "prep", now=NOW)
    publish_courses(session, NOW, draft("other", 6))
    (line,) = queries.cohort(session)
    assert (line.courses, line.lessons, line.last_at) == ((), 0, NOW)


def test_pages_of_the_cohort_join_without_gap_or_double(session: Session, make_user: MakeUser) -> None:
    publish_courses(session, NOW, draft("prep", 6))
    people = [make_user(name=f"Student {n}") for n in range(7)]
    for n, person in enumerate(people):
        # Three of them enroll at the same instant, so the id has to decide.
        services.enroll(session, person, "prep", now=NOW + timedelta(minutes=max(n, 3)))
    seen: list[str] = []
    after = None
    for expected in (3, 3, 1):
        rows = queries.cohort(session, after=after, size=3)
        assert len(rows[:3]) == expected
        seen += _names(rows[:3])
        last = rows[:3][-1]
        after = (last.enrolled_at, str(last.enrollment_id))
    assert sorted(seen) == sorted(person.name for person in people)
    assert seen[:3] == ["Student 6", "Student 5", "Student 4"]
    assert _page(session, 3).next_cursor
    assert not _page(session, 7).next_cursor


@pytest.mark.parametrize("size", [3, 30])
def test_the_cohort_costs_the_same_for_any_number_of_students(
    session: Session, make_user: MakeUser, count_queries: QueryCount, size: int
) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6), CourseDraft("color", [("wheel", 6, ())]))
    for n in range(size):
        person = make_user(name=f"Student {n}")
        complete_lessons(session, person, ["prep-1", "wheel"][: 1 + n % 2], now=NOW + timedelta(minutes=n))
    session.commit()
    count_queries.statements.clear()
    assert len(queries.cohort(session, size=30)) == size
    assert len(count_queries) == 4


def test_the_real_small_program_reads_the_same_way(session: Session, student: Actor) -> None:
    publish_journey(session, NOW)
    finish_course(session, student, "lip-blush-basics", now=NOW)
    (card,) = queries.catalog(session, student.user_id)
    assert (card.done, card.course.lesson_count, card.finished_at) == (2, 2, NOW)
