"""Essays wait for a person; marks are only added; the last one makes the grade."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Invalid, NotFound
from app.infra.jobs.models import Job
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.quizzes import queries, services
from app.quizzes.models import Grade, Mark, Marking
from app.quizzes.services import MarkDraft, MarkedMeanwhile
from tests.factories.quizzes import essay_item, exam, simple_item, take_quiz

FULL = {"reason": 2, "clear": 1}
HALF = {"reason": 1, "clear": 1}
Publish = Callable[..., None]


def written(count: int = 1, **facts: Any) -> dict[str, Any]:
    """An exam with two choices and so many essays."""
    draws = [{"bank": "bank", "count": 2}, {"bank": "bank", "type": "essay", "count": count}]
    return exam("written", draws=draws, **facts)


@pytest.fixture
def now(runtime: Runtime) -> datetime:
    return runtime.now()


@pytest.fixture
def marker(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Marker")


@pytest.fixture
def live(publish: Publish) -> None:
    publish([simple_item(1), simple_item(2), essay_item(3), essay_item(4)], written(2))


def waiting(session: Session) -> list[Marking]:
    return list(session.scalars(select(Marking).where(Marking.is_waiting).order_by(Marking.item_key)))


def mark(session: Session, marker: Actor, row: Marking, points: dict[str, int], now: datetime, **facts: Any) -> Mark:
    revision = facts.pop("revision", row.revision)
    draft = MarkDraft(points, **{"comment": "Read it again.", **facts})
    return services.mark_essay(session, marker, row.id, draft, revision=revision, now=now)


def test_no_grade_until_the_last_essay_is_marked(
    session: Session, student: Actor, marker: Actor, live: None, now: datetime
) -> None:
    attempt, grade = take_quiz(session, student, "written", now=now)
    assert grade is None
    assert attempt.state == "submitted"
    assert queries.current_grade(session, attempt.id) is None
    assert queries.waits_for_first_grade(session, attempt.id)
    assert services.submit_attempt(session, student, attempt.id, now=now) is None, "twice changes nothing"
    standing = queries.overview(session, student.user_id, "written", now).standing
    assert standing.waits_for_marks and standing.mark is None and not standing.passed
    first, second = waiting(session)
    mark(session, marker, first, FULL, now)
    assert queries.current_grade(session, attempt.id) is None
    mark(session, marker, second, HALF, now)
    graded = queries.current_grade(session, attempt.id)
    assert graded is not None
    # Two choices right, one essay whole, one at 2 of 3 points: 11/12 of four points.
    assert Fraction(graded.report["percent"]) == Fraction(1100, 12)
    assert (graded.sequence, graded.passed, graded.reason) == (1, True, "Marked by an instructor.")
    assert not queries.waits_for_first_grade(session, attempt.id)


def test_the_student_is_told_and_certification_looks_again(
    session: Session, student: Actor, marker: Actor, publish: Publish, now: datetime
) -> None:
    publish([simple_item(1), simple_item(2), essay_item(3)], written())
    take_quiz(session, student, "written", now=now)
    handler = select(Job).where(Job.handler == "certification.after_attempt")
    before = len(session.scalars(handler).all())
    mark(session, marker, waiting(session)[0], FULL, now)
    notice = session.scalars(select(Notice).where(Notice.kind == "attempt_marked")).one()
    assert notice.user_id == student.user_id
    assert notice.facts == {"title": "Written", "again": False}
    assert len(session.scalars(handler).all()) == before + 1


def test_a_changed_mark_is_added_with_its_reason(
    session: Session, student: Actor, marker: Actor, publish: Publish, now: datetime
) -> None:
    publish([simple_item(1), simple_item(2), essay_item(3)], written())
    attempt, _ = take_quiz(session, student, "written", now=now)
    row = waiting(session)[0]
    mark(session, marker, row, FULL, now)
    with pytest.raises(Invalid) as caught:
        mark(session, marker, row, HALF, now)
    assert [p.field for p in caught.value.problems] == ["reason"]
    mark(session, marker, row, HALF, now, reason="The reason is only named.")
    marks = session.scalars(select(Mark).where(Mark.marking_id == row.id).order_by(Mark.revision)).all()
    assert [(m.revision, m.fraction, m.reason) for m in marks] == [
        (1, "1", ""),
        (2, "2/3", "The reason is only named."),
    ]
    grades = session.scalars(select(Grade).where(Grade.attempt_id == attempt.id).order_by(Grade.sequence)).all()
    assert [(g.sequence, g.is_current, g.reason) for g in grades] == [
        (1, False, "Marked by an instructor."),
        (2, True, "The reason is only named."),
    ]
    assert Fraction(grades[0].report["percent"]) == 100
    assert Fraction(grades[1].report["percent"]) == Fraction(800, 9)


def test_who_comes_second_replaces_nothing(
    session: Session, student: Actor, marker: Actor, make_user: Callable[..., Actor], live: None, now: datetime
) -> None:
    take_quiz(session, student, "written", now=now)
    row = waiting(session)[0]
    mark(session, marker, row, HALF, now)
    other = make_user(Role.INSTRUCTOR, name="Otto Marker")
    with pytest.raises(MarkedMeanwhile):
        mark(session, other, row, FULL, now, revision=0)
    assert [m.points for m in session.scalars(select(Mark))] == [HALF]


def test_every_criterion_needs_a_level_that_exists(
    session: Session, student: Actor, marker: Actor, live: None, now: datetime
) -> None:
    take_quiz(session, student, "written", now=now)
    row = waiting(session)[0]
    for points in ({}, {"reason": 2}, {"reason": 7, "clear": 1}):
        with pytest.raises(Invalid):
            mark(session, marker, row, points, now)
    with pytest.raises(Invalid):
        mark(session, marker, row, FULL, now, comment="x" * 2_001)
    assert session.scalars(select(Mark)).all() == []


def test_nobody_marks_their_own_essay(session: Session, student: Actor, live: None, now: datetime) -> None:
    take_quiz(session, student, "written", now=now)
    row = waiting(session)[0]
    with pytest.raises(NotFound):
        mark(session, student, row, FULL, now)
    assert queries.marking_queue(session, student, waiting=True) == []
    assert queries.markings_waiting(session, student) == 0


def test_the_queue_is_oldest_first_and_pages_by_key(
    session: Session, student: Actor, marker: Actor, make_user: Callable[..., Actor], live: None, now: datetime
) -> None:
    take_quiz(session, student, "written", now=now)
    take_quiz(session, make_user(Role.STUDENT), "written", now=now + timedelta(hours=1))
    lines = queries.marking_queue(session, marker, waiting=True, size=10)
    assert len(lines) == 4 == queries.markings_waiting(session, marker)
    assert [line.sent_at for line in lines] == sorted(line.sent_at for line in lines)
    page = queries.marking_queue(session, marker, waiting=True, size=3)
    assert [line.id for line in page] == [line.id for line in lines], "one more than asked for"
    rest = queries.marking_queue(session, marker, waiting=True, after=(lines[2].sent_at, str(lines[2].id)), size=3)
    assert [line.id for line in rest] == [lines[3].id]
    assert lines[0].prompt.startswith("Say why in essay bank-")
    assert queries.marking_queue(session, marker, waiting=False) == []


def test_an_empty_page_needs_no_marker(session: Session, student: Actor, live: None, now: datetime) -> None:
    attempt, grade = take_quiz(session, student, "written", now=now, skip=[3, 4])
    assert grade is not None
    assert Fraction(grade.report["percent"]) == 50
    assert waiting(session) == []
    assert not queries.waits_for_first_grade(session, attempt.id)


def test_an_attempt_closed_by_time_waits_too(session: Session, student: Actor, live: None, now: datetime) -> None:
    attempt, _ = take_quiz(session, student, "written", now=now, hand_in=False)
    late = now + timedelta(hours=2)
    assert services.close_overdue(session, attempt.id, now=late) is not None
    assert len(waiting(session)) == 2
    assert waiting(session)[0].sent_at == attempt.deadline_at


def test_the_result_shows_the_mark(
    session: Session, student: Actor, marker: Actor, publish: Publish, now: datetime
) -> None:
    publish([simple_item(1), simple_item(2), essay_item(3)], written())
    attempt, _ = take_quiz(session, student, "written", now=now)
    mark(session, marker, waiting(session)[0], HALF, now)
    sitting = queries.sitting(session, student.user_id, attempt.id)
    view = next(v for v in queries.result(session, student.user_id, sitting, now).views if v["item"]["type"] == "essay")
    assert view["feedback"] == "Read it again."
    assert [(p["text"], p["earned"], p["possible"]) for p in view["parts"]] == [
        ("Gives the reason", "1", "2"),
        ("Clear words", "1", "1"),
    ]
    assert view["earned"] == "0.66"


def test_a_regrade_of_a_choice_keeps_the_marks_that_a_person_gave(
    session: Session, runtime: Runtime, student: Actor, marker: Actor, publish: Publish, now: datetime
) -> None:
    publish([simple_item(1), simple_item(2), essay_item(3)], written())
    attempt, _none = take_quiz(session, student, "written", now=now)
    kept = mark(session, marker, waiting(session)[0], HALF, now)
    options = [
        {"id": letter, "text": f"{text} 1", "correct": letter == "b", "feedback": f"About {letter}."}
        for letter, text in (("a", "First"), ("b", "Second"), ("c", "Third"))
    ]
    publish([simple_item(1, options=options), simple_item(2), essay_item(3)], written())
    version = queries.outdated_item(session, "bank-001").version_id
    services.ask_regrade(session, marker, "bank-001", version_id=version, reason="The key was wrong.", now=now)
    session.commit()
    work_off(runtime)
    session.expire_all()
    assert session.scalars(select(Mark)).all() == [kept], "no mark was added or changed"
    graded = queries.current_grade(session, attempt.id)
    assert graded is not None
    # Of three points: the first choice is wrong by the new key, the second right, the essay at two thirds.
    assert (graded.sequence, Fraction(graded.report["percent"])) == (2, Fraction(500, 9))
