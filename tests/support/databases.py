"""Databases on which threads really meet: separate connections, transactions that commit, locks that wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import DomainError
from app.factory import slice_modules
from app.infra.db import Base, Database
from tests.support import postgres

PATIENCE = 60


@contextmanager
def sqlite_file(folder: Path) -> Iterator[Database]:
    """An empty SQLite file with all tables."""
    with _with_tables(f"sqlite:///{folder / 'shared.db'}") as database:
        yield database


@contextmanager
def postgres_beside(neighbor: Database, name: str) -> Iterator[Database]:
    """An empty database with all tables on the server of another one; dropped afterwards."""
    address = neighbor.url.replace("+psycopg", "", 1)
    with (
        postgres.database(address, name) as url,
        _with_tables(url.replace("postgresql://", "postgresql+psycopg://", 1)) as database,
    ):
        yield database


@contextmanager
def _with_tables(url: str) -> Iterator[Database]:
    slice_modules("models")
    slice_modules("tasks")  # who is told of events
    database = Database(url, pool_size=24)
    Base.metadata.create_all(database.engine)
    try:
        yield database
    finally:
        database.dispose()


def at_once(database: Database, *works: Callable[[Session], Any]) -> list[Any]:
    """Run each work in a thread and a transaction of its own, all begun together; a refusal is a result."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[Session], Any]) -> Any:
        gate.wait(PATIENCE)
        try:
            with database.transaction() as session:
                return work(session)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works, timeout=PATIENCE))
