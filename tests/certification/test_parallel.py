"""Two workers that evaluate one student at once decide once: real threads, real databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.certification import services
from app.certification.models import Decision
from app.domain.access.actor import SYSTEM, Actor
from app.infra.db import Database
from app.infra.jobs.models import Job
from tests.conftest import NOW
from tests.factories.certification import meet
from tests.factories.content import publish_journey


@pytest.fixture
def ready(shared_database: Database) -> Actor:
    """A student who meets every requirement, and whom nobody has evaluated yet."""
    with shared_database.transaction() as session:
        publish_journey(session, NOW)
        user = account_services.sign_up(session, email="a@example.com", name="Amara Osei", password_hash="x", now=NOW)
        found = accounts.actor_by_id(session, user.id)
        assert found is not None
        meet(session, found, now=NOW)
        session.query(Job).delete()
    return found


def test_eight_evaluations_at_once_make_one_decision_and_one_event(shared_database: Database, ready: Actor) -> None:
    gate = threading.Barrier(8)

    def evaluate(_turn: int) -> list[UUID]:
        gate.wait()
        with shared_database.transaction() as session:
            return [made.id for made in services.record_decisions(session, SYSTEM, ready.user_id, now=NOW)]

    with ThreadPoolExecutor(8) as pool:
        made = [decision for found in pool.map(evaluate, range(8)) for decision in found]
    with shared_database.reading() as session:
        assert session.scalars(select(Decision.id)).all() == made
        assert len(made) == 1
        assert session.scalars(select(Job.handler)).all() == ["credentials.issue"]
