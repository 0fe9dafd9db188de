"""The journey program, and certificates in any state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.factories.content import publish_journey
from tests.factories.credentials import SampleState, issue_sample

Issue = Callable[..., Credential]


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> None:
    """The journey program is live."""
    publish_journey(session, runtime.now())
    session.commit()


@pytest.fixture
def issue(session: Session, runtime: Runtime, make_user: Callable[..., Actor], journey: None) -> Issue:
    """`issue("revoked", name="Amara Osei")` -> a committed certificate in that state of a student of its own."""

    def make(state: SampleState = "valid", name: str = "Amara Osei", **options: object) -> Credential:
        credential = issue_sample(session, runtime, make_user(Role.STUDENT, name=name), state=state, **options)  # type: ignore[arg-type]
        session.commit()
        return credential

    return make


@pytest.fixture
def admin(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.ADMIN, name="Ruth Amadi")
