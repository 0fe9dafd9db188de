"""An exam of a hundred items: how many statements handing it in takes, and how much CPU the grading alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import event

from app.demo.answers import right_answer
from app.domain.access.actor import Actor, Role
from app.domain.assessment.grading import grade_attempt
from app.quizzes import queries, services
from bench.measure import BenchError
from bench.seed import World

EXAM = "exam-certified"
ITEMS = 100
TURNS = 20


def figures(world: World) -> dict[str, float]:
    """Take the exam as a student who never took it, through the services that the pages use."""
    runtime, now = world.runtime, world.runtime.now()
    student = Actor(id=world.student_id(17), name="", roles=frozenset({Role.STUDENT}))
    with runtime.transaction() as session:
        attempt = services.start_attempt(session, student, EXAM, now=now).id
        rows = queries.items_of(session, attempt)
        items = queries.definitions_of(session, [row.item_version_id for row in rows])
        if len(rows) != ITEMS:
            raise BenchError(f"{EXAM} draws {len(rows)} items instead of {ITEMS}.")
        for row in rows:
            raw = right_answer(items[row.item_version_id])
            services.save_response(session, student, attempt, row.position, raw, now=now)
    seen = _Statements()
    event.listen(runtime.db.engine, "before_cursor_execute", seen.note)
    with runtime.transaction() as session:
        services.submit_attempt(session, student, attempt, now=now)
    event.remove(runtime.db.engine, "before_cursor_execute", seen.note)
    return {"exam_submit_statements": float(len(seen.texts)), "exam_grade_cpu_ms": _grading(world, attempt)}


@dataclass
class _Statements:
    texts: list[str] = field(default_factory=list)

    def note(self, _c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        self.texts.append(statement)


def _grading(world: World, attempt: UUID) -> float:
    with world.runtime.db.reading() as session:
        rows = queries.items_of(session, attempt)
        items = queries.definitions_of(session, [row.item_version_id for row in rows])
        drawn = [items[row.item_version_id] for row in rows]
        answers = {row.item_key: items[row.item_version_id].response_from_json(row.response or {}) for row in rows}
        spec = queries.current_quiz(session, EXAM)[1]
    taken = []
    for _ in range(TURNS):
        before = time.process_time()
        grade_attempt(spec, drawn, answers)
        taken.append((time.process_time() - before) * 1000)
    return min(taken)
