"""A release that takes lessons away finishes courses by a job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.learning import queries
from tests.conftest import NOW, Clock
from tests.factories.content import draft, publish_courses
from tests.factories.learning import complete_lessons


def test_a_release_finishes_what_has_nothing_left_to_read(
    session: Session, runtime: Runtime, make_user: Callable[..., Actor], clock: Clock
) -> None:
    people = [make_user() for _ in range(3)]
    publish_courses(session, NOW, draft("prep", 6, 6, 6))
    for person in people[:2]:
        complete_lessons(session, person, ["prep-1", "prep-3"], now=NOW)
    complete_lessons(session, people[2], ["prep-1"], now=NOW)
    publish_courses(session, NOW, draft("prep", 6), draft("more", 6))
    session.commit()
    clock.tick(minutes=1)
    work_off(runtime)
    session.expire_all()
    finished = [queries.enrollment(session, person.user_id, "prep") for person in people]
    # All three have done the only lesson that is left.
    assert [e.finished_at if e else None for e in finished] == [NOW + timedelta(minutes=1)] * 3
