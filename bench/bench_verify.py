"""Is this number good? By the public page and by the interface for programs, for numbers all over the table."""

from __future__ import annotations

from itertools import count as counted

from bench.flow import Flow
from bench.measure import Step, Visitor
from bench.seed import World

ASKED_BY_ONE = 50
"""Look-ups from one address: sixty a minute are allowed."""
_next = counted()


def _steps(world: World, count: int, path: str, accept: str) -> list[Step]:
    steps: list[Step] = []
    for start in range(0, count, ASKED_BY_ONE):
        visitor = world.stranger()
        steps += [_step(visitor, world, path, accept) for _ in range(min(ASKED_BY_ONE, count - start))]
    return steps


def _step(visitor: Visitor, world: World, path: str, accept: str) -> Step:
    # 7919 is prime: the numbers asked for lie scattered over the index, and few are asked for twice.
    number = world.numbers[next(_next) * 7919 % len(world.numbers)]
    return lambda: visitor.get(f"{path}/{number}", accept=accept)


FLOWS = (
    Flow("verify-page", "Verify by number, page", 200, lambda w, n: _steps(w, n, "/credentials", "text/html")),
    Flow("verify-api", "Verify by number, API", 200, lambda w, n: _steps(w, n, "/api/v1/verify", "application/json")),
)
