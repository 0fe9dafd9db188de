"""`python -m bench.kill`: SIGKILL of the web process or the worker, again and again, under load; then count.

Every acknowledged write is written down by the client, beyond the reach of any kill: an answer of a quiz, a quiz that
was handed in, a text of a practice entry, the parts of a photo. After the last cycle each must be there, and once.
The processes are those of production: web without workers, and `flask worker`, on SQLite or on PostgreSQL.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.infra.db import Database
from app.infra.storage.local import LocalStorage
from bench import kill_load
from bench.measure import ROOT, BenchError, free_port

CONTENT = ROOT / "tests" / "journey_content"
DATABASES = ("sqlite", "postgres")


@dataclass
class Host:
    """A web process and a worker on one instance folder."""

    instance: Path
    database_url: str
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, what: str) -> None:
        """Start "web" or "worker"; does not wait."""
        settings = {
            "INSTANCE": str(self.instance),
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "COURSES": str(CONTENT / "courses"),
            "QUIZZES": str(CONTENT / "quizzes"),
            "PASSWORD_MEMORY_KIB": "8",
            "PASSWORD_TIME_COST": "1",
            "LOG_LEVEL": "error",
            "WORKERS": "0",
        }
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VERMILION_")}
        environment = clean | {f"VERMILION_{name}": value for name, value in settings.items()}
        command = ["wsgi.py"] if what == "web" else ["-m", "flask", "--app", "wsgi", "worker"]
        with self.log.open("ab") as log:
            self.running[what] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, what: str) -> None:
        """SIGKILL a process and all that it started: no handler runs, nothing is flushed."""
        os.killpg(self.running[what].pid, signal.SIGKILL)
        self.running.pop(what).wait()

    def stop(self) -> None:
        """End what runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait(self, seconds: float = 60) -> float:
        """Wait until the web process answers; returns the seconds. Raises BenchError when it never does."""
        began = time.monotonic()
        while time.monotonic() - began < seconds and self.running["web"].poll() is None:
            if kill_load.answers(self.port):
                return time.monotonic() - began
            time.sleep(0.02)
        raise BenchError(f"The web process did not come back:\n{self.log.read_text(errors='replace')[-3000:]}")

    @property
    def log(self) -> Path:
        """What both print."""
        return self.instance.with_suffix(".log")


@dataclass
class Outcome:
    """What came of it."""

    cycles: int
    kills: dict[str, int]
    acknowledged: int
    lost: list[str]
    doubled: list[str]
    restarts: list[float]
    seconds: float

    @property
    def is_sound(self) -> bool:
        """Nothing lost, nothing doubled, and there was something to lose."""
        return not self.lost and not self.doubled and self.acknowledged > self.cycles


def run(
    folder: Path,
    database_url: str,
    cycles: int,
    *,
    students: int = 4,
    seed: int = 7,
    tell: Callable[[int, int], None] = lambda done, acknowledged: None,
) -> Outcome:
    """Start, load, kill `cycles` times, wait until all jobs are done, and compare. Raises BenchError when stuck."""
    chance, began = random.Random(seed), time.monotonic()
    host = Host(folder / "instance", database_url)
    kills, restarts = {"web": 0, "worker": 0}, []
    try:
        host.start("web")
        host.wait()
        host.start("worker")
        load = kill_load.Load(host.port, students, chance.randrange(2**32))
        load.sign_up()
        for cycle in range(cycles):
            load.go_on()
            load.wait_for_more(chance.randint(2, 14))
            time.sleep(chance.uniform(0, 0.1))  # then a moment that nobody chose
            what = "worker" if chance.random() < 0.35 else "web"
            host.kill(what)
            kills[what] += 1
            host.start(what)
            if what == "web":
                restarts.append(host.wait())
            tell(cycle + 1, load.acknowledged)
        load.halt()
        database = Database(host.database_url)
        kill_load.wait_for_jobs(database)
        host.stop()
        storage = LocalStorage(host.instance / "files")
        lost, doubled = kill_load.compare(database, storage, load)
        database.dispose()
    finally:
        host.stop()
    return Outcome(cycles, kills, load.acknowledged, lost, doubled, restarts, time.monotonic() - began)


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database; PostgreSQL from the server that the tests use."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'instance' / 'vermilion.db'}"
        return
    from tests.support import postgres

    with postgres.server() as address, postgres.database(address, f"kill_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--students", type=int, default=4, help="how many write at once")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        TemporaryDirectory(prefix="vermilion-kill-") as folder,
        database_of(asked.database, Path(folder)) as url,
        Progress(*columns, console=Console(stderr=True)) if sys.stderr.isatty() else nullcontext() as bar,
    ):
        task = bar.add_task(f"killing on {asked.database}", total=asked.cycles) if bar else None

        def tell(done: int, acknowledged: int) -> None:
            if bar and task is not None:
                bar.update(task, completed=done, description=f"{acknowledged} acknowledged")

        found = run(Path(folder), url, asked.cycles, students=asked.students, seed=asked.seed, tell=tell)
    restarts = sorted(found.restarts) or [0.0]
    late = statistics.quantiles(restarts, n=20)[-1] if len(restarts) > 1 else restarts[0]
    print(
        f"{found.cycles} cycles on {asked.database} in {found.seconds:.0f} s, "
        f"{found.seconds / max(1, found.cycles):.2f} s each: "
        f"{found.kills['web']} web and {found.kills['worker']} worker processes killed; "
        f"{found.acknowledged} acknowledged writes, {len(found.lost)} lost, {len(found.doubled)} doubled; "
        f"web back after {statistics.median(restarts):.1f} s (95 %: {late:.1f} s)."
    )
    for sentence in (*found.lost, *found.doubled):
        print(sentence)
    return 0 if found.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
