"""Statistics of ten thousand attempts at an exam of a hundred items: reading them, and working them out."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text

from app.accounts.models import User
from app.accounts.services import sign_up
from app.config import settings_from
from app.content import queries as content
from app.content import services as content_services
from app.content.models import Definition, Kind
from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import SYSTEM
from app.domain.assessment.items.base import Item
from app.domain.assessment.statistics.book import Book
from app.domain.assessment.statistics.chosen import Chosen
from app.domain.assessment.statistics.report import quiz_report
from app.factory import make_runtime
from app.infra import migrate
from app.infra.runtime import Runtime
from app.quizzes.models import Attempt, AttemptItem, Grade
from app.quizzes.queries import definitions_of
from app.statistics.queries import source

EXAM = "exam-certified"
ATTEMPTS = 10_000
ITEMS = 100
PEOPLE = 500
PARTIAL = ("0", "0", "1/2", "1/3")
"""Shares that a wrong answer may earn."""


def figures() -> dict[str, float]:
    """CPU seconds to read the attempts from SQLite, and to work out every figure of the quiz and its items."""
    with TemporaryDirectory() as folder:
        runtime = make_runtime(settings_from({"VERMILION_INSTANCE": folder, "VERMILION_LOG_LEVEL": "error"}))
        migrate.upgrade(runtime.db)
        _fill(runtime)
        try:
            return _measure(runtime)
        finally:
            runtime.db.dispose()


def _measure(runtime: Runtime) -> dict[str, float]:
    book, entering = Book(), 0.0
    with runtime.db.reading() as session:
        (stock,) = source.stocks(session, EXAM)
        began = time.process_time()
        ids = source.attempt_ids(session, stock.version_id)
        for start in range(0, len(ids), source.AT_ONCE):
            for sat, cells in source.attempts(session, ids[start : start + source.AT_ONCE]):
                before = time.process_time()
                book.add(sat, cells)
                entering += time.process_time() - before
        reading = time.process_time() - began - entering
        items = {version: item for version, (_id, item) in source.items(session, book.versions).items()}
    taken = []
    for _ in range(3):
        before = time.process_time()
        quiz_report(book, Chosen.ALL, items)
        taken.append(time.process_time() - before)
    return {"statistics_read_cpu_s": reading, "statistics_cpu_s": entering + min(taken)}


def _fill(runtime: Runtime) -> None:
    """Attempts of people of every ability; each item has its own difficulty, and some answers are partly right."""
    now, chance = runtime.now(), random.Random(11)
    with runtime.transaction() as session:
        files = content_services.read_files(runtime.settings.courses, runtime.settings.quizzes)
        content_services.sync_content(session, files, actor=SYSTEM, now=now, note="bench")
        quiz = content.quiz(session, EXAM)
        if quiz is None:
            raise LookupError(f"There is no quiz {EXAM}.")
        found = select(Definition.id).where(Definition.kind == Kind.ITEM.value, Definition.is_current)
        versions = session.scalars(found.order_by(Definition.key).limit(ITEMS)).all()
        items = definitions_of(session, versions)
        for number in range(PEOPLE):
            sign_up(session, email=f"p{number}@example.com", name="Somebody", password_hash="x", now=now)
        session.flush()
        people = session.scalars(select(User.id)).all()
    attempts, cells, grades = zip(*_attempts(people, quiz.id, items, now, chance), strict=True)
    with runtime.transaction() as session:
        session.execute(insert(Attempt), list(attempts))
        session.execute(insert(AttemptItem), [cell for own in cells for cell in own])
        session.execute(insert(Grade), list(grades))
    with runtime.transaction() as session:
        for number in range(2, ATTEMPTS // PEOPLE + 1):
            for table in (Attempt, AttemptItem, Grade):
                session.execute(text(_copy(table.__table__, number)))


def _copy(table: Any, number: int) -> str:
    """Attempt `number` of everybody is the first one once more: writing a million rows one by one takes a minute."""

    def value(name: str) -> str:
        if name == "number":
            return str(number)
        if name == "attempt_id" or (name == "id" and table.name != "grade"):
            return f"'{number:08x}' || substr({name}, 9)"
        return name

    names = [column.name for column in table.columns if column.name != "id" or table.name != "grade"]
    first = "number = 1" if table.name == "attempt" else "substr(attempt_id, 1, 8) = '00000001'"
    copied = f"SELECT {', '.join(map(value, names))} FROM {table.name} WHERE {first}"
    return f"INSERT INTO {table.name} ({', '.join(names)}) {copied}"


def _attempts(
    people: Any, quiz_version: UUID, items: Mapping[UUID, Item[Any]], now: datetime, chance: random.Random
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]]:
    answers = {key: [_stored(item, right) for right in (False, True)] for key, item in items.items()}
    possible = sum(item.points for item in items.values())
    for person in people:
        attempt_id, ability = UUID(f"00000001{uuid4().hex[8:]}"), chance.gauss(0.55, 0.18)
        whose = {"user_id": person, "quiz_key": EXAM}
        cells, graded, earned = [], {}, Fraction(0)
        for place, (version, item) in enumerate(items.items(), start=1):
            is_right = chance.random() < ability + (place % 9 - 4) / 20
            share = "1" if is_right else chance.choice(PARTIAL)
            graded[item.id] = {"fraction": share, "points": item.points}
            earned += Fraction(share) * item.points
            cells.append(
                {
                    "attempt_id": attempt_id,
                    "position": place,
                    "item_key": item.id,
                    "item_version_id": version,
                    "graded_version_id": version,
                    "response": answers[version][is_right],
                    "saved_at": now + timedelta(seconds=30 * place),
                }
            )
        attempt = {"id": attempt_id, "quiz_version_id": quiz_version, "number": 1, **whose}
        attempt |= {"state": "submitted", "seed": "x", "started_at": now, "submitted_at": now}
        percent = earned * 100 / possible
        report = {"percent": str(percent), "items": graded}
        grade = {"attempt_id": attempt_id, "percent": Decimal(f"{float(percent):.2f}"), "passed": percent >= 80}
        yield attempt, cells, {**grade, **whose, "report": report, "graded_at": now}


def _stored(item: Item[Any], right: bool) -> dict[str, Any]:
    made = item.parse_response(right_answer(item) if right else wrong_answer(item))
    return item.response_to_json(made)
