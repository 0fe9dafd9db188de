"""`python -m bench.curves`: how the cost of pages and queries grows with the academy, as a table and a chart.

One academy grows: a thousand students who lived the whole story, then students of whom only what the long tables hold
is there (account, courses, attempts, a certificate each), until each size is reached. At each, the same pages of the
same people are measured on the running product, and the same queries in this process.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from app.credentials import queries as credentials
from app.learning import queries as learning
from app.notifications import queries as notifications
from app.quizzes import queries as quizzes
from app.reviews import queries as reviews
from bench import bench_learning, bench_quizzes, bench_reviews, bench_verify, flow, measure, seed
from bench.chart import Points, chart

SIZES = (1_000, 30_000, 1_000_000)
WHOLE = 1_000
"""Students with everything, which are those that pages are opened for."""
CALLS = 200
PAGES = ("verify-page", "verify-api", "lesson", "dashboard", "save-answer", "queue")
COUNTED = ("user_account", "attempt", "credential")
console = Console(stderr=True, highlight=False)
Query = Callable[[Session, seed.World, int], object]

QUERIES: Mapping[str, Query] = {
    "catalog with my progress": lambda session, world, n: learning.catalog(session, world.student_id(n)),
    "my open attempts": lambda session, world, n: quizzes.open_attempts_of(session, world.student_id(n)),
    "my unread notices": lambda session, world, n: notifications.unread_count(session, world.student_id(n)),
    "verify by number": lambda session, world, n: credentials.public_view(
        session, world.numbers[n % len(world.numbers)], world.runtime.now()
    ),
    "queue, first page": lambda session, world, _n: reviews.queue(session, now=world.runtime.now(), size=20),
    "next piece to review": lambda session, world, _n: reviews.next_waiting(
        session, world.instructor, world.runtime.now()
    ),
}


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one size: rows of the long tables, milliseconds by page and by query."""

    students: int
    rows: Mapping[str, int]
    pages: Mapping[str, float]
    queries: Mapping[str, float]


def main(arguments: list[str] | None = None) -> int:
    """Grow, measure, write `curves.md` and `curves.svg` into the folder; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="students, rising (default 1000,30000,1000000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the table and the chart")
    parser.add_argument("--work", type=Path, help="folder for the data (default: where temporary files lie)")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="vermilion-curves-", dir=asked.work) as folder:
        found = _measured(Path(folder) / "instance", asked.sizes, asked.rounds)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "curves.md").write_text(table(found))
    (asked.out / "curves.svg").write_text(picture(found))
    console.print(f"Written: {asked.out / 'curves.md'}, {asked.out / 'curves.svg'}")
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(sorted(int(part.replace("_", "")) for part in text.split(",")))
    if not sizes or sizes[0] < 1:
        raise argparse.ArgumentTypeError("name sizes above zero, such as 1000,30000")
    return sizes


def _measured(instance: Path, sizes: Sequence[int], rounds: int) -> list[Size]:
    began = time.monotonic()
    with console.status("One student lives the whole story, and others do the same"):
        world = seed.live(seed.make_runtime_in(instance))
        seed.copy_students(world, min(WHOLE, sizes[0]))
    console.log(f"{world.students:,} whole students: {time.monotonic() - began:.0f} s")
    found, there = [], world.students
    for size in sizes:
        _grow(world, there, size)
        there = max(there, size)
        with world.runtime.db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
            rows = {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in COUNTED}
        console.log(f"{size:,} students; measuring")
        found.append(Size(there, rows, _pages(instance, world, rounds), _queries(world)))
    world.runtime.db.dispose()
    return found


def _grow(world: seed.World, there: int, size: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Students", total=max(size - there, 0))
        if size > there:
            seed.copy_lean(world, range(there, size), lambda count: progress.advance(task, count))


def _pages(instance: Path, world: seed.World, rounds: int) -> dict[str, float]:
    flows = (*bench_verify.FLOWS, *bench_learning.FLOWS, *bench_quizzes.FLOWS, *bench_reviews.FLOWS)
    chosen = [each for each in flows if each.name in PAGES]
    site, baseline = measure.product(instance), measure.hello(instance.parent / "hello.log")
    try:
        site.start(seconds=300)
        world.port = site.port
        baseline.start()
        costs = flow.measure(chosen, world, site, baseline, rounds)
    finally:
        site.stop()
        baseline.stop()
    return {each.title: min(costs[each.name].ratio.flow) for each in chosen}


def _queries(world: seed.World) -> dict[str, float]:
    """CPU milliseconds of each query, the median over people scattered over the tables."""
    found = {}
    people = random.Random(1).choices(range(world.students), k=CALLS)
    with world.runtime.db.reading() as session:
        for name, query in QUERIES.items():
            query(session, world, 0)
            taken = []
            for n in people:
                before = time.process_time()
                query(session, world, n)
                taken.append(time.process_time() - before)
            found[name] = sorted(taken)[len(taken) // 2] * 1000
    return found


def table(found: Sequence[Size]) -> str:
    """The figures as Markdown, one column for each size."""
    heads = [f"{size.students:,} students" for size in found]
    lines = [f"| CPU ms | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for name in COUNTED:
        lines.append(f"| rows of `{name}` | {' | '.join(f'{size.rows[name]:,}' for size in found)} |")
    for title in found[0].pages:
        lines.append(f"| {title} | {' | '.join(f'{size.pages[title]:.2f}' for size in found)} |")
    for title in found[0].queries:
        lines.append(f"| query: {title} | {' | '.join(f'{size.queries[title]:.3f}' for size in found)} |")
    return "\n".join(lines) + "\n"


def picture(found: Sequence[Size]) -> str:
    """The figures as a chart."""
    series: dict[str, Points] = {}
    for title in found[0].pages:
        series[title] = [(size.students, max(size.pages[title], 0.001)) for size in found]
    for title in found[0].queries:
        series[f"query: {title}"] = [(size.students, max(size.queries[title], 0.001)) for size in found]
    return chart("What a page or a query costs as the academy grows", "students", "CPU milliseconds", series)


if __name__ == "__main__":
    sys.exit(main())
