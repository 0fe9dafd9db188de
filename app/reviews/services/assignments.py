"""Who is meant to review what: a person assigns a piece, or agrees to an even split of all that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Actor, Role
from app.domain.desk.split import Split, Waiting, even_split
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.review import PieceFacts, conflict_of_interest
from app.practice import queries as practice
from app.reviews import queries
from app.reviews.models import Assignment

MOST_AT_ONCE = 500


def assign(session: Session, actor: Actor, submission_id: UUID, reviewer_id: UUID | None, *, now: datetime) -> None:
    """Assign a piece that waits to a reviewer, or to nobody with None; the same again changes nothing.

    Raises NotFound for an unknown piece, Conflict when it is decided or held by somebody, NotAllowed when the reviewer
    must not review it.
    """
    submission = practice.submission(session, submission_id, lock=True)
    found = session.get(Assignment, submission.id)
    if reviewer_id is None:
        if found is not None:
            session.delete(found)
        return
    if submission.state not in queries.IN_QUEUE:
        raise Conflict("This piece has been decided.", code="decided")
    held = queries.open_review_of(session, submission.id)
    if held is not None and held.reviewer_id != reviewer_id:
        raise Conflict("Somebody is reviewing this piece.", code="claimed")
    _require_fit(session, reviewer_id, submission.user_id)
    _write(session, {submission.id: reviewer_id}, actor, "person", now)


def _require_fit(session: Session, reviewer_id: UUID, student_id: UUID) -> None:
    reviewer = accounts.actor_by_id(session, reviewer_id)
    student = accounts.actor_by_id(session, student_id)
    facts = PieceFacts(student_id, student.studio_ids if student else frozenset())
    if reviewer is None or conflict_of_interest(reviewer, facts):
        raise NotAllowed("This person must not review this piece. Choose somebody else.", code="conflict")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed split: how many each reviewer has now and would have, by name; and the pairs behind it."""

    split: Split
    before: Mapping[UUID, int]
    names: Mapping[UUID, str]
    away: frozenset[UUID]


def propose_split(session: Session, *, now: datetime) -> Proposal:
    """Propose who takes the pieces that wait unassigned, oldest first and 500 at most, by who has least.

    Nobody gets their own piece or one of a student of their studio; whoever is away gets nothing.
    """
    reviewers = {user_id: accounts.actor_by_id(session, user_id) for user_id in _instructors(session)}
    able = {user_id: actor for user_id, actor in reviewers.items() if actor is not None}
    pieces = queries.unassigned(session, MOST_AT_ONCE)
    studios = queries.studios_of(session, {piece.student_id for piece in pieces})
    waiting = [
        Waiting(
            piece.submission_id,
            piece.sent_at,
            frozenset(
                user_id
                for user_id, actor in able.items()
                if conflict_of_interest(actor, PieceFacts(piece.student_id, studios.get(piece.student_id, frozenset())))
            ),
        )
        for piece in pieces
    ]
    away = frozenset(accounts.away(session, able, now.date()))
    loads = dict.fromkeys(able, 0) | {who: n for who, n in queries.loads(session).items() if who in able}
    return Proposal(even_split(waiting, loads, away), loads, accounts.names_of(session, able), away)


def apply_split(session: Session, actor: Actor, pairs: Mapping[UUID, UUID], *, now: datetime) -> int:
    """Assign as proposed; returns how many. A piece that was taken, decided or assigned since is left as it is."""
    if len(pairs) > MOST_AT_ONCE:
        raise Invalid("This proposal cannot be read. Make a new one.")
    fresh = {piece.submission_id: piece.student_id for piece in queries.unassigned(session, MOST_AT_ONCE)}
    instructors = set(_instructors(session))
    kept = {
        submission_id: reviewer_id
        for submission_id, reviewer_id in pairs.items()
        if submission_id in fresh and reviewer_id in instructors and fresh[submission_id] != reviewer_id
    }
    _write(session, kept, actor, "split", now)
    return len(kept)


def _instructors(session: Session) -> list[UUID]:
    return list(dict.fromkeys(accounts.user_ids_with_role(session, Role.INSTRUCTOR)))


def _write(session: Session, pairs: Mapping[UUID, UUID], actor: Actor, origin: str, now: datetime) -> None:
    for submission_id, reviewer_id in pairs.items():
        row = session.get(Assignment, submission_id) or Assignment(submission_id=submission_id)
        row.reviewer_id, row.assigned_by, row.origin, row.assigned_at = reviewer_id, actor.user_id, origin, now
        session.add(row)
    session.flush()
