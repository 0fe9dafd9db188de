"""Pauses, own time, minutes that are added, and closing for somebody: the server's clock follows each of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Expired, Invalid, NotFound
from app.infra.audit import AuditEvent, readable_facts
from app.quizzes import queries, services
from app.quizzes.models import Attempt, AttemptPause
from tests.conftest import NOW
from tests.factories.quizzes import exam, simple_item, take_quiz

Publish = Callable[..., None]
MINUTE = timedelta(minutes=1)
END = NOW + 20 * MINUTE


def facts(session: Session, tag: str) -> dict[str, object]:
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)).one()
    return readable_facts(session, [line])[line.id]


@pytest.fixture
def running(session: Session, student: Actor, publish: Publish) -> Attempt:
    """An attempt of 20 minutes that started now, of a student who may pause for ten."""
    publish([simple_item(n) for n in range(1, 5)], exam(count=3))
    session.get_one(User, student.user_id).pause_minutes = 10
    attempt = services.start_attempt(session, student, "exam", now=NOW)
    session.flush()
    return attempt


def grant(session: Session, by: Actor, to: Actor, factor: int = 100, pause: int = 0, at: timedelta = MINUTE) -> None:
    services.grant_time(
        session, by, to.user_id, time_factor_percent=factor, pause_minutes=pause, reason="Agreed in June", now=NOW + at
    )


# --- pauses ----------------------------------------------------------------------------------------------------


def test_a_pause_moves_the_end_by_what_it_took(session: Session, student: Actor, running: Attempt) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + 5 * MINUTE)
    assert (running.deadline_at, running.paused_until) == (END + 10 * MINUTE, NOW + 15 * MINUTE)
    services.resume_attempt(session, student, running.id, now=NOW + 8 * MINUTE)
    assert (running.deadline_at, running.paused_at) == (END + 3 * MINUTE, None)
    pause = session.scalars(select(AttemptPause)).one()
    assert (pause.started_at, pause.ended_at) == (NOW + 5 * MINUTE, NOW + 8 * MINUTE)
    assert queries.sitting(session, student.user_id, running.id).pause_left(NOW + 9 * MINUTE) == 7 * MINUTE


def test_a_second_pause_takes_what_is_left_and_a_third_is_refused(
    session: Session, student: Actor, running: Attempt
) -> None:
    for start, end in ((2, 8), (10, 30)):
        services.pause_attempt(session, student, running.id, now=NOW + start * MINUTE)
        services.resume_attempt(session, student, running.id, now=NOW + end * MINUTE)
    assert running.deadline_at == END + 10 * MINUTE
    with pytest.raises(Conflict) as refused:
        services.pause_attempt(session, student, running.id, now=NOW + 29 * MINUTE)
    assert refused.value.code == "no_pause_left"
    lengths = [p.ended_at - p.started_at for p in session.scalars(select(AttemptPause).order_by("started_at"))]  # type: ignore[operator]
    assert lengths == [6 * MINUTE, 4 * MINUTE]


def test_a_pause_that_nobody_ends_lets_the_clock_go_on_and_the_job_close(
    session: Session, student: Actor, running: Attempt
) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + 5 * MINUTE)
    assert services.close_overdue(session, running.id, now=END + 10 * MINUTE) is None
    closed = services.close_overdue(session, running.id, now=END + 11 * MINUTE)
    assert closed is not None
    assert (closed.submitted_at, closed.closed_by_time, closed.paused_at) == (END + 10 * MINUTE, True, None)
    assert session.scalars(select(AttemptPause)).one().ended_at == NOW + 15 * MINUTE


def test_a_lapsed_pause_is_written_down_before_the_next(session: Session, student: Actor, running: Attempt) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + 5 * MINUTE)
    session.get_one(User, student.user_id).pause_minutes = 12
    services.pause_attempt(session, student, running.id, now=NOW + 16 * MINUTE)
    pauses = session.scalars(select(AttemptPause).order_by(AttemptPause.started_at)).all()
    assert [p.ended_at for p in pauses] == [NOW + 15 * MINUTE, None]
    assert running.deadline_at == END + 12 * MINUTE


def test_no_answer_is_taken_while_the_clock_stands_still(session: Session, student: Actor, running: Attempt) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + MINUTE)
    with pytest.raises(Conflict) as refused:
        services.save_response(session, student, running.id, 1, {}, now=NOW + 2 * MINUTE)
    assert refused.value.code == "paused"
    services.save_response(session, student, running.id, 1, {}, now=NOW + 12 * MINUTE)


def test_handing_in_ends_the_pause(session: Session, student: Actor, running: Attempt) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + MINUTE)
    services.submit_attempt(session, student, running.id, now=NOW + 3 * MINUTE)
    assert (running.deadline_at, running.paused_until) == (END + 2 * MINUTE, None)
    assert session.scalars(select(AttemptPause)).one().ended_at == NOW + 3 * MINUTE


def test_who_may_not_pause(session: Session, student: Actor, running: Attempt, make_user: Callable[..., Actor]) -> None:
    with pytest.raises(NotFound):
        services.pause_attempt(session, make_user(), running.id, now=NOW)
    with pytest.raises(Expired):
        services.pause_attempt(session, student, running.id, now=END + MINUTE)
    session.get_one(User, student.user_id).pause_minutes = 0
    with pytest.raises(Conflict) as refused:
        services.pause_attempt(session, student, running.id, now=NOW)
    assert refused.value.code == "no_pause"
    services.submit_attempt(session, student, running.id, now=NOW + MINUTE)
    with pytest.raises(Conflict):
        services.resume_attempt(session, student, running.id, now=NOW + MINUTE)


# --- own time --------------------------------------------------------------------------------------------------


def test_own_time_moves_an_attempt_that_runs(
    session: Session, student: Actor, instructor: Actor, running: Attempt
) -> None:
    services.pause_attempt(session, student, running.id, now=NOW)
    services.resume_attempt(session, student, running.id, now=NOW + 3 * MINUTE)
    grant(session, instructor, student, 150, 10, 4 * MINUTE)
    assert running.deadline_at == NOW + 33 * MINUTE, "half as much again, and the pause stays"
    found = facts(session, "quizzes:user:time_granted")
    assert (found["factor_before"], found["factor"], found["reason"]) == (100, 150, "Agreed in June")
    assert found["running"] == [running.id.hex]


def test_a_running_attempt_is_never_shortened(
    session: Session, student: Actor, instructor: Actor, running: Attempt
) -> None:
    grant(session, instructor, student, 200, 10)
    grant(session, instructor, student, 100, 0, 2 * MINUTE)
    assert running.deadline_at == NOW + 40 * MINUTE
    services.submit_attempt(session, student, running.id, now=NOW + 3 * MINUTE)
    again = services.start_attempt(session, student, "exam", now=NOW + 4 * MINUTE)
    assert again.deadline_at == NOW + 24 * MINUTE, "the next one goes by what holds now"


def test_more_pause_during_a_pause_counts_at_once(
    session: Session, student: Actor, instructor: Actor, running: Attempt
) -> None:
    services.pause_attempt(session, student, running.id, now=NOW + 5 * MINUTE)
    grant(session, instructor, student, 100, 15, 6 * MINUTE)
    assert (running.paused_until, running.deadline_at) == (NOW + 20 * MINUTE, END + 15 * MINUTE)


def test_own_time_stretches_duration_and_window_together(
    session: Session, student: Actor, instructor: Actor, publish: Publish
) -> None:
    publish([simple_item(n) for n in range(1, 5)], exam(closes_at=NOW + 15 * MINUTE))
    plain = services.start_attempt(session, student, "exam", now=NOW)
    assert plain.deadline_at == NOW + 15 * MINUTE
    grant(session, instructor, student, 150)
    assert plain.deadline_at == NOW + 25 * MINUTE, "ten minutes more, though the window is over"
    page = queries.overview(session, student.user_id, "exam", NOW)
    assert (page.closes_at, page.allowed) == (NOW + 25 * MINUTE, 30 * MINUTE)


@pytest.mark.parametrize(
    ("factor", "pause", "reason", "field"),
    [
        (99, 0, "Because", "time_factor_percent"),
        (401, 0, "Because", "time_factor_percent"),
        (150, 241, "Because", "pause_minutes"),
        (150, -1, "Because", "pause_minutes"),
        (150, 0, " ", "reason"),
        (150, 0, "x" * 301, "reason"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(
    session: Session, student: Actor, instructor: Actor, factor: int, pause: int, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.grant_time(
            session,
            instructor,
            student.user_id,
            time_factor_percent=factor,
            pause_minutes=pause,
            reason=reason,
            now=NOW,
        )
    assert [p.field for p in refused.value.problems] == [field]
    session.rollback()
    assert session.get_one(User, student.user_id).time_factor_percent == 100


def test_nobody_grants_time_to_themselves_or_to_nobody(session: Session, instructor: Actor) -> None:
    with pytest.raises(Conflict):
        grant(session, instructor, instructor, 150)
    with pytest.raises(NotFound):
        services.grant_time(
            session, instructor, uuid4(), time_factor_percent=150, pause_minutes=0, reason="Because", now=NOW
        )


# --- one attempt -----------------------------------------------------------------------------------------------


def extend(session: Session, by: Actor, attempt: Attempt, minutes: int = 5, at: timedelta = MINUTE) -> None:
    services.extend_attempt(session, by, attempt.id, minutes=minutes, reason="Fire drill", now=NOW + at)


def test_minutes_are_added_and_stay_when_other_things_change(
    session: Session, student: Actor, instructor: Actor, running: Attempt
) -> None:
    services.pause_attempt(session, student, running.id, now=NOW)
    extend(session, instructor, running)
    assert running.deadline_at == END + 15 * MINUTE
    services.resume_attempt(session, student, running.id, now=NOW + 2 * MINUTE)
    assert running.deadline_at == END + 7 * MINUTE
    grant(session, instructor, student, 150, 10, 3 * MINUTE)
    assert running.deadline_at == END + 17 * MINUTE
    assert facts(session, "quizzes:attempt:extended")["reason"] == "Fire drill"


def test_minutes_for_an_attempt_that_ran_out_count_from_now(
    session: Session, instructor: Actor, running: Attempt
) -> None:
    extend(session, instructor, running, at=23 * MINUTE)
    assert running.deadline_at == NOW + 28 * MINUTE


def test_what_cannot_be_extended(session: Session, student: Actor, instructor: Actor, running: Attempt) -> None:
    for minutes in (0, 241):
        with pytest.raises(Invalid):
            extend(session, instructor, running, minutes)
    with pytest.raises(Conflict):
        extend(session, student, running)
    services.submit_attempt(session, student, running.id, now=NOW + MINUTE)
    with pytest.raises(Conflict) as refused:
        extend(session, instructor, running)
    assert refused.value.code == "submitted"


def test_an_attempt_without_a_limit_has_no_clock(
    session: Session, student: Actor, instructor: Actor, publish: Publish
) -> None:
    publish([simple_item(n) for n in range(3)], exam(time_limit_minutes=None))
    session.get_one(User, student.user_id).pause_minutes = 10
    attempt = services.start_attempt(session, student, "exam", now=NOW)
    session.flush()
    assert queries.sitting(session, student.user_id, attempt.id).pause_left(NOW) == timedelta(0)
    for change in (
        lambda: extend(session, instructor, attempt),
        lambda: services.pause_attempt(session, student, attempt.id, now=NOW),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "no_clock"
    grant(session, instructor, student, 150)
    assert attempt.deadline_at is None


def test_closing_for_somebody_grades_what_was_saved(
    session: Session, student: Actor, instructor: Actor, publish: Publish
) -> None:
    publish([simple_item(n) for n in range(1, 5)], exam(count=3))
    attempt, _none = take_quiz(session, student, "exam", now=NOW, skip=[3], hand_in=False)
    services.close_attempt(session, instructor, attempt.id, reason="Went home ill", now=NOW + 2 * MINUTE)
    grade = queries.current_grade(session, attempt.id)
    assert grade is not None and grade.report["correct"] == 2
    assert (attempt.state, attempt.submitted_at, attempt.closed_by_time) == ("submitted", NOW + 2 * MINUTE, False)
    assert facts(session, "quizzes:attempt:closed")["reason"] == "Went home ill"
    with pytest.raises(Conflict):
        services.close_attempt(session, instructor, attempt.id, reason="Again", now=NOW + 3 * MINUTE)


def test_what_cannot_be_closed(session: Session, student: Actor, instructor: Actor, running: Attempt) -> None:
    with pytest.raises(Invalid):
        services.close_attempt(session, instructor, running.id, reason="", now=NOW)
    with pytest.raises(Conflict):
        services.close_attempt(session, student, running.id, reason="I can", now=NOW)
    with pytest.raises(NotFound):
        services.close_attempt(session, instructor, uuid4(), reason="Because", now=NOW)
