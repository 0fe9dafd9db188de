"""The journey's content, two instructors, an administrator, a student."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.factories.content import publish_journey

MakeUser = Callable[..., Actor]


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> None:
    """The journey program is live."""
    publish_journey(session, runtime.now())
    session.commit()


@pytest.fixture
def ines(make_user: MakeUser) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Calloway")


@pytest.fixture
def jun(make_user: MakeUser) -> Actor:
    return make_user(Role.INSTRUCTOR, name="=Jun Park")


@pytest.fixture
def head(make_user: MakeUser) -> Actor:
    return make_user(Role.ADMIN, name="Vera Head")


@pytest.fixture
def amara(make_user: MakeUser) -> Actor:
    return make_user(name="Amara Osei")


@pytest.fixture
def run(session: Session, runtime: Runtime) -> Callable[[str], None]:
    """`run("oversight.remind")` runs a job."""

    def do(job: str) -> None:
        enqueue(session, job, {}, now=runtime.now())
        session.commit()
        work_off(runtime)
        session.expire_all()

    return do
