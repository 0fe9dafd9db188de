"""Until when an answer to a waiting piece is promised, for the student's calendar."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.occasions import Occasion, OccasionKind
from app.domain.review import PROMISE
from app.practice.models import PracticeEntry, Submission
from app.reviews.queries.held import IN_QUEUE


def occasions_of(session: Session, user_id: UUID) -> list[Occasion]:
    """One for each of the person's pieces that wait; one statement."""
    query = (
        select(Submission.id, Submission.sent_at, PracticeEntry.id, PracticeEntry.number)
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .where(Submission.user_id == user_id, Submission.state.in_(IN_QUEUE))
        .order_by(Submission.sent_at)
    )
    return [
        Occasion(
            key=f"answer-{submission_id}",
            kind=OccasionKind.ANSWER_PROMISED,
            at=sent_at + PROMISE,
            name=str(number),
            path=f"/learn/practice/{entry_id}",
        )
        for submission_id, sent_at, entry_id, number in session.execute(query)
    ]
