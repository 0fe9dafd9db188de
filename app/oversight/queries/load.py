"""How long pieces wait, who holds how much, and when the queue will be cleared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Absence
from app.domain.access.actor import Role
from app.domain.review import PROMISE
from app.domain.turnaround.figures import Turnaround, Wait, Week, by_reviewer, by_week, turnaround
from app.domain.turnaround.forecast import WEEKS, Forecast, forecast
from app.oversight.models import PromiseReminder
from app.practice.models import Submission
from app.reviews.models import Assignment, Review
from app.reviews.queries import IS_OPEN, WAITS

WINDOW = timedelta(weeks=12)
"""Turnaround is that of the last twelve weeks."""
NEAR = timedelta(hours=6)
"""Reviewers are told of a piece when its promise has so little time left."""
AT_ONCE = 200

_review, _sent = (cast("Table", model.__table__).c for model in (Review, Submission))
# The result that the student got first: what an appeal put in its place came later and was no part of the promise.
RESULTS = (
    select(_sent.sent_at, _review.claimed_at, _review.decided_at, _review.reviewer_id)
    .join(Submission.__table__, _sent.id == _review.submission_id)
    .where(
        _review.decided_at.is_not(None),
        _review.decided_at >= bindparam("since"),
        _review.state.in_(("decided", "superseded")),
        _review.kind != "appeal",
    )
)
_WAITING = select(_sent.sent_at).where(WAITS)
_HELD = select(_review.reviewer_id, func.count()).where(IS_OPEN).group_by(_review.reviewer_id)


def results(session: Session, since: datetime) -> list[Wait]:
    """The results since an instant with their waiting times; one statement."""
    rows = session.execute(RESULTS, {"since": since})
    return [Wait(sent, taken, decided, reviewer.hex) for sent, taken, decided, reviewer in rows]


def waiting_since(session: Session) -> list[datetime]:
    """Since when each piece waits that has no result yet; one statement over the index of the queue."""
    return list(session.scalars(_WAITING))


@dataclass(frozen=True, slots=True)
class ReviewerLoad:
    """One reviewer: how long their pieces waited, how many they hold now, and until when they are away."""

    reviewer: str
    name: str
    turnaround: Turnaround | None
    held: int
    away_until: date | None


@dataclass(frozen=True, slots=True)
class LoadPage:
    """Everything on the page of turnaround."""

    waiting: int
    overdue: int
    oldest: datetime | None
    whole: Turnaround
    weeks: Sequence[Week]
    reviewers: Sequence[ReviewerLoad]
    forecast: Forecast
    absences: Sequence[tuple[Absence, str]]


def load_page(session: Session, now: datetime) -> LoadPage:
    """The page in seven statements, however many pieces, weeks and people there are."""
    found = results(session, now - WINDOW)
    waits = waiting_since(session)
    # What came in the window has its result in it too, or waits still.
    arrivals = [at for at in (*(wait.sent_at for wait in found), *waits) if at >= now - WINDOW]
    recent = now - timedelta(weeks=WEEKS + 1)
    return LoadPage(
        waiting=len(waits),
        overdue=sum(at <= now - PROMISE for at in waits),
        oldest=min(waits, default=None),
        whole=turnaround(found, PROMISE),
        weeks=by_week(found, arrivals, PROMISE, now),
        reviewers=_reviewers(session, found, now),
        forecast=forecast(
            len(waits),
            [wait.decided_at for wait in found if wait.decided_at >= recent],
            [at for at in arrivals if at >= recent],
            now,
        ),
        absences=_absences(session, now),
    )


def _reviewers(session: Session, found: Sequence[Wait], now: datetime) -> list[ReviewerLoad]:
    figures = by_reviewer(found, PROMISE)
    held: Mapping[UUID, int] = {row[0]: row[1] for row in session.execute(_HELD)}
    present = accounts.user_ids_with_role(session, Role.INSTRUCTOR)
    away = accounts.away(session, None, now.date())
    people = {UUID(person) for person in figures} | set(held) | set(present)
    names = accounts.names_of(session, people)
    lines = [
        ReviewerLoad(person.hex, names.get(person, ""), figures.get(person.hex), held.get(person, 0), away.get(person))
        for person in people
    ]
    return sorted(lines, key=lambda line: (line.name, line.reviewer))


def _absences(session: Session, now: datetime) -> list[tuple[Absence, str]]:
    coming = accounts.coming_absences(session, now.date())
    names = accounts.names_of(session, {absence.user_id for absence in coming})
    return [(absence, names.get(absence.user_id, "")) for absence in coming]


@dataclass(frozen=True, slots=True)
class NearPiece:
    """A piece whose promise is about to be broken, and who has it: its holder, else whom it is meant for."""

    submission_id: UUID
    student_id: UUID
    sent_at: datetime
    reviewer_id: UUID | None


NEAR_ONES = (
    select(
        _sent.id,
        _sent.user_id,
        _sent.sent_at,
        func.coalesce(
            select(_review.reviewer_id)
            .where(_review.submission_id == _sent.id, IS_OPEN, _review.kind != "remark")
            .correlate(Submission.__table__)
            .scalar_subquery(),
            select(Assignment.reviewer_id)
            .where(Assignment.submission_id == _sent.id)
            .correlate(Submission.__table__)
            .scalar_subquery(),
        ),
    )
    .where(
        WAITS,
        _sent.sent_at <= bindparam("before"),
        _sent.id.not_in(select(PromiseReminder.submission_id).where(PromiseReminder.submission_id == _sent.id)),
    )
    .order_by(_sent.sent_at, _sent.id)
    .limit(AT_ONCE)
)


def near_pieces(session: Session, now: datetime) -> list[NearPiece]:
    """Pieces that break their promise within six hours (or have) and that nobody was told of; one statement."""
    return [NearPiece(*row) for row in session.execute(NEAR_ONES, {"before": now - PROMISE + NEAR})]
