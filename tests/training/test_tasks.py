"""Items that join without anybody asking: after a hand-in, after a correction, after a quiz has closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.events import GradeChanged
from app.infra.jobs.outbox import enqueue, publish
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.quizzes.models import Attempt
from tests.conftest import NOW, Clock
from tests.factories.quizzes import exam, simple_item
from tests.factories.training import rows_of

Publish = Callable[..., None]


def test_a_quiz_that_closed_adds_what_was_missed(
    session: Session, runtime: Runtime, student: Actor, publish: Publish, take: Publish, clock: Clock
) -> None:
    release = {"score": "after_submit", "correctness": "after_close", "key": "after_close", "feedback": "after_close"}
    closes = (NOW + timedelta(hours=2)).isoformat()
    publish([simple_item(n) for n in range(3)], exam(release=release, closes_at=closes))

    def look() -> int:
        enqueue(session, "training.after_close", {}, now=clock.value)
        session.commit()
        work_off(runtime)
        return len(rows_of(session, student))

    take(student, "exam", wrong=[1, 3])
    assert look() == 0
    clock.tick(hours=3)
    assert (look(), look()) == (2, 2)


def test_a_correction_is_a_reason_to_look_again(
    session: Session, runtime: Runtime, trained: Actor, clock: Clock
) -> None:
    rows = rows_of(session, trained)
    session.delete(rows.popitem()[1])
    attempt = session.scalars(select(Attempt)).one()
    publish(session, GradeChanged(trained.user_id.hex, attempt.id.hex), now=clock.value)
    session.commit()
    work_off(runtime)
    assert len(rows_of(session, trained)) == 2
