"""A flow is something that people do; its cost is the CPU of the server for each time it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.measure import Ratio, Server, Step, Visitor, slice_cpu
from bench.seed import World

HELLOS = 250
"""Hellos in a slice: enough that one slice takes a tenth of a second of CPU."""


@dataclass(frozen=True)
class Flow:
    """`prepare` makes `count` steps ready, outside of what is measured; one step is the flow done once.

    `requests` are those of one step. `floor` makes the steps on the hello server whose cost is not the product's:
    what it takes to receive a body of that size.
    """

    name: str
    title: str
    count: int
    prepare: Callable[[World, int], list[Step]]
    requests: int = 1
    floor: Callable[[Server, int], list[Step]] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the rounds of a flow showed; `floor` in CPU milliseconds is taken off already."""

    ratio: Ratio
    floor: tuple[float, ...] = ()


def measure(flows: Sequence[Flow], world: World, site: Server, baseline: Server, rounds: int) -> dict[str, Cost]:
    """Run every flow once to warm it up, then in alternating rounds, each time beside a slice of hellos."""
    _hello(baseline)
    for flow in flows:
        slice_cpu(site.pid, flow.prepare(world, flow.count))
    found: dict[str, list[tuple[float, float, float]]] = {flow.name: [] for flow in flows}
    for _ in range(rounds):
        for flow in flows:
            before = _hello(baseline)
            floor = slice_cpu(baseline.pid, flow.floor(baseline, flow.count)) if flow.floor else 0.0
            cost = slice_cpu(site.pid, flow.prepare(world, flow.count)) - floor
            after = _hello(baseline)
            found[flow.name].append((cost, (before + after) / 2, floor))
    return {name: _cost(slices) for name, slices in found.items()}


def _hello(baseline: Server) -> float:
    visitor = Visitor(baseline.port)
    cost = slice_cpu(baseline.pid, [lambda: visitor.get("/hello")] * HELLOS)
    visitor.close()
    return cost


def _cost(slices: Sequence[tuple[float, float, float]]) -> Cost:
    costs, hellos, floors = zip(*slices, strict=True)
    return Cost(Ratio(costs, hellos), floors if any(floors) else ())
