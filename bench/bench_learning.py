"""The pages that students open most: a lesson and their first page."""

from __future__ import annotations

from bench.flow import Flow
from bench.measure import Step
from bench.seed import World

READERS = 10


def _lessons(world: World, count: int) -> list[Step]:
    steps: list[Step] = []
    for reader in range(READERS):
        visitor = world.visit(1 + reader * 97)
        for turn in range(count // READERS):
            lesson = world.lessons[(reader + turn) % len(world.lessons)]
            steps.append(lambda visitor=visitor, lesson=lesson: visitor.get(f"/learn/lessons/{lesson}"))  # type: ignore[misc]
    return steps


def _dashboards(world: World, count: int) -> list[Step]:
    visitors = [world.visit(1 + reader * 89) for reader in range(READERS)]
    return [lambda v=visitors[n % READERS]: v.get("/learn/") for n in range(count)]  # type: ignore[misc]


FLOWS = (
    Flow("lesson", "Lesson page, signed in", 150, _lessons),
    Flow("dashboard", "First page of a student", 100, _dashboards),
)
