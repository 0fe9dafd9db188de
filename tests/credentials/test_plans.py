"""A number is found by keys alone, so that a look-up costs the same among a million (bench/bench_credentials.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.credentials import queries
from app.infra.db import Database
from tests.conftest import NOW

NUMBERS = ("VM-7K4QD-9TRX2-H", "VM-11111-11111-1")
BIG = ("credential", "credential_file", "credential_event", "external_proof", "definition", "older", "newer")


def plans(database: Database, session: Session, ask: Callable[[], object]) -> list[str]:
    """The lines of how the database goes about the statements of a call."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    if not database.is_sqlite:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # empty tables are read whole, whatever the index
    event.listen(database.engine, "before_cursor_execute", note)
    ask()
    event.remove(database.engine, "before_cursor_execute", note)
    word = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    connection = session.connection()
    return [str(row[-1]) for statement, values in asked for row in connection.exec_driver_sql(word + statement, values)]


def test_numbers_are_found_by_keys_alone(database: Database, session: Session) -> None:
    for ask in (
        lambda: queries.public_view(session, NUMBERS[0], NOW),
        lambda: queries.public_views(session, NUMBERS, NOW),
        lambda: queries.files_of_number(session, NUMBERS[0]),
        lambda: queries.credential_by_number(session, NUMBERS[0]),
        lambda: queries.issuing_log(session, number=NUMBERS[0]),
    ):
        lines = plans(database, session, ask)
        assert lines
        read_whole = [line for line in lines for name in BIG if f"SCAN {name}" in line or f"Seq Scan on {name}" in line]
        # PostgreSQL walks the index of what replaces what, which is empty here; SQLite says so of neither.
        assert [line for line in read_whole if "USING" not in line] == [], lines


def test_the_pages_of_the_logs_follow_an_index(database: Database, session: Session) -> None:
    after = (NOW, "00000000000000000000000000000001")
    for ask in (lambda: queries.issued(session, after=after), lambda: queries.issuing_log(session, before=5)):
        lines = plans(database, session, ask)
        if database.is_sqlite:
            assert not [line for line in lines if "TEMP B-TREE" in line], lines
        else:  # of a few rows, PostgreSQL sorts what it found by the index
            assert [line for line in lines if "Index Scan" in line], lines
