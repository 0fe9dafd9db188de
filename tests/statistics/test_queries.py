"""What the pages read, and how many statements that takes."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.assessment.statistics.chosen import Chosen
from app.domain.errors import NotFound
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from app.statistics import services
from app.statistics.queries import pages
from tests.conftest import Clock, QueryCount
from tests.factories import quizzes as quiz_factory
from tests.factories import statistics as factory
from tests.statistics.conftest import BANK

Calculate = Callable[[str], None]


def test_a_quiz_without_attempts_is_listed_without_numbers(session: Session, exam: str) -> None:
    (face,) = pages.quizzes(session, Chosen.FIRST)
    assert (face.key, face.version, face.attempts, face.pass_rate, face.pass_mark) == (exam, 1, None, None, 60)
    page = pages.quiz_page(session, exam, Chosen.FIRST)
    assert (page.report, page.items, page.running) == (None, (), None)


def test_a_quiz_is_listed_by_the_newest_version_that_was_taken(
    session: Session, clock: Clock, reported: str, students: list[UUID], calculate: Calculate
) -> None:
    quiz_factory.publish_quizzes(session, clock(), BANK, quiz_factory.exam(count=2, pass_mark=60))
    session.commit()
    (face,) = pages.quizzes(session, Chosen.FIRST)
    assert (face.version, face.is_current, face.attempts) == (1, False, 40)
    factory.sit(session, reported, students[:5], now=clock(), number=2)
    session.commit()
    calculate(reported)
    (face,) = pages.quizzes(session, Chosen.FIRST)
    assert (face.version, face.is_current, face.attempts) == (2, True, 5)
    page = pages.quiz_page(session, reported, Chosen.FIRST)
    assert ([one.version for one in page.versions], page.face.version) == ([2, 1], 2)
    older = pages.quiz_page(session, reported, Chosen.FIRST, 1)
    assert older.report is not None
    assert (older.face.version, older.report.figures.n) == (1, 40)


def test_the_most_urgent_items_come_first(session: Session, runtime: Runtime, exam: str, calculate: Calculate) -> None:
    persons = factory.people(session, 120, runtime.now())
    factory.sit(
        session,
        exam,
        persons,
        now=runtime.now(),
        answering=lambda person, item, _chance: (person % 10 < 4) == (item.id == "bank-004"),
    )
    session.commit()
    calculate(exam)
    lines = pages.quiz_page(session, exam, Chosen.FIRST).items
    assert [line.key for line in lines[:1]] == ["bank-004"]
    assert lines[0].report.verdicts[0].finding == "key_wrong"
    assert pages.quizzes(session, Chosen.FIRST)[0].bad == 1


def test_an_unknown_quiz_version_or_item_is_not_found(session: Session, reported: str) -> None:
    for ask in (
        lambda: pages.quiz_page(session, "nothing", Chosen.FIRST),
        lambda: pages.quiz_page(session, reported, Chosen.FIRST, 9),
        lambda: pages.item_page(session, "nothing", "bank-001", Chosen.FIRST),
        lambda: pages.item_page(session, reported, "nothing", Chosen.FIRST),
    ):
        with pytest.raises(NotFound):
            ask()


def test_versions_of_an_item_stand_side_by_side_with_how_it_moved(
    session: Session, clock: Clock, reported: str, students: list[UUID], calculate: Calculate
) -> None:
    fixed = [dict(BANK[0], explanation="Better said."), *BANK[1:]]
    quiz_factory.publish_quizzes(session, clock(), fixed, quiz_factory.exam(count=3, pass_mark=60))
    factory.sit(session, reported, students, now=clock(), number=2, answering=lambda *_: True)
    session.commit()
    calculate(reported)
    page = pages.item_page(session, reported, "bank-001", Chosen.ALL)
    assert [row.version for row in page.rows] == [2, 1]
    assert page.newest is not None and page.newest.report.facility == 1
    (step,) = page.steps
    older = page.rows[1].report.facility
    assert older is not None
    assert (step.older, step.newer) == (1, 2)
    assert step.drift.difference == pytest.approx(1 - older)
    assert step.drift.is_clear
    other = pages.item_page(session, reported, "bank-002", Chosen.ALL)
    assert ([row.version for row in other.rows], other.steps) == ([1], ())


def test_an_item_that_nobody_answered_has_a_page_without_rows(session: Session, exam: str) -> None:
    page = pages.item_page(session, exam, "bank-001", Chosen.FIRST)
    assert (page.rows, page.newest, page.version, page.is_current) == ((), None, 1, True)


def test_a_calculation_is_seen_while_it_waits_and_runs(session: Session, runtime: Runtime, exam: str) -> None:
    assert pages.running_job(session, exam) is None
    services.ask_for(session, exam, now=runtime.now())
    services.ask_for(session, exam, now=runtime.now())
    session.flush()
    assert pages.running_job(session, exam) == pages.Running("queued", 0, 0)
    assert pages.running_job(session, "another") is None
    session.execute(
        update(Job).values(state="running", lease_until=runtime.now(), progress_done=500, progress_total=1_200)
    )
    assert pages.running_job(session, exam) == pages.Running("running", 500, 1_200)


def test_statements_do_not_grow_with_the_rows(
    session: Session, runtime: Runtime, students: list[UUID], calculate: Calculate, count_queries: QueryCount
) -> None:
    def cost(size: int) -> tuple[int, int, int]:
        items = [quiz_factory.simple_item(n) for n in range(1, size + 1)]
        exams = [quiz_factory.exam(f"exam-{n}", count=size) for n in range(size)]
        quiz_factory.publish_quizzes(session, runtime.now(), items, *exams)
        factory.sit(session, "exam-0", students[:4], now=runtime.now(), number=size)
        session.commit()
        calculate("exam-0")
        found = []
        for ask in (
            lambda: pages.quizzes(session, Chosen.FIRST),
            lambda: pages.quiz_page(session, "exam-0", Chosen.FIRST),
            lambda: pages.item_page(session, "exam-0", "bank-001", Chosen.FIRST),
        ):
            count_queries.statements.clear()
            ask()
            found.append(len(count_queries))
        return found[0], found[1], found[2]

    assert cost(3) == cost(30) == (1, 4, 3)
