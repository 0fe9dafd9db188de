"""Items that were missed join the training of their learner as soon as their keys are out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.domain.events import AttemptSubmitted, GradeChanged
from app.infra.jobs.registry import every, handles
from app.infra.jobs.worker import JobContext
from app.training import queries, services

LOOK_BACK = timedelta(days=3)


@handles(AttemptSubmitted, "training.after_attempt")
def after_attempt(context: JobContext, payload: dict[str, Any]) -> None:
    """An attempt was handed in: what it, or an earlier one, now shows as missed joins."""
    _join(context, payload)


@handles(GradeChanged, "training.after_regrade")
def after_regrade(context: JobContext, payload: dict[str, Any]) -> None:
    """A corrected key may have turned a pass, and with it released more keys."""
    _join(context, payload)


@every(timedelta(hours=6), "training.after_close")
def after_close(context: JobContext, _payload: dict[str, Any]) -> None:
    """A quiz that closes tells nobody, so those that closed in the last days are looked at again and again.

    Not only once: whoever was granted more time may still have worked on it at the first look.
    """
    with context.reading() as session:
        closed = queries.closed_lately(session, context.now - LOOK_BACK, context.now)
    for user_id, attempt_id in closed:
        with context.transaction() as session:
            services.add_missed(session, user_id, attempt_id, now=context.now)


def _join(context: JobContext, payload: dict[str, Any]) -> None:
    with context.transaction() as session:
        services.add_missed(session, UUID(payload["user_id"]), UUID(payload["attempt_id"]), now=context.now)
