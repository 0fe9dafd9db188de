"""A release may retire the only lesson that somebody still had to read."""

from __future__ import annotations

from typing import Any

from app.domain.events import ContentReleased
from app.infra.jobs.registry import handles
from app.infra.jobs.worker import JobContext
from app.learning import services


@handles(ContentReleased, "learning.after_release")
def after_release(context: JobContext, _payload: dict[str, Any]) -> None:
    """Finish the courses of which nothing is left to read, a batch at a time."""
    finished = 1
    while finished:
        with context.transaction() as session:
            finished = services.finish_after_release(session, now=context.now)
