"""Eight threads sign and verify at once, without an error (credentials.md, section 7, bar 6).

Five thousand rounds take two minutes of CPU; the suite does some of them. All of them:
VERMILION_TEST_ROUNDS=5000 python -m pytest tests/credentials/test_parallel.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.credentials import queries, services
from app.credentials.models import CredentialFile, StatusList
from app.domain.credentials import number, status_list
from app.domain.credentials.verify import verify_document
from app.infra.runtime import Runtime
from tests.conftest import NOW, Clock, make_settings
from tests.factories.content import publish_journey
from tests.factories.credentials import issue_sample, issuer_for
from tests.support.databases import sqlite_file

ROUNDS = int(os.environ.get("VERMILION_TEST_ROUNDS", "80"))
THREADS, HELD = 8, 8


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Runtime, list[tuple[UUID, str]]]]:
    """A runtime on a file of its own, and certificates as (id, number)."""
    from app.factory import make_runtime

    with sqlite_file(tmp_path) as database:
        runtime = make_runtime(make_settings(tmp_path, database.url), database=database)
        runtime.now = Clock()
        held = []
        for place in range(HELD):
            with database.transaction() as session:
                if place == 0:
                    publish_journey(session, NOW)
                user = account_services.sign_up(
                    session, email=f"p{place}@example.com", name=f"Person {place}", password_hash="x", now=NOW
                )
                student = accounts.actor_by_id(session, user.id)
                assert student is not None
                made = issue_sample(session, runtime, student)
                held.append((made.id, made.number))
        yield runtime, held


@pytest.mark.slow
def test_threads_sign_and_verify_without_an_error(house: tuple[Runtime, list[tuple[UUID, str]]]) -> None:
    runtime, held = house
    records = services.OwnRecords(runtime.db.reading, runtime.keys, runtime.settings.public_url)

    def one(turn: int) -> str:
        credential_id, printed = held[turn % HELD]
        if turn % 5 == 0:
            with runtime.transaction() as session:
                services.sign_anew(session, credential_id, issuer=issuer_for(runtime), now=NOW)
            return "signed"
        with runtime.db.reading() as session:
            file = queries.stored_file(session, printed)
        verdicts = [
            verify_document(source, resolver=records, now=NOW).verdict for source in (file.document, file.token)
        ]
        judged = services.judge_number(runtime.db.glance, runtime.keys, number.check(printed), now=NOW)
        return f"{verdicts[0]} {verdicts[1]} {judged.judgment.answer}"

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(one, range(ROUNDS)))
    assert set(found) == {"signed", "valid valid VALID"}
    with runtime.db.reading() as session:
        live = session.scalar(select(func.count(CredentialFile.id)).where(queries.LIVE))
        places = session.execute(select(CredentialFile.status_list_id, CredentialFile.status_index)).all()
        assert (live, len(places)) == (HELD, HELD + len([each for each in found if each == "signed"]))
        assert len(set(places)) == len(places), "no two files share a place"


def test_a_full_list_is_closed_and_the_next_one_opened(house: tuple[Runtime, list[tuple[UUID, str]]]) -> None:
    runtime, held = house
    with runtime.transaction() as session:
        session.query(StatusList).update({"allocated": status_list.CAPACITY - 1})
    for credential_id, _number in held[:2]:
        with runtime.transaction() as session:
            services.sign_anew(session, credential_id, issuer=issuer_for(runtime), now=NOW)
    records = services.OwnRecords(runtime.db.reading, runtime.keys, runtime.settings.public_url)
    with runtime.db.reading() as session:
        lists = queries.status_lists(session)
        assert [(line.id, line.is_open, line.allocated) for line in lists] == [
            (2, True, 1),
            (1, False, status_list.CAPACITY),
        ]
        assert [line.share for line in lists] == [0, 100]
        for _id, printed in held[:2]:
            file = queries.stored_file(session, printed)
            assert verify_document(file.document, resolver=records, now=NOW).ok, "on the old list and on the new one"
