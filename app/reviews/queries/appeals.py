"""Reads of appeals: the student's own, and those that wait for somebody who has not marked the piece."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.errors import NotFound
from app.domain.review.states import CLOSED
from app.practice.models import Submission
from app.reviews.models import Appeal, Review

_CLOSED = [state.value for state in CLOSED]


def appeal_of(session: Session, submission_id: UUID) -> Appeal | None:
    """The appeal against the result of a try."""
    query = select(Appeal).where(Appeal.submission_id == submission_id)
    return session.scalar(query.execution_options(populate_existing=True))


def appeals_of_entry(session: Session, entry_id: UUID) -> dict[UUID, Appeal]:
    """The appeals of a piece by submission."""
    query = select(Appeal).join(Submission, Submission.id == Appeal.submission_id)
    return {found.submission_id: found for found in session.scalars(query.where(Submission.entry_id == entry_id))}


def appeal(session: Session, appeal_id: UUID) -> Appeal:
    """An appeal by id, as it is now; raises NotFound."""
    query = select(Appeal).where(Appeal.id == appeal_id).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An appeal that waits. Not whose it is: it is read blind."""

    id: UUID
    submission_id: UUID
    exercise_title: str
    skin: str
    points: int
    filed_at: datetime
    judge_id: UUID | None
    lease_until: datetime | None

    def is_held(self, now: datetime) -> bool:
        """True while somebody's hold on it runs."""
        return self.lease_until is not None and self.lease_until > now


def waiting_appeals(
    session: Session, reader_id: UUID, *, after: tuple[datetime, str] | None = None, size: int = 20
) -> list[AppealLine]:
    """Appeals that the person may judge (not their own, nothing they marked), oldest first, one more than asked."""
    marked = select(Review.submission_id).where(Review.reviewer_id == reader_id, Review.state.in_(_CLOSED))
    query = (
        select(
            Appeal.id,
            Appeal.submission_id,
            Definition.title,
            Submission.skin,
            func.json_array_length(Appeal.criteria) + func.json_array_length(Appeal.flags),
            Appeal.filed_at,
            Appeal.judge_id,
            Appeal.lease_until,
        )
        .join(Submission, Submission.id == Appeal.submission_id)
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .where(Appeal.state == "waiting", Appeal.user_id != reader_id, Appeal.submission_id.not_in(marked))
        .order_by(Appeal.filed_at, Appeal.id)
        .limit(size + 1)
    )
    if after is not None:
        since, last = after[0], UUID(after[1])
        query = query.where((Appeal.filed_at > since) | ((Appeal.filed_at == since) & (Appeal.id > last)))
    return [AppealLine(*row) for row in session.execute(query)]
