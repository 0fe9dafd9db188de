"""Working out in the background: what is kept, what is done again, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.assessment.statistics.chosen import Chosen
from app.infra.jobs.models import Job
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.quizzes.models import AttemptItem, Grade
from app.statistics import services, tasks
from app.statistics.models import ItemStatistics, QuizStatistics
from app.statistics.queries import pages, source
from tests.conftest import Clock, QueryCount
from tests.factories import quizzes as quiz_factory
from tests.factories import statistics as factory

Calculate = Callable[[str], None]


def kept(session: Session, chosen: Chosen = Chosen.FIRST) -> list[QuizStatistics]:
    query = select(QuizStatistics).where(QuizStatistics.chosen == chosen.value)
    return list(session.scalars(query.order_by(QuizStatistics.computed_at, QuizStatistics.id)))


def test_figures_are_those_of_the_grades(session: Session, reported: str) -> None:
    (row,) = kept(session)
    grades = session.execute(select(Grade.percent, Grade.passed)).all()
    assert (row.quiz_key, row.attempts) == (reported, 40)
    # Percentages of grades are cut to hundredths.
    assert row.mean == pytest.approx(sum(float(grade.percent) for grade in grades) / 40, abs=0.01)
    assert row.passed == sum(grade.passed for grade in grades)


def test_every_item_has_its_numbers_its_answers_and_its_time(session: Session, reported: str) -> None:
    page = pages.quiz_page(session, reported, Chosen.FIRST)
    counts = dict(session.execute(select(AttemptItem.item_key, func.count()).group_by(AttemptItem.item_key)).all())
    assert {line.key: line.report.n for line in page.items} == counts
    for line in page.items:
        table = line.report.answers
        right = next(row for row in table.rows if row.is_right)
        assert line.report.is_drawn
        assert line.report.facility == pytest.approx(right.tally.all / line.report.n)
        assert table.seen.all == line.report.n
        assert line.report.seconds is None or 20 <= line.report.seconds <= 60


def test_each_choice_of_attempts_is_kept(
    session: Session, runtime: Runtime, exam: str, students: list[UUID], calculate: Calculate
) -> None:
    factory.sit(session, exam, students[:4], now=runtime.now(), answering=lambda *_: False)
    factory.sit(session, exam, students[:3], now=runtime.now(), answering=lambda *_: True, number=2)
    session.commit()
    calculate(exam)
    found = {chosen: kept(session, chosen)[0] for chosen in Chosen}
    assert {chosen: (row.attempts, row.passed) for chosen, row in found.items()} == {
        Chosen.FIRST: (4, 0),
        Chosen.LAST: (4, 3),
        Chosen.BEST: (4, 3),
        Chosen.ALL: (7, 3),
    }
    assert found[Chosen.ALL].mean == pytest.approx(300 / 7)


def test_only_finished_and_graded_attempts_count(
    session: Session, runtime: Runtime, exam: str, students: list[UUID], calculate: Calculate
) -> None:
    closed, _other = factory.sit(session, exam, students[:2], now=runtime.now())
    session.execute(Grade.__table__.delete().where(Grade.attempt_id == closed.id))  # as while an essay waits
    session.commit()
    calculate(exam)
    assert [row.attempts for row in kept(session)] == [1]


def test_a_quiz_that_nobody_took_has_none(session: Session, exam: str, calculate: Calculate) -> None:
    calculate(exam)
    assert kept(session) == []
    assert session.scalar(select(func.count()).select_from(Job).where(Job.state != "done")) == 0


def test_working_out_again_replaces_what_was_kept(
    session: Session, runtime: Runtime, clock: Clock, reported: str, calculate: Calculate
) -> None:
    items = session.scalar(select(func.count()).select_from(ItemStatistics))
    clock.tick(hours=1)
    calculate(reported)
    (row,) = kept(session)
    assert row.computed_at == clock()
    assert session.scalar(select(func.count()).select_from(ItemStatistics)) == items


def test_versions_of_a_quiz_are_kept_apart_and_only_the_changed_one_is_done_again(
    session: Session, runtime: Runtime, clock: Clock, reported: str, students: list[UUID], calculate: Calculate
) -> None:
    from tests.statistics.conftest import BANK

    clock.tick(days=1)
    quiz_factory.publish_quizzes(session, clock(), BANK, quiz_factory.exam(count=2, pass_mark=60))
    factory.sit(session, reported, students[:5], now=clock(), number=2)
    session.commit()
    calculate(reported)
    older, newer = kept(session)
    assert (older.attempts, newer.attempts) == (40, 5)
    assert newer.computed_at - older.computed_at == timedelta(days=1)


def test_a_regrade_moves_answers_to_the_corrected_version(
    session: Session, runtime: Runtime, clock: Clock, reported: str, calculate: Calculate
) -> None:
    from tests.statistics.conftest import BANK

    fixed = [dict(BANK[0], explanation="Better said."), *BANK[1:]]
    quiz_factory.publish_quizzes(session, clock(), fixed, quiz_factory.exam(count=3, pass_mark=60))
    session.flush()
    _old, new = factory.versions(session, "bank-001")
    session.execute(
        AttemptItem.__table__.update().where(AttemptItem.item_key == "bank-001").values(graded_version_id=new)
    )
    session.commit()
    calculate(reported)
    lines = [line for line in pages.quiz_page(session, reported, Chosen.FIRST).items if line.key == "bank-001"]
    assert [line.version for line in lines] == [2]


def test_every_night_the_quizzes_with_new_grades_are_asked_for(
    session: Session, runtime: Runtime, clock: Clock, reported: str, students: list[UUID]
) -> None:
    def waiting() -> int:
        with runtime.transaction() as own:
            tasks.nightly(JobContext(runtime, clock()), {})
            return own.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) or 0

    assert waiting() == 0
    factory.sit(session, reported, students[:1], now=clock(), number=2)
    session.commit()
    tasks.nightly(JobContext(runtime, clock()), {})
    tasks.nightly(JobContext(runtime, clock()), {})  # asked twice, done once
    queued = session.scalars(select(Job.payload).where(Job.state == "queued")).all()
    assert list(queued) == [{"quiz": reported}]
    work_off(runtime)
    assert kept(session)[0].newest_grade == session.scalar(select(func.max(Grade.id)))
    assert waiting() == 0


def test_progress_tells_how_many_attempts_were_read(
    session: Session, runtime: Runtime, reported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "AT_ONCE", 15)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(JobContext, "progress", lambda _self, done, total: seen.append((done, total)))
    tasks.calculate(JobContext(runtime, runtime.now()), {"quiz": reported})
    assert seen == [(15, 40), (30, 40), (40, 40)]


def test_reading_takes_two_statements_for_many_attempts(
    session: Session, runtime: Runtime, exam: str, students: list[UUID], count_queries: QueryCount
) -> None:
    def cost() -> int:
        stock = source.stocks(session, exam)[0]
        count_queries.statements.clear()
        services.work_out(session, stock, lambda _done: None)
        return len(count_queries)

    factory.sit(session, exam, students[:3], now=runtime.now())
    session.commit()
    few = cost()
    factory.sit(session, exam, students[3:33], now=runtime.now())
    session.commit()
    assert cost() == few == 4


def test_the_order_of_reading_does_not_matter(
    session: Session, runtime: Runtime, reported: str, monkeypatch: Any
) -> None:
    stock = source.stocks(session, reported)[0]
    whole = services.work_out(session, stock, lambda _done: None)
    monkeypatch.setattr(source, "AT_ONCE", 7)
    ids = source.attempt_ids(session, stock.version_id)
    monkeypatch.setattr(source, "attempt_ids", lambda *_: ids[::-1])
    assert services.work_out(session, stock, lambda _done: None) == whole
