"""The minute job hands in what ran out of time, tells the student, and lets no broken attempt hold up the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import RECURRING
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.quizzes import queries, tasks
from app.quizzes.models import Attempt, Grade
from tests.conftest import NOW, Clock
from tests.factories import quizzes as factory
from tests.factories.quizzes import exam, simple_item, take_quiz

JOB = "quizzes.close_overdue"


def run(session: Session, runtime: Runtime) -> None:
    enqueue(session, JOB, {}, now=runtime.now())
    session.commit()
    assert work_off(runtime) >= 1
    session.expire_all()


def test_it_runs_every_minute() -> None:
    assert RECURRING[JOB].every == timedelta(minutes=1)


def test_what_was_saved_in_time_is_graded_and_told_once(
    session: Session, runtime: Runtime, clock: Clock, enrolled: Actor, journey: str
) -> None:
    attempt, _none = take_quiz(session, enrolled, journey, now=NOW, skip=[1, 7], hand_in=False)
    clock.tick(minutes=20, seconds=30)
    run(session, runtime)
    assert attempt.state == "open", "the last half minute belongs to the network"
    clock.tick(seconds=1)
    run(session, runtime)
    run(session, runtime)
    assert (attempt.state, attempt.closed_by_time, attempt.submitted_at) == ("submitted", True, attempt.deadline_at)
    grade = queries.current_grade(session, attempt.id)
    assert grade is not None and grade.report["correct"] == 5
    notice = session.scalars(select(Notice).where(Notice.user_id == enrolled.id)).one()
    assert (notice.kind, notice.url) == ("attempt_closed", f"/learn/attempts/{attempt.id}/result")
    assert notice.facts == {"title": "Lip Blush Basics quiz"}


def test_attempts_without_a_limit_stay_open(
    session: Session, runtime: Runtime, clock: Clock, student: Actor, publish: Callable[..., None]
) -> None:
    publish([simple_item(n) for n in range(3)], exam(time_limit_minutes=None))
    attempt, _none = take_quiz(session, student, "exam", now=NOW, hand_in=False)
    clock.tick(days=400)
    run(session, runtime)
    assert attempt.state == "open"


def test_one_that_cannot_be_graded_does_not_hold_up_the_others(
    session: Session, runtime: Runtime, clock: Clock, make_user: Callable[..., Actor], journey: str
) -> None:
    attempts = []
    for number in range(3):
        actor = make_user(Role.STUDENT)
        factory.enroll_for(session, actor, journey, now=NOW)
        at = NOW + number * timedelta(seconds=1)
        attempts.append(take_quiz(session, actor, journey, now=at, hand_in=False)[0])
    broken = queries.items_of(session, attempts[0].id)[0]
    broken.response = {"chosen": "an option that never was"}
    session.commit()
    clock.tick(hours=1)
    with pytest.raises(ExceptionGroup) as failure:
        tasks.close_overdue(JobContext(runtime, runtime.now()), {})
    assert str(attempts[0].id) in failure.value.exceptions[0].__notes__[0]
    session.expire_all()
    assert [attempt.state for attempt in attempts] == ["open", "submitted", "submitted"]
    assert session.scalar(select(func.count()).select_from(Grade)) == 2


def test_one_that_was_handed_in_meanwhile_is_left_alone(
    session: Session, runtime: Runtime, enrolled: Actor, journey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, _grade = take_quiz(session, enrolled, journey, now=NOW)
    session.commit()
    monkeypatch.setattr(queries, "overdue", lambda *_: [attempt.id])
    tasks.close_overdue(JobContext(runtime, runtime.now()), {})
    assert session.scalar(select(func.count()).select_from(Notice)) == 0
    assert session.scalar(select(func.count()).select_from(Grade)) == 1


def test_the_oldest_come_first_and_only_so_many(
    session: Session, make_user: Callable[..., Actor], publish: Callable[..., None]
) -> None:
    publish([simple_item(n) for n in range(3)], exam())
    made = [
        take_quiz(session, make_user(Role.STUDENT), "exam", now=NOW - n * timedelta(minutes=1), hand_in=False)[0]
        for n in range(3)
    ]
    late = NOW + timedelta(hours=1)
    assert queries.overdue(session, late) == [attempt.id for attempt in reversed(made)]
    assert queries.overdue(session, late, limit=1) == [made[2].id]
    assert queries.overdue(session, NOW) == []
    assert session.scalar(select(func.count()).select_from(Attempt)) == 3
