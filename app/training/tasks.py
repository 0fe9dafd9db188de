"""Items that were missed join the training of their learner as soon as their keys are out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.events import AttemptSubmitted, GradeChanged
from app.infra.jobs.registry import handles
from app.infra.jobs.worker import JobContext
from app.training import services


@handles(AttemptSubmitted, "training.after_attempt")
def after_attempt(context: JobContext, payload: dict[str, Any]) -> None:
    """An attempt was handed in: what it, or an earlier one, now shows as missed joins."""
    _join(context, payload)


@handles(GradeChanged, "training.after_regrade")
def after_regrade(context: JobContext, payload: dict[str, Any]) -> None:
    """A corrected key may have turned a pass, and with it released more keys."""
    _join(context, payload)


def _join(context: JobContext, payload: dict[str, Any]) -> None:
    with context.transaction() as session:
        services.add_missed(session, UUID(payload["user_id"]), UUID(payload["attempt_id"]), now=context.now)
