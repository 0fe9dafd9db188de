"""A million certificates: what a look-up, a batch of 500 and an issue cost, beside what they cost among few.

    python -m bench.bench_credentials [count]

The records are written straight into the tables; what is measured are the services that pages and programs use.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, insert

from app.config import settings_from
from app.content.models import Definition, Release
from app.credentials import queries, services
from app.credentials.models import Credential, CredentialFile, StatusList
from app.domain.credentials import number as numbers
from app.domain.credentials.status_list import CAPACITY, SIZE
from app.factory import make_runtime
from app.infra import migrate
from app.infra.runtime import Runtime

CREDENTIALS = 1_000_000
FEW = 10_000
LOOK_UPS = 2_000
BATCH = 500
TRIES = 5
_POLICY = UUID(int=7)


def figures(count: int = CREDENTIALS, say: Callable[[str], None] = lambda _line: None) -> dict[str, float]:
    """CPU: the look-up of one number among `count` over that among ten thousand, and 500 numbers in milliseconds.

    `say` is told how long the filling took and by which indexes a number is found. Raises AssertionError when a
    planted number is not found, or when a table is read from end to end.
    """
    small, _few = _measured(FEW, say)
    large, batch = _measured(count, say)
    return {"look_up_growth": large / small, "batch_500_cpu_ms": batch}


def issue_figure(runtime: Runtime, user_id: UUID) -> dict[str, float]:
    """CPU milliseconds to sign a certificate as issuing does: both proofs, the check of what was signed, the rows."""
    now, settings = runtime.now(), runtime.settings
    issuer = services.issuer_of(runtime.keys, name=settings.academy_name, url=settings.public_url, now=now)
    with runtime.db.reading() as session:
        held = queries.held_by(session, user_id)[0].id
    taken = []
    for _ in range(TRIES * 2):
        began = time.process_time()
        with runtime.transaction() as session:
            services.sign_anew(session, held, issuer=issuer, now=now)
        taken.append((time.process_time() - began) * 1000)
    return {"issue_cpu_ms": min(taken)}


def _measured(count: int, say: Callable[[str], None]) -> tuple[float, float]:
    with TemporaryDirectory(prefix="vermilion-credentials-") as folder:
        runtime = make_runtime(settings_from({"VERMILION_INSTANCE": folder, "VERMILION_LOG_LEVEL": "error"}))
        migrate.upgrade(runtime.db)
        runtime.keys.ensure(runtime.now())
        began = time.perf_counter()
        known = _fill(runtime, count)
        size = Path(folder, "vermilion.db").stat().st_size if Path(folder, "vermilion.db").exists() else 0
        say(f"{count:,} certificates: filled in {time.perf_counter() - began:.0f} s, {size // 2**20} MiB")
        for line in _plan(runtime, known[0]):
            say(line)
        taken = min(_look_ups(runtime, known, random.Random(turn)) for turn in range(TRIES))
        batch = min(_batch(runtime, known, random.Random(turn)) for turn in range(TRIES))
        say(f"one number {taken * 1000:.3f} ms CPU, {BATCH} numbers {batch * 1000:.0f} ms CPU")
        runtime.db.dispose()
    return taken, batch * 1000


def _fill(runtime: Runtime, count: int) -> Sequence[str]:
    """Write the rows; returns every hundredth number. Files and facts are short: no look-up reads them."""
    chance, now = random.Random(11), datetime(2026, 11, 22, tzinfo=UTC)
    known: list[str] = []
    with runtime.db.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-262144"):
            raw.execute(f"PRAGMA {pragma}")
        _add_policy(connection, now)
        raw.execute("BEGIN")
        for table, rows in (
            (Credential.__table__, _credentials(count, chance, now, known)),
            (CredentialFile.__table__, _files(count, now)),
        ):
            first = next(rows)
            names, marks = ", ".join(first), ", ".join("?" * len(first))
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # type: ignore[attr-defined]
            raw.execute(statement, tuple(first.values()))
            raw.executemany(statement, (tuple(row.values()) for row in rows))
        raw.execute("COMMIT")
        raw.execute("ANALYZE")
    return known


def _add_policy(connection: Any, now: datetime) -> None:
    release = {"id": uuid4(), "number": 1, "digest": "0" * 64, "created_at": now, "note": "bench"}
    known = {column.name for column in Release.__table__.columns}
    connection.execute(insert(Release.__table__), [{k: v for k, v in release.items() if k in known}])  # type: ignore[arg-type]
    policy = {
        "id": _POLICY, "kind": "certification", "key": "certified", "version": 1, "digest": "0" * 64,
        "title": "Certified", "payload": {}, "is_current": True, "created_at": now, "origin": "files",
        "release_id": release["id"],
    }  # fmt: skip
    known = {column.name for column in Definition.__table__.columns}
    connection.execute(insert(Definition.__table__), [{k: v for k, v in policy.items() if k in known}])  # type: ignore[arg-type]
    lists = [
        {"id": place, "allocated": CAPACITY, "bits": b"", "document": b"", "signed_at": now, "is_open": False}
        for place in range(1, 2 + CREDENTIALS // CAPACITY)
    ]
    connection.execute(insert(StatusList.__table__), lists)  # type: ignore[arg-type]
    connection.commit()


def _credentials(count: int, chance: random.Random, now: datetime, known: list[str]) -> Iterator[dict[str, Any]]:
    at = [(now - timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S.%f") for minute in range(10_000)]
    until = (now + timedelta(days=500)).strftime("%Y-%m-%d %H:%M:%S.%f")
    for place in range(count):
        printed = numbers.new_number(chance.randbytes)
        if place % 100 == 0:
            known.append(printed)
        begun = at[place % len(at)]
        yield {
            "id": f"{place:032x}", "number": printed, "user_id": f"{place:032x}", "decision_id": f"{place:032x}",
            "certification_key": "certified", "policy_version_id": _POLICY.hex, "holder_name": f"Person {place:07}",
            "shown_name": "", "title": "Certified Artist", "subject_id": "urn:uuid:0", "state": "active",
            "state_at": begun, "reason_class": "", "supersedes_id": None, "facts": "{}", "issued_at": begun,
            "valid_from": begun, "valid_until": until,
        }  # fmt: skip


def _files(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    at = now.strftime("%Y-%m-%d %H:%M:%S.%f")
    for place in range(count):
        yield {
            "id": f"{place:032x}", "credential_id": f"{place:032x}", "document": b"{}", "token": "",
            "digest": "0" * 64, "kid": "key-bench", "status_list_id": 1 + place // CAPACITY,
            "status_index": place % CAPACITY % SIZE, "created_at": at, "replaced_at": None, "revoked_at": None,
        }  # fmt: skip


def _plan(runtime: Runtime, printed: str) -> list[str]:
    """How SQLite goes about the one statement of a look-up."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(runtime.db.engine, "before_cursor_execute", note)
    checked = numbers.check(printed)
    made = services.judge_number(runtime.db.glance, runtime.keys, checked, now=runtime.now())
    event.remove(runtime.db.engine, "before_cursor_execute", note)
    if made.found is None or len(asked) != 1:
        raise AssertionError(f"{printed} should be found by one statement: {asked}")
    with runtime.db.engine.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + asked[0][0], asked[0][1]).all()
    plan = [str(row[-1]) for row in rows]
    if any(line.startswith("SCAN ") and "definition" not in line for line in plan):  # of which there is one row
        raise AssertionError(f"A look-up should go by keys alone: {plan}")
    return plan


def _look_ups(runtime: Runtime, known: Sequence[str], chance: random.Random) -> float:
    wanted = [numbers.check(chance.choice(known)) for _ in range(LOOK_UPS)]
    now, began = runtime.now(), time.process_time()
    for checked in wanted:
        if services.judge_number(runtime.db.glance, runtime.keys, checked, now=now).found is None:
            raise AssertionError(f"{checked.number} was not found.")
    return (time.process_time() - began) / LOOK_UPS


def _batch(runtime: Runtime, known: Sequence[str], chance: random.Random) -> float:
    wanted = chance.choices(known, k=BATCH)
    began = time.process_time()
    made = services.judge_numbers(runtime.db.glance, runtime.keys, wanted, now=runtime.now())
    taken = time.process_time() - began
    if statistics.fmean(each.found is not None for each in made) < 1:
        raise AssertionError("Numbers of a batch were not found.")
    return taken


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(figures(int(given.get(1, CREDENTIALS)), print))
