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
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import text

from app.domain.practice import perceptual
from app.infra import migrate
from app.infra.db import Database
from app.practice import queries

HASHES = 1_000_000
SEARCHES = 200
LAYOUTS = 300
TURNED = 12
_FILL = 50_000


def figures(url: str = "", count: int = HASHES) -> dict[str, float]:
    """Milliseconds for one search: wall-clock (the 95th of a hundred) and CPU of this process (the middle one).

    Raises AssertionError when a planted copy is not found.
    """
    with TemporaryDirectory(prefix="vermilion-hashes-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'hashes.db'}")
        migrate.upgrade(database)
        chance = random.Random(7)
        hashes = list(_hashes(chance, count))
        _fill(database, hashes)
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
        yield chance.getrandbits(64) if number % 2 else _turned(chance, chance.choice(layouts), TURNED)


def _turned(chance: random.Random, value: int, bits: int) -> int:
    for bit in chance.sample(range(64), bits):
        value ^= 1 << bit
    return value


def _fill(database: Database, hashes: list[int]) -> None:
    """The bands alone: a search never looks at the photos before it has found them."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF" if is_sqlite else "SET session_replication_role = replica")
        if is_sqlite:  # a scratch file that nobody misses
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute("BEGIN")
        # In the order of the key, as an index that grew over years would lie on the disk after VACUUM.
        rows = sorted(
            (bucket, perceptual.signed(value), number)
            for number, value in enumerate(hashes)
            for bucket in perceptual.buckets(value)
        )
        if is_sqlite:
            named = ((bucket, value, UUID(int=number).hex) for bucket, value, number in rows)
            cursor.executemany("INSERT INTO photo_hash_band (bucket, hash, photo_id) VALUES (?, ?, ?)", named)
        else:
            with cursor.copy("COPY photo_hash_band (bucket, hash, photo_id) FROM STDIN") as copy:
                for bucket, value, number in rows:
                    copy.write_row((bucket, value, UUID(int=number)))
        cursor.execute("COMMIT") if is_sqlite else raw.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE photo_hash_band" if is_sqlite else "VACUUM ANALYZE photo_hash_band"))


def _search(database: Database, hashes: list[int], chance: random.Random) -> list[tuple[float, float]]:
    taken = []
    with database.reading() as session:
        for _ in range(SEARCHES):
            number = chance.randrange(len(hashes))
            wanted = _turned(chance, hashes[number], chance.randrange(9))
            began, cpu = time.perf_counter(), time.process_time()
            found = queries.alike(session, wanted, 8)
            taken.append((time.perf_counter() - began, time.process_time() - cpu))
            if UUID(int=number) not in found and len(found) < 200:
                raise AssertionError(f"The copy of hash {number} was not found.")
    return taken


if __name__ == "__main__":
    print(figures(*sys.argv[2:3], count=int(sys.argv[1]) if len(sys.argv) > 1 else HASHES))
