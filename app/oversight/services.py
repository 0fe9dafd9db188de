"""Work out agreement and keep it; remind reviewers before a promise is broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Role
from app.domain.agreement.record import RECIPE, to_record
from app.domain.agreement.report import Report, report
from app.infra.jobs.outbox import enqueue
from app.notifications.services import notify
from app.oversight.models import AgreementFigures, PromiseReminder
from app.oversight.queries import agreement, load, source
from app.oversight.queries.load import NearPiece
from app.oversight.queries.source import Stock

JOB = "oversight.agreement"
KEPT = timedelta(days=30)


def ask_for_agreement(session: Session, *, now: datetime) -> None:
    """Have agreement worked out anew; asking again while that waits changes nothing."""
    enqueue(session, JOB, {}, now=now, dedupe_key=JOB)


def work_out(session: Session, stock: Stock) -> Report:
    """Report on the marks of a stock; two statements."""
    return report(source.marks(session, stock.since), list(agreement.criteria_titles(session)))


def keep(session: Session, stock: Stock, found: Report, *, now: datetime) -> None:
    """Add the figures and throw away those that are older than a month. Two jobs at once keep two equal rows."""
    session.execute(delete(AgreementFigures).where(AgreementFigures.computed_at < now - KEPT))
    session.add(
        AgreementFigures(
            computed_at=now,
            since=stock.since,
            recipe=RECIPE,
            marks=stock.marks,
            newest_mark=stock.newest,
            report=to_record(found),
        )
    )


def remind_of_promises(session: Session, *, now: datetime) -> int:
    """Tell reviewers of pieces that are about to break the promise; returns how many pieces they were told of.

    Whoever holds a piece, or is meant to review it, is told; where nobody does, or who does is away, everybody who is
    there. One notice for each person and run. The row of a piece makes sure that it happens once: of two runs that
    meet, the second fails on it as a whole and finds nothing left.
    """
    near = load.near_pieces(session, now)
    if not near:
        return 0
    session.add_all(PromiseReminder(submission_id=piece.submission_id, told_at=now) for piece in near)
    session.flush()
    present = set(accounts.user_ids_with_role(session, Role.INSTRUCTOR))
    present -= set(accounts.away(session, present, now.date()))
    for person, pieces in _share_out(near, present).items():
        notify(
            session,
            person,
            "promise_near",
            once_key=f"promise:{pieces[0].submission_id.hex}",
            url="/teach/reviews",
            now=now,
            pieces=len(pieces),
        )
    return len(near)


def _share_out(near: Sequence[NearPiece], present: set[UUID]) -> dict[UUID, list[NearPiece]]:
    """Who hears of which pieces; nobody of their own."""
    found: dict[UUID, list[NearPiece]] = {}
    for piece in near:
        has_it = present & {piece.reviewer_id}
        for person in (has_it or present) - {piece.student_id}:
            found.setdefault(person, []).append(piece)
    return found
