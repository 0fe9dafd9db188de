"""Fifty requests at once over real HTTP, at two server processes on one database: no limit is beaten."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.factory import slice_modules
from app.infra.db import Database
from app.quizzes.models import Attempt, AttemptItem, Grade
from tests.support import postgres
from tests.support.site import Answer, Site, Visitor

QUIZ, LIMIT, AT_ONCE = "quiz-lip-blush-basics", 3, 50
ACCOUNT = {"email": "student@example.com", "password": "a lip is no wall"}

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database that several processes may use."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'both.db'}"
        return
    with postgres.server() as server, postgres.database(server, f"two_processes_{threading.get_native_id()}") as url:
        yield url


@pytest.fixture
def visitors(address: str, tmp_path: Path) -> Iterator[list[Visitor]]:
    """One student, signed in at two servers that share instance and database."""
    sites = [Site(tmp_path / "instance", environment={"VERMILION_DATABASE_URL": address}) for _n in range(2)]
    try:
        for site in sites:
            site.start()
        first, second = (Visitor(site) for site in sites)
        first.get("/sign-up")
        assert first.post("/sign-up", {"name": "Amara Osei", "adult": "y", **ACCOUNT}).status == 303
        second.get("/sign-in")
        assert second.post("/sign-in", ACCOUNT).status == 303
        for visitor in (first, second):
            visitor.get("/learn/")  # a new session has a new token, which comes with its first page
        assert first.post("/learn/courses/lip-blush-basics/enroll", {}).status == 303
        yield [first, second]
    finally:
        for site in sites:
            site.stop()


def at_once(visitors: list[Visitor], work: Callable[[Visitor], Answer]) -> list[Answer]:
    """Run `work` fifty times, begun together, half of them at each server."""
    gate = threading.Barrier(AT_ONCE)

    def run(number: int) -> Answer:
        gate.wait(60)
        return work(visitors[number % len(visitors)])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE), timeout=120))


def attempt_of(answer: Answer) -> str:
    found = re.search(r"/learn/attempts/([0-9a-f-]{36})/", answer.url)
    return found.group(1) if found else ""


def test_no_limit_is_beaten_by_two_processes(address: str, visitors: list[Visitor]) -> None:
    slice_modules("models")
    started = at_once(visitors, lambda visitor: visitor.post(f"/learn/quizzes/{QUIZ}/start", {}))
    assert {answer.status for answer in started} == {303}
    (attempt,) = {attempt_of(answer) for answer in started}

    handed_in = at_once(visitors, lambda visitor: visitor.post(f"/learn/attempts/{attempt}/submit", {}))
    assert {(answer.status, attempt_of(answer)) for answer in handed_in} == {(303, attempt)}

    def start_and_hand_in(visitor: Visitor) -> Answer:
        answer = visitor.post(f"/learn/quizzes/{QUIZ}/start", {})
        return visitor.post(f"/learn/attempts/{attempt_of(answer)}/submit", {}) if attempt_of(answer) else answer

    # Each round starts at least one attempt while one is left, so the last round meets the limit.
    answers = [answer for _round in range(LIMIT) for answer in at_once(visitors, start_and_hand_in)]
    assert {answer.status for answer in answers} == {303, 409}
    assert len({attempt_of(answer) for answer in answers if answer.status == 303}) == LIMIT - 1
    _check(address, attempt)


def _check(address: str, first: str) -> None:
    database = Database(address.replace("postgresql://", "postgresql+psycopg://", 1))
    with database.reading() as session:
        numbers = session.scalars(select(Attempt.number).order_by(Attempt.number)).all()
        states = set(session.scalars(select(Attempt.state)))
        grades = session.scalars(select(Grade.attempt_id)).all()
        items = session.execute(select(AttemptItem.attempt_id, func.count()).group_by(AttemptItem.attempt_id)).all()
    database.dispose()
    assert (list(numbers), states) == ([1, 2, 3], {"submitted"})
    assert len(grades) == len(set(grades)) == LIMIT, "each attempt is graded once"
    assert [count for _attempt, count in items] == [7] * LIMIT
    assert first in {str(attempt) for attempt in grades}
