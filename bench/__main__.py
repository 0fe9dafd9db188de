"""`./vermilion bench`: measures every promise of budgets.toml and says which hold. Exit code 1 when one does not."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import (
    bench_learning,
    bench_quizzes,
    bench_reviews,
    bench_sign_in,
    bench_upload,
    bench_verify,
    figures,
    flow,
    measure,
    seed,
)

FLOWS = (
    *bench_verify.FLOWS,
    *bench_learning.FLOWS,
    *bench_quizzes.FLOWS,
    *bench_reviews.FLOWS,
    *bench_upload.FLOWS,
    *bench_sign_in.FLOWS,
)
console = Console(stderr=True, highlight=False)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; returns 0 when every budget holds, 1 otherwise."""
    asked = _arguments(arguments)
    budgets = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())
    chosen = [f for f in FLOWS if not asked.only or f.name in asked.only]
    with TemporaryDirectory(prefix="vermilion-bench-") as folder:
        instance = Path(folder) / "instance"
        world = _fill(instance, asked)
        site, baseline = measure.product(instance), measure.hello(Path(folder) / "hello.log")
        try:
            started_in, world.port = site.start(), site.port
            baseline.start()
            with console.status("Measuring requests, each beside a bare Flask"):
                costs = flow.measure(chosen, world, site, baseline, asked.rounds)
            found = {} if asked.only else figures.measure(world, site, started_in, console.log)
        finally:
            site.stop()
            baseline.stop()
            world.runtime.db.dispose()
    late = [*_show_ratios(chosen, costs, budgets["ratio"]), *_show_figures(found, budgets["figure"])]
    if asked.json:
        asked.json.write_text(json.dumps(_as_data(costs, found), indent=2) + "\n")
    console.print(f"Over budget: {', '.join(late)}." if late else "Every budget holds.")
    return 1 if late else 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./vermilion bench", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=[f.name for f in FLOWS], help="these requests and nothing else")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--students", type=int, default=seed.STUDENTS)
    parser.add_argument("--holders", type=int, default=seed.HOLDERS, help="people who only hold a certificate")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    return parser.parse_args(arguments)


def _fill(instance: Path, asked: argparse.Namespace) -> seed.World:
    began = time.monotonic()
    with console.status("One student lives the whole story"):
        world = seed.live(seed.make_runtime_in(instance))
    with console.status(f"{asked.students:,} students do the same, {asked.holders:,} more hold a certificate"):
        seed.copy_students(world, asked.students)
        seed.copy_holders(world, asked.holders)
    console.log(f"The academy is filled: {time.monotonic() - began:.0f} s")
    return world


def _show_ratios(flows: list[flow.Flow], costs: Mapping[str, flow.Cost], budgets: Mapping[str, float]) -> list[str]:
    table = Table(title=f"Server CPU per request beside a bare Flask ({platform.machine()}, least of the rounds)")
    for heading in ("request", "CPU ms", "hello ms", "x hello", "budget", ""):
        table.add_column(heading, justify="left" if heading in ("request", "") else "right")
    late = []
    for one in flows:
        ratio, budget = costs[one.name].ratio, budgets[one.name]
        holds = ratio.lowest <= budget
        late += [] if holds else [one.name]
        figures_ = (f"{min(ratio.flow):.2f}", f"{min(ratio.hello):.3f}", f"{ratio.lowest:.1f}", f"{budget:g}")
        table.add_row(one.title, *figures_, "holds" if holds else "over")
    Console().print(table)
    return late


def _show_figures(found: Mapping[str, float], budgets: Mapping[str, Any]) -> list[str]:
    if not found:
        return []
    table = Table(title="Other budgets")
    for heading in ("what", "measured", "budget", ""):
        table.add_column(heading, justify="right" if heading in ("measured", "budget") else "left")
    late = []
    for name, value in found.items():
        low, high = budgets[name] if isinstance(budgets[name], list) else (0, budgets[name])
        holds = low <= value <= high
        late += [] if holds else [name]
        table.add_row(
            name, f"{value:.2f}", f"{low:g} to {high:g}" if low else f"{high:g}", "holds" if holds else "over"
        )
    Console().print(table)
    return late


def _as_data(costs: Mapping[str, flow.Cost], found: Mapping[str, float]) -> dict[str, Any]:
    ratios = {
        name: {"lowest": cost.ratio.lowest, "median": cost.ratio.median, "cpu_ms": min(cost.ratio.flow)}
        for name, cost in costs.items()
    }
    return {"ratio": ratios, "figure": dict(found)}


if __name__ == "__main__":
    sys.exit(main())
