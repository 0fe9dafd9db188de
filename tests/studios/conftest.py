"""Two studios with a member each, and certificates to follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.factories.content import publish_journey
from tests.factories.credentials import SampleState, issue_sample
from tests.factories.studios import open_studio

Issue = Callable[..., Credential]


@dataclass(frozen=True)
class House:
    """A studio and one person who sees for it."""

    id: UUID
    name: str
    member: Actor


@pytest.fixture
def make_house(session: Session, runtime: Runtime, make_user: Callable[..., Actor]) -> Callable[[str], House]:
    """`make_house("Atelier")` -> a studio with a member."""

    def make(name: str) -> House:
        studio_id = open_studio(session, name, now=runtime.now()).id
        session.commit()
        return House(studio_id, name, make_user(Role.STUDIO, name=f"{name} Member", studio_id=studio_id))

    return make


@pytest.fixture
def house(make_house: Callable[[str], House]) -> House:
    return make_house("Atelier Rue Nine")


@pytest.fixture
def other(make_house: Callable[[str], House]) -> House:
    return make_house("Maison Vermeil")


@pytest.fixture
def issue(session: Session, runtime: Runtime, make_user: Callable[..., Actor]) -> Issue:
    """`issue("revoked", name="Amara Osei")` -> a committed certificate of a student of its own."""
    publish_journey(session, runtime.now())
    session.commit()

    def make(state: SampleState = "valid", name: str = "Amara Osei") -> Credential:
        credential = issue_sample(session, runtime, make_user(Role.STUDENT, name=name), state=state)
        session.commit()
        return credential

    return make
