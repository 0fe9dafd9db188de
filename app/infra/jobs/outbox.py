"""Ask for work in the caller's own transaction: if the change is rolled back, so is the work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import Event
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.registry import HANDLERS, SUBSCRIBERS
from app.infra.runtime import WROTE_JOBS

MAX_TRIES = 8
"""About eight minutes."""


def enqueue(
    session: Session,
    handler: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
    max_tries: int = MAX_TRIES,
) -> None:
    """Add a job. With a dedupe key, nothing is added while one with the same key is still waiting.

    Pauses between tries double up to an hour (registry.backoff), so `max_tries` says for how long it is tried.
    """
    if handler not in HANDLERS:
        raise RuntimeError(f"No job handler is called {handler!r}.")
    if dedupe_key is not None:
        waiting = select(Job.id).where(Job.dedupe_key == dedupe_key, Job.state == JobState.QUEUED.value)
        if session.scalar(waiting) is not None:
            return
    session.add(
        Job(
            handler=handler,
            payload=payload,
            run_at=run_at or now,
            created_at=now,
            dedupe_key=dedupe_key,
            max_tries=max_tries,
        )
    )
    session.info[WROTE_JOBS] = True


def publish(session: Session, event: Event, *, now: datetime) -> None:
    """Add one job for each subscriber of the event."""
    for handler in SUBSCRIBERS.get(event.name, ()):
        enqueue(session, handler, event.payload(), now=now)
