"""Near-duplicate search among a million hashes, by the query that the product runs.

    python -m bench.bench_hashes [count [postgresql+psycopg://…]]

An empty database is filled; half of the hashes are scattered, half lie around three hundred layouts with a dozen bits
turned, as photos of the same practice pads do.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from app.domain.practice import perceptual
from app.infra import migrate
from app.infra.db import Database
from app.practice import queries
from app.practice.queries.integrity import MOST_ALIKE

HASHES = 1_000_000
SEARCHES = 200
LAYOUTS = 300
REACH = 8
_BUCKET = "(((hash >> {low}) & {mask}) | {band})"
_FILE = f"INSERT INTO photo_hash_band (bucket, hash, photo_id) SELECT {_BUCKET}, hash, id FROM shot ORDER BY 1, 2, 3"
_INDEX = "CREATE INDEX ix_photo_hash_band_photo ON photo_hash_band (photo_id)"


def figures(url: str = "", count: int = HASHES, say: Callable[[str], None] = lambda _line: None) -> dict[str, float]:
    """Milliseconds for one search: wall-clock (the 95th of a hundred) and CPU, the database's included (middle one).

    `say` is told how long the filling took, and by which indexes the database answers. Raises AssertionError when a
    planted copy is not found, or when a table is read from end to end.
    """
    with TemporaryDirectory(prefix="vermilion-hashes-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'hashes.db'}")
        migrate.upgrade(database)
        chance = random.Random(7)
        hashes = list(_hashes(chance, count))
        hashes.append(hashes[0] ^ 1)  # the planner is asked about this pair: two places are not found like one
        began = time.perf_counter()
        _fill(database, hashes)
        say(f"filled in {time.perf_counter() - began:.0f} s")
        for line in _plans(database, hashes[0]):
            say(line)
        taken = _search(database, hashes, chance)
        database.dispose()
    wall, cpu = zip(*taken, strict=True)
    return {
        "hash_search_ms": statistics.quantiles(wall, n=20)[-1] * 1000,
        "hash_search_cpu_ms": statistics.median(cpu) * 1000,
    }


def _hashes(chance: random.Random, count: int) -> Iterator[int]:
    layouts = [chance.getrandbits(64) for _ in range(LAYOUTS)]
    for number in range(count):
        yield chance.getrandbits(64) if number % 2 else chance.choice(layouts) ^ _some_bits(chance)


def _some_bits(chance: random.Random) -> int:
    """Each of 64 bits with a chance of 3 in 16: twelve on average."""
    draw = chance.getrandbits
    return draw(64) & draw(64) & (draw(64) | draw(64))


def _turned(chance: random.Random, value: int, bits: int) -> int:
    for bit in chance.sample(range(64), bits):
        value ^= 1 << bit
    return value


def _fill(database: Database, hashes: list[int]) -> None:
    """The bands alone: a search never looks at the photos before it has found them.

    Filed band by band in the order of the key, as an index that grew over years lies on the disk after VACUUM.
    """
    is_sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw: Any = connection.connection.driver_connection
        cursor = raw.cursor()
        if is_sqlite:  # a scratch file that nobody misses
            for pragma in ("foreign_keys=OFF", "journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute("CREATE TEMPORARY TABLE shot (hash BIGINT, id CHAR(32))")
            cursor.execute("BEGIN")
            named = ((perceptual.signed(value), f"{number:032x}") for number, value in enumerate(hashes))
            cursor.executemany("INSERT INTO shot VALUES (?, ?)", named)
        else:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("CREATE TEMPORARY TABLE shot (hash BIGINT, id UUID)")
            with cursor.copy("COPY shot FROM STDIN") as copy:
                for number, value in enumerate(hashes):
                    copy.write_row((perceptual.signed(value), UUID(int=number)))
        cursor.execute("DROP INDEX ix_photo_hash_band_photo")
        for band, (low, width) in enumerate(perceptual.BANDS):
            first = perceptual.buckets(0)[band]
            cursor.execute(_FILE.format(low=low, mask=(1 << width) - 1, band=first))
        cursor.execute(_INDEX)
        if is_sqlite:
            cursor.execute("COMMIT")
        cursor.execute("ANALYZE photo_hash_band" if is_sqlite else "VACUUM ANALYZE photo_hash_band")


def _plans(database: Database, value: int) -> list[str]:
    """How the database goes about the statements of one search; each must go by the key."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "photo_hash_band" in statement:
            asked.append((statement, parameters))

    is_sqlite = database.engine.dialect.name == "sqlite"
    plans = []
    with database.reading() as session:
        queries.alike(session, value, REACH)
        event.remove(database.engine, "before_cursor_execute", note)
        for statement, parameters in asked:
            explain = ("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN ") + statement
            rows = session.connection().exec_driver_sql(explain, parameters).all()
            plans.append(" / ".join(str(row[-1]).strip()[:110] for row in rows))
    whole = ("SCAN photo_hash_band", "Seq Scan on photo_hash_band")
    if len(plans) != 2 or any(mark in plan for plan in plans for mark in whole):
        raise AssertionError(f"A search should go by the key, twice: {plans}")
    return plans


def _search(database: Database, hashes: list[int], chance: random.Random) -> list[tuple[float, float]]:
    taken = []
    with database.reading() as session:
        server = _server_of(session)
        for _ in range(SEARCHES):
            number = chance.randrange(len(hashes))
            wanted = _turned(chance, hashes[number], chance.randrange(REACH + 1))
            began, cpu = time.perf_counter(), _cpu_seconds(server)
            found = queries.alike(session, wanted, REACH)
            taken.append((time.perf_counter() - began, _cpu_seconds(server) - cpu))
            if UUID(int=number) not in found and len(found) < MOST_ALIKE:
                raise AssertionError(f"The copy of hash {number} was not found.")
    return taken


def _server_of(session: Session) -> Path | None:
    """Where the system counts the CPU of the server process that answers us; None when we are that process."""
    if session.connection().dialect.name == "sqlite":
        return None
    path = Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")
    return path if path.exists() else None


def _cpu_seconds(server: Path | None) -> float:
    return time.process_time() + (int(server.read_text().split()[0]) / 1e9 if server else 0)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(figures(given.get(2, ""), int(given.get(1, HASHES)), print))
