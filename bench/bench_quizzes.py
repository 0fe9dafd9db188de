"""Taking a quiz: one answer saved by the page's script, and a whole attempt of ten items without script."""

from __future__ import annotations

from functools import partial
from itertools import count as counted
from uuid import UUID

from app.demo.answers import right_answer, wrong_answer
from app.quizzes import queries
from bench.flow import Flow
from bench.measure import Step, Visitor
from bench.seed import QUIZ, World

ITEMS = 10
SAVERS = 5
_students = counted(100)


def _begin(world: World, student: int) -> tuple[Visitor, str]:
    visitor = world.visit(student)
    started = visitor.post(f"/learn/quizzes/{QUIZ}/start", {})
    return visitor, started.headers["Location"].rpartition("/")[0]


def _answers(world: World, attempt: str, *, right: bool = True) -> list[dict[str, list[str]]]:
    with world.runtime.db.reading() as session:
        rows = queries.items_of(session, UUID(attempt.rpartition("/")[2]))
        items = queries.definitions_of(session, [row.item_version_id for row in rows])
        return [(right_answer if right else wrong_answer)(items[row.item_version_id]) for row in rows]


def _saves(world: World, count: int) -> list[Step]:
    steps: list[Step] = []
    for saver in range(SAVERS):
        visitor, attempt = _begin(world, 10 + saver)
        right, wrong = _answers(world, attempt), _answers(world, attempt, right=False)
        for turn in range(count // SAVERS):
            place = turn % ITEMS
            # Another answer than the one before, so that every step writes.
            answer = (right if turn // ITEMS % 2 else wrong)[place]
            steps.append(_save(visitor, f"{attempt}/{place + 1}", answer))
    return steps


def _save(visitor: Visitor, path: str, answer: dict[str, list[str]]) -> Step:
    return lambda: visitor.post(path, answer, expect=200, accept="application/json")


def _attempts(world: World, count: int) -> list[Step]:
    steps: list[Step] = []
    for _ in range(count):
        student = next(_students)
        steps.append(partial(_attempt, world, world.visit(student)))
    return steps


def _attempt(world: World, visitor: Visitor) -> None:
    started = visitor.post(f"/learn/quizzes/{QUIZ}/start", {})
    attempt = started.headers["Location"].rpartition("/")[0]
    for place, answer in enumerate(_answers(world, attempt), start=1):
        visitor.post(f"{attempt}/{place}", {**answer, "go": "next"})
    visitor.post(f"{attempt}/submit", {})
    visitor.get(f"{attempt}/result")


FLOWS = (
    Flow("save-answer", "Save one quiz answer", 100, _saves),
    Flow("attempt", "Whole attempt: start, 10 saves, hand in, result", 6, _attempts, requests=ITEMS + 3),
)
