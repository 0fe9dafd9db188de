"""What pages read: lists that cost the same whatever they hold, and results that tell nothing too early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor, Role
from app.domain.errors import NotFound
from app.quizzes import queries, services
from app.quizzes.models import Attempt
from tests.conftest import NOW, QueryCount
from tests.factories import quizzes as factory
from tests.factories.quizzes import course_quiz, exam, simple_item, take_quiz

Publish = Callable[..., None]
LATER = NOW + timedelta(hours=1)


def items(count: int) -> list[dict]:
    return [simple_item(n) for n in range(1, count + 1)]


def result_of(session: Session, actor: Actor, attempt: Attempt) -> queries.Result:
    return queries.result(session, actor.user_id, queries.sitting(session, actor.user_id, attempt.id), LATER)


# --- lists -----------------------------------------------------------------------------------------------------


def test_the_list_has_the_courses_taken_and_every_exam(session: Session, student: Actor, publish: Publish) -> None:
    publish(
        items(3),
        course_quiz("quiz-one", "course-one"),
        course_quiz("quiz-two", "course-two"),
        exam("exam-foundation", tier="foundation"),
    )
    factory.enroll_for(session, student, "quiz-two", now=NOW)
    lines = queries.quiz_lines(session, student.user_id, NOW)
    assert [(line.spec.id, line.course_title) for line in lines] == [
        ("quiz-two", "Course two"),
        ("exam-foundation", ""),
    ]
    assert lines[0].standing.mark is None and lines[0].standing.next.allowed


def test_the_list_knows_mark_and_tries(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(attempts=3))
    take_quiz(session, student, "exam", now=NOW)
    take_quiz(session, student, "exam", now=NOW + timedelta(minutes=30), wrong=[1])
    (line,) = queries.quiz_lines(session, student.user_id, LATER)
    assert line.standing.mark is not None and line.standing.mark.percent == 100
    assert line.standing.next.attempts_left == 1
    assert [face.number for face in line.standing.attempts] == [2, 1]
    assert line.standing.attempts[0].share == Fraction(200, 3)


@pytest.mark.parametrize(("policy", "percent"), [("best", 100), ("first", 100), ("last", 0), ("mean", 50)])
def test_the_policy_decides_which_attempt_counts(
    session: Session, student: Actor, publish: Publish, policy: str, percent: int
) -> None:
    publish(items(2), exam(count=2, policy=policy))
    take_quiz(session, student, "exam", now=NOW)
    take_quiz(session, student, "exam", now=NOW + timedelta(minutes=30), wrong=[1, 2])
    (line,) = queries.quiz_lines(session, student.user_id, LATER)
    assert line.standing.mark is not None and line.standing.mark.percent == percent


def test_the_list_costs_the_same_for_3_and_30_quizzes(
    session: Session, student: Actor, publish: Publish, count_queries: QueryCount
) -> None:
    costs = []
    for number in (3, 30):
        publish(items(2), *[course_quiz(f"quiz-{n}", f"course-{n}", count=2) for n in range(number)])
        for n in range(number):
            factory.enroll_for(session, student, f"quiz-{n}", now=NOW)
            take_quiz(session, student, f"quiz-{n}", now=NOW + timedelta(days=number, hours=n))
        session.commit()
        count_queries.statements.clear()
        assert len(queries.quiz_lines(session, student.user_id, NOW)) == number
        costs.append(len(count_queries))
    assert costs == [2, 2]


# --- overview --------------------------------------------------------------------------------------------------


def test_the_overview_tells_the_own_time(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    session.get_one(User, student.user_id).time_factor_percent = 125
    session.flush()
    page = queries.overview(session, student.user_id, "exam", NOW)
    assert (page.allowed, page.time_factor) == (timedelta(minutes=25), 125)
    assert not page.is_locked


def test_a_course_quiz_is_locked_without_enrollment(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), course_quiz("quiz", "course"))
    assert queries.overview(session, student.user_id, "quiz", NOW).is_locked
    factory.enroll_for(session, student, "quiz", now=NOW)
    page = queries.overview(session, student.user_id, "quiz", NOW)
    assert (page.is_locked, page.course_title) == (False, "Course")


def test_an_attempt_is_resumed_at_the_first_open_item(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    attempt, _none = take_quiz(session, student, "exam", now=NOW, skip=[2], hand_in=False)
    page = queries.overview(session, student.user_id, "exam", NOW)
    assert page.resume_at == 2
    assert page.standing.running is not None and page.standing.running.id == attempt.id
    services.save_response(session, student, attempt.id, 2, {"choice": []}, now=NOW)
    assert queries.first_unanswered(session, attempt.id) == 2


def test_a_quiz_that_is_not_there_is_not_found(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    with pytest.raises(NotFound):
        queries.overview(session, student.user_id, "nothing", NOW)


# --- one attempt -----------------------------------------------------------------------------------------------


def test_an_attempt_is_its_owners_alone(
    session: Session, student: Actor, publish: Publish, make_user: Callable[..., Actor]
) -> None:
    publish(items(3), exam())
    attempt, _grade = take_quiz(session, student, "exam", now=NOW)
    stranger = make_user(Role.STUDENT).user_id
    with pytest.raises(NotFound):
        queries.sitting(session, stranger, attempt.id)
    with pytest.raises(NotFound):
        queries.entry(session, stranger, attempt.id, 1)
    with pytest.raises(NotFound):
        queries.sitting(session, student.user_id, uuid4())


def test_the_clock_of_an_attempt(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    attempt, _none = take_quiz(session, student, "exam", now=NOW, hand_in=False)
    sitting = queries.sitting(session, student.user_id, attempt.id)
    end = NOW + timedelta(minutes=20)
    assert (sitting.allowed, sitting.used) == (timedelta(minutes=20), None)
    assert (sitting.is_over(end), sitting.seconds_left(end - timedelta(seconds=90.5))) == (False, 90)
    assert (sitting.is_over(end + timedelta(seconds=1)), sitting.accepts(end + timedelta(seconds=30))) == (True, True)
    assert (sitting.accepts(end + timedelta(seconds=31)), sitting.seconds_left(end + timedelta(days=1))) == (False, 0)


def test_the_navigator_knows_answers_flags_and_parts(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    attempt, _none = take_quiz(session, student, "exam", now=NOW, skip=[2], hand_in=False)
    services.save_response(session, student, attempt.id, 2, {}, now=NOW, flagged=True)
    slots = queries.slots(session, attempt.id)
    assert [(s.position, s.section, s.answered, s.flagged) for s in slots] == [
        (1, "lip-mapping", True, False),
        (2, "lip-mapping", False, True),
        (3, "lip-mapping", True, False),
    ]


# --- results ---------------------------------------------------------------------------------------------------


def test_a_result_waits_for_the_grade(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    attempt, _none = take_quiz(session, student, "exam", now=NOW, hand_in=False)
    with pytest.raises(NotFound):
        result_of(session, student, attempt)


def test_everything_is_shown_after_the_hand_in_when_the_quiz_says_so(
    session: Session, enrolled: Actor, journey: str
) -> None:
    attempt, _grade = take_quiz(session, enrolled, journey, now=NOW, wrong=[1], skip=[7])
    page = result_of(session, enrolled, attempt)
    assert (page.shown.key, page.shown.feedback, len(page.views)) == (True, True, 7)
    first, last = page.views[0], page.views[6]
    assert (first["correct"], first["answered"], first["earned"]) == (False, True, "0")
    assert (last["correct"], last["answered"]) == (False, False)
    assert all(view["correct"] and view["earned"] == "1" for view in page.views[1:6])
    assert set(page.lessons) == {"clean-station", "map-to-last-look"}
    assert page.share == Fraction(500, 7)
    assert {(part.section, part.possible) for part in page.sections} >= {("hygiene", 2), ("lip-mapping", 1)}


LAST = {"release": "after_pass_or_last_attempt", "attempts": 3}


def test_a_failed_attempt_with_tries_left_shows_its_score_only(
    session: Session, student: Actor, publish: Publish
) -> None:
    publish(items(3), exam(**LAST))
    attempt, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1])
    page = result_of(session, student, attempt)
    assert (page.shown.score, page.shown.correctness, page.views, page.lessons) == (True, False, (), {})
    assert page.sections[0].percent == Fraction(200, 3)


def test_a_pass_releases_earlier_attempts_too(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(**LAST))
    failed, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1])
    take_quiz(session, student, "exam", now=NOW + timedelta(minutes=5))
    assert len(result_of(session, student, failed).views) == 3


def test_nothing_is_released_while_the_last_attempt_runs(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(**{**LAST, "attempts": 2}))
    failed, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1])
    last = services.start_attempt(session, student, "exam", now=NOW + timedelta(minutes=5))
    session.flush()
    assert result_of(session, student, failed).views == (), "the same items may be on the table right now"
    services.submit_attempt(session, student, last.id, now=NOW + timedelta(minutes=6))
    assert len(result_of(session, student, failed).views) == 3


def test_a_retired_quiz_has_nothing_left_to_protect(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(**LAST))
    failed, _grade = take_quiz(session, student, "exam", now=NOW, wrong=[1])
    publish(items(3), exam("another"))
    page = result_of(session, student, failed)
    assert (page.is_live, len(page.views)) == (False, 3)


def test_points_are_those_of_the_grade_that_counts(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, grade = take_quiz(session, enrolled, journey, now=NOW, wrong=[1])
    assert grade is not None
    key = queries.items_of(session, attempt.id)[0].item_key
    grade.report = {**grade.report, "items": {**grade.report["items"], key: {"fraction": "1", "points": 1}}}
    session.flush()
    assert result_of(session, enrolled, attempt).views[0]["earned"] == "1"
