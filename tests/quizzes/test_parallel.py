"""Threads with sessions of their own, on real databases: whatever meets, one wins and nothing is doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, DomainError
from app.infra.db import Database
from app.infra.jobs.models import Job
from app.infra.jobs.registry import SUBSCRIBERS
from app.quizzes import queries, services
from app.quizzes.models import Attempt, AttemptItem, Grade, Mark, Marking
from tests.conftest import NOW
from tests.factories.quizzes import essay_item, exam, publish_quizzes, simple_item, take_quiz


@pytest.fixture
def actor(shared_database: Database) -> Actor:
    """A student, and an exam of three items that may be taken three times."""
    with shared_database.transaction() as session:
        publish_quizzes(session, NOW, [simple_item(n) for n in range(9)], exam(count=3, attempts=3))
        user = account_services.sign_up(session, email="a@example.com", name="Amara", password_hash="x", now=NOW)
        session.flush()
        found = accounts.actor_by_id(session, user.id)
        assert found is not None
        return found


def at_once(database: Database, count: int, work: Callable[[Session, int], Any]) -> list[Any]:
    """Run `work` in that many threads that begin together; each has a transaction of its own. Refusals are results."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        try:
            with database.transaction() as session:
                return work(session, number)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def total(database: Database, model: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def started(database: Database, actor: Actor) -> UUID:
    with database.transaction() as session:
        return take_quiz(session, actor, "exam", now=NOW, hand_in=False)[0].id


def test_twenty_starts_make_one_attempt(shared_database: Database, actor: Actor) -> None:
    ids = at_once(shared_database, 20, lambda session, _n: services.start_attempt(session, actor, "exam", now=NOW).id)
    assert len(set(ids)) == 1
    assert total(shared_database, Attempt) == 1
    assert total(shared_database, AttemptItem) == 3


def test_twenty_starts_and_hand_ins_beat_no_limit(shared_database: Database, actor: Actor) -> None:
    def start_and_hand_in(session: Session, _number: int) -> int:
        attempt = services.start_attempt(session, actor, "exam", now=NOW)
        session.flush()
        services.submit_attempt(session, actor, attempt.id, now=NOW)
        return attempt.number

    results = at_once(shared_database, 20, start_and_hand_in)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3]
    assert len(refused) == 17 and {refusal.code for refusal in refused} == {"no_attempts_left"}
    assert total(shared_database, Attempt) == 3
    assert total(shared_database, Grade) == 3


def test_parallel_hand_ins_make_one_grade(shared_database: Database, actor: Actor) -> None:
    attempt_id = started(shared_database, actor)
    jobs = total(shared_database, Job)
    grades = at_once(
        shared_database, 12, lambda session, _n: services.submit_attempt(session, actor, attempt_id, now=NOW).id
    )
    assert len(set(grades)) == 1
    assert total(shared_database, Grade) == 1
    told = len(SUBSCRIBERS["attempt_submitted"])
    assert total(shared_database, Job) - jobs == told > 0


def test_the_student_and_the_job_close_it_once(shared_database: Database, actor: Actor) -> None:
    attempt_id = started(shared_database, actor)
    late = NOW + timedelta(hours=1)

    def close(session: Session, number: int) -> object:
        if number % 2:
            return services.submit_attempt(session, actor, attempt_id, now=late).id
        closed = services.close_overdue(session, attempt_id, now=late)
        return None if closed is None else closed.id

    results = at_once(shared_database, 10, close)
    assert len(set(results[1::2])) == 1
    assert total(shared_database, Grade) == 1


def test_of_saves_on_top_of_the_same_revision_one_wins(shared_database: Database, actor: Actor) -> None:
    attempt_id = started(shared_database, actor)
    with shared_database.reading() as session:
        row = queries.items_of(session, attempt_id)[0]
        item = queries.pinned_item(session, row.item_version_id)
        before = row.revision
    answers = [right_answer(item), wrong_answer(item)]

    def save(session: Session, number: int) -> Any:
        return services.save_response(
            session, actor, attempt_id, 1, answers[number % 2], now=NOW, base=before, flagged=number % 2 == 1
        )

    results = at_once(shared_database, 12, save)
    kept = [result for result in results if isinstance(result, services.Saved)]
    stale = [result for result in results if isinstance(result, services.Stale)]
    assert len(kept) + len(stale) == 12
    assert len({saved.flagged for saved in kept}) == 1, "only the winner's answer and its repetitions"
    assert {saved.revision for saved in kept} == {before + 1} == {refusal.revision for refusal in stale}


def test_a_save_and_the_hand_in_stand_in_line(shared_database: Database, actor: Actor) -> None:
    attempt_id = started(shared_database, actor)

    def save_or_hand_in(session: Session, number: int) -> Any:
        if number == 0:
            return services.submit_attempt(session, actor, attempt_id, now=NOW).report["correct"]
        return services.save_response(session, actor, attempt_id, number, {}, now=NOW).answered

    correct, *saves = at_once(shared_database, 4, save_or_hand_in)
    taken_away = sum(saved is False for saved in saves)
    assert correct == 3 - taken_away, "what was confirmed before is graded, what came after is refused"
    assert all(isinstance(refusal, Conflict) for refusal in saves if refusal is not False)


def _essays(database: Database, count: int) -> tuple[UUID, list[UUID], list[Actor]]:
    """An attempt with so many essays to mark, and as many markers."""
    spec = exam("written", draws=[{"bank": "bank", "type": "essay", "count": count}])
    with database.transaction() as session:
        publish_quizzes(session, NOW, [essay_item(n) for n in range(count)], spec)
        people = []
        for n in range(count + 1):
            email = f"person-{n}@example.com"
            user = account_services.sign_up(session, email=email, name=f"P {n}", password_hash="x", now=NOW)
            session.flush()
            person = accounts.actor_by_id(session, user.id)
            assert person is not None
            people.append(person)
        attempt, grade = take_quiz(session, people[0], "written", now=NOW)
        assert grade is None
        markings = list(session.scalars(select(Marking.id).where(Marking.attempt_id == attempt.id)))
        return attempt.id, markings, people[1:]


def test_essays_of_one_attempt_marked_at_once_make_one_grade(shared_database: Database) -> None:
    """Without the lock on the attempt each marker would see the others' essays as waiting, and nobody would grade."""
    attempt_id, markings, markers = _essays(shared_database, 4)
    draft = services.MarkDraft({"reason": 2, "clear": 1})
    at_once(
        shared_database,
        4,
        lambda session, n: services.mark_essay(session, markers[n], markings[n], draft, revision=0, now=NOW).id,
    )
    assert total(shared_database, Mark) == 4
    with shared_database.reading() as session:
        assert [g.percent for g in session.scalars(select(Grade).where(Grade.attempt_id == attempt_id))] == [100]


def test_one_essay_marked_by_many_at_once_keeps_one_mark(shared_database: Database) -> None:
    _attempt_id, markings, markers = _essays(shared_database, 4)
    draft = services.MarkDraft({"reason": 2, "clear": 1})
    results = at_once(
        shared_database,
        4,
        lambda session, n: services.mark_essay(session, markers[n], markings[0], draft, revision=0, now=NOW).revision,
    )
    assert sorted(str(r) for r in results if not isinstance(r, Conflict)) == ["1"]
    assert sum(isinstance(r, services.MarkedMeanwhile) for r in results) == 3
    assert total(shared_database, Mark) == 1
