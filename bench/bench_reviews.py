"""An instructor's day: the queue with ten thousand pieces in it, and a piece in the workspace."""

from __future__ import annotations

from bench.flow import Flow
from bench.measure import Step
from bench.seed import World


def _queue(world: World, count: int) -> list[Step]:
    visitor = world.teach()
    return [lambda: visitor.get("/teach/reviews")] * count


def _workspace(world: World, count: int) -> list[Step]:
    visitor = world.teach()
    claimed = visitor.post(f"/teach/reviews/{world.waiting[0]}/claim", {})
    path = claimed.headers["Location"]
    return [lambda: visitor.get(path)] * count


FLOWS = (
    Flow("queue", "Review queue, 10,000 waiting", 60, _queue),
    Flow("workspace", "Open a piece in the workspace", 60, _workspace),
)
