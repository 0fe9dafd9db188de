"""Attempts whose time is over are handed in with what was saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.content import queries as content
from app.domain.assessment.timing import NETWORK_GRACE
from app.infra.jobs.registry import every
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.quizzes import queries, services


@every(timedelta(minutes=1), "quizzes.close_overdue")
def close_overdue(context: JobContext, _payload: dict[str, Any]) -> None:
    """Close late and abandoned attempts, each in a transaction of its own.

    One that cannot be graded does not hold up the others; the job fails at the end, so that it is seen.
    """
    with context.reading() as session:
        overdue = queries.overdue(session, context.now - NETWORK_GRACE)
    failed: list[Exception] = []
    for attempt_id in overdue:
        try:
            _close(context, attempt_id)
        except Exception as error:
            error.add_note(f"while attempt {attempt_id} was closed")
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some attempts could not be closed.", failed)


def _close(context: JobContext, attempt_id: UUID) -> None:
    with context.transaction() as session:
        attempt = services.close_overdue(session, attempt_id, now=context.now)
        if attempt is None:
            return
        quiz = content.pinned(session, attempt.quiz_version_id)
        notify(
            session,
            attempt.user_id,
            "attempt_closed",
            once_key=f"attempt:{attempt.id}",
            url=f"/learn/attempts/{attempt.id}/result",
            now=context.now,
            title=quiz.title if quiz else attempt.quiz_key,
        )
