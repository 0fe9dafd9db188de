"""Tell the student that feedback is there; return pieces whose reviewer went away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import queries as accounts
from app.domain.events import AppealAnswered, ReviewCompleted
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.practice import queries as practice
from app.reviews import queries, services


@handles(ReviewCompleted, "reviews.tell_student")
def tell_student(context: JobContext, payload: dict[str, Any]) -> None:
    """One notice, and mail as the student wants it; neither says how it went, so that the feedback is read."""
    _say_it_is_ready(context, UUID(payload["submission_id"]), f"review:{payload['review_id']}")


def _say_it_is_ready(context: JobContext, submission_id: UUID, once_key: str) -> None:
    with context.transaction() as session:
        submission = practice.submission(session, submission_id)
        entry = practice.entry_for(session, submission.user_id, submission.entry_id)
        notify(
            session,
            submission.user_id,
            "review_decided",
            once_key=once_key,
            url=f"/learn/practice/{entry.id}",
            now=context.now,
            number=entry.number,
        )


@every(timedelta(minutes=5), "reviews.return_expired")
def return_expired(context: JobContext, _payload: dict[str, Any]) -> None:
    """A piece whose reviewer did nothing for an hour goes back to the queue."""
    with context.reading() as session:
        expired = queries.expired_reviews(session, context.now)
    for review_id, reviewer_id in expired:
        with context.transaction() as session:
            services.release_expired(session, review_id, reviewer_id, now=context.now)


@every(timedelta(minutes=5), "reviews.return_absent")
def return_absent(context: JobContext, _payload: dict[str, Any]) -> None:
    """What somebody holds goes back to the queue on their first day away."""
    with context.reading() as session:
        away = accounts.away(session, None, context.now.date())
        held = queries.held_among(session, away) if away else []
    for review_id, reviewer_id in held:
        with context.transaction() as session:
            services.release_absent(session, review_id, reviewer_id, now=context.now)


@task("reviews.decide_held")
def decide_held(context: JobContext, payload: dict[str, Any]) -> None:
    """Let a decision take effect whose time to take it back is over. One that was taken back meanwhile is gone."""
    with context.transaction() as session:
        services.make_effective(session, UUID(payload["review_id"]), now=context.now)


@handles(AppealAnswered, "reviews.tell_of_appeal")
def tell_of_appeal(context: JobContext, payload: dict[str, Any]) -> None:
    """The answer stands on the page of the piece; the notice does not say what it is."""
    _say_it_is_ready(context, UUID(payload["submission_id"]), f"appeal:{payload['appeal_id']}")


@every(timedelta(hours=6), "reviews.draw_remarks")
def draw_remarks(context: JobContext, _payload: dict[str, Any]) -> None:
    """Draw the re-marks of the month that is over; a month that was drawn stays as it is."""
    with context.transaction() as session:
        services.draw_remarks(session, context.runtime.settings.secret_key, now=context.now)
