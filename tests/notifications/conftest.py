"""People who wait for news, and databases on which threads meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.db import Database
from app.notifications import services
from tests.conftest import Clock
from tests.support import databases

MakeUser = Callable[..., Actor]
Tell = Callable[..., None]


@pytest.fixture
def amara(make_user: MakeUser) -> Actor:
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def tell(session: Session, clock: Clock) -> Tell:
    """`tell(actor, "piece_received", number=3)`: a notice of now, committed."""
    count = 0

    def do(actor: Actor, kind: str = "piece_received", *, url: str = "/learn/practice", **facts: object) -> None:
        nonlocal count
        count += 1
        facts = facts or {"number": count}
        services.notify(session, actor.user_id, kind, once_key=f"{kind}:{count}", url=url, now=clock(), **facts)
        session.commit()

    return do


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with separate connections: transactions commit and threads wait for locks."""
    if request.param == "sqlite":
        with databases.sqlite_file(tmp_path) as database:
            yield database
        return
    name = f"notices_{tmp_path.name.replace('-', '_')[:40]}"
    with databases.postgres_beside(request.getfixturevalue("postgres_database"), name) as database:
        yield database
