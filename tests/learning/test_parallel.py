"""Several tabs at once: real transactions, no shared connection, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.domain.access.actor import Actor, Role
from app.factory import slice_modules
from app.infra.db import Base, Database
from app.infra.jobs.models import Job
from app.learning import services
from app.learning.models import Enrollment, LessonProgress
from tests.conftest import NOW
from tests.factories.content import draft, publish_courses
from tests.support import postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that only this test uses, so that its transactions may commit."""
    slice_modules("models")
    slice_modules("tasks")
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'parallel.db'}")
        Base.metadata.create_all(database.engine)
        yield database
        database.dispose()
        return
    with postgres.server() as address, postgres.database(address, "vermilion_learning_parallel") as url:
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
        Base.metadata.create_all(database.engine)
        yield database
        database.dispose()


def _student(database: Database) -> Actor:
    with database.transaction() as session:
        publish_courses(session, NOW, draft("prep", 7, 7, 7, hours=1))
        user = accounts.sign_up(session, email="amara@example.com", name="Amara Osei", password_hash="-", now=NOW)
        return Actor(user.id, user.name, frozenset({Role.STUDENT}))


def test_tabs_that_finish_lessons_at_once_double_nothing_and_lose_nothing(own_database: Database) -> None:
    student = _student(own_database)
    lessons = ["prep-1", "prep-2", "prep-3"] * 3
    gate = threading.Barrier(len(lessons))
    finished: list[bool] = []
    failures: list[Exception] = []

    def tab(lesson: str) -> None:
        gate.wait()
        try:
            with own_database.transaction() as session:
                completion = services.complete_lesson(session, student, lesson, now=NOW)
            finished.append(completion.finished_course)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=tab, args=(lesson,)) for lesson in lessons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(finished) == [False] * 8 + [True]
    with own_database.reading() as session:
        enrollment = session.scalars(select(Enrollment)).one()
        assert enrollment.finished_at == NOW
        rows = list(session.scalars(select(LessonProgress)))
        assert sorted(row.lesson_key for row in rows) == ["prep-1", "prep-2", "prep-3"]
        assert sum(row.minutes for row in rows) == 60
        events = select(func.count()).select_from(Job).where(Job.handler == "certification.after_lesson")
        assert session.scalar(events) == 3
