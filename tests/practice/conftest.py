"""What the tests of kit, hours, sign-offs, exports and healed results share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.access.actor import Actor, Role
from app.practice.models import PracticeEntry
from tests.conftest import NOW
from tests.factories.content import publish_journey

MakeUser = Callable[..., Actor]


@pytest.fixture
def learner(session: Session, make_user: MakeUser) -> Actor:
    """A student of an academy whose program is published."""
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def stranger(session: Session, make_user: MakeUser) -> Actor:
    """Another student."""
    return make_user(Role.STUDENT, name="Kofi Mensah")


@pytest.fixture
def ask_healed(session: Session) -> Callable[..., None]:
    """`ask_healed(entry, required=False)`: let the exercise of a piece ask for a follow-up photo."""

    def ask(entry: PracticeEntry, *, required: bool = False) -> None:
        own = Definition.id == entry.exercise_version_id
        payload = session.scalars(select(Definition.payload).where(own)).one()
        healed = {"first_week": 4, "last_week": 8, "required": required}
        session.execute(update(Definition).where(own).values(payload={**payload, "healed": healed}))

    return ask
