"""Attempts whose time is over are handed in with what was saved; regrades work through their attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.content import queries as content
from app.domain.access.actor import SYSTEM
from app.domain.assessment.timing import NETWORK_GRACE
from app.infra.jobs.registry import every, task
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


@task("quizzes.regrade")
def regrade(context: JobContext, payload: dict[str, Any]) -> None:
    """Judge the attempts of a regrade again, some in each transaction, so that a page can follow it."""
    regrade_id = UUID(payload["regrade_id"])
    with context.transaction() as session:
        goes_on = services.begin_regrade(session, regrade_id)
    after: UUID | None = None
    while goes_on:
        with context.transaction() as session:
            after, _number = services.regrade_some(session, SYSTEM, regrade_id, after, now=context.now)
            row = queries.regrade_row(session, regrade_id)
            done, total, goes_on = row.done, row.total, after is not None
        context.progress(done, total)
