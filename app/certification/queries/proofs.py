"""Proofs from elsewhere, and continuing education: a person's own, and those that wait for a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import ExternalProof
from app.domain.errors import NotFound


def proofs_of(session: Session, user_id: UUID) -> Sequence[ExternalProof]:
    """The person's proofs, newest first."""
    query = select(ExternalProof).where(ExternalProof.user_id == user_id).order_by(ExternalProof.sent_at.desc())
    return list(session.scalars(query))


def proof(session: Session, proof_id: UUID) -> ExternalProof:
    """A proof by id, for staff; raises NotFound."""
    found = session.get(ExternalProof, proof_id)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class WaitingProof:
    """A proof that waits for a check, with the name of who sent it."""

    proof: ExternalProof
    name: str


def waiting_proofs(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 50
) -> Sequence[WaitingProof]:
    """Proofs to check, oldest first, one more than `size` when there are more."""
    query = (
        select(ExternalProof, User.name)
        .join(User, User.id == ExternalProof.user_id)
        .where(ExternalProof.state == "sent")
        .order_by(ExternalProof.sent_at, ExternalProof.id)
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(ExternalProof.sent_at, ExternalProof.id) > tuple_(after[0], UUID(after[1])))
    return [WaitingProof(row[0], row[1]) for row in session.execute(query)]


def waiting_proof_count(session: Session) -> int:
    """How many proofs wait, counted to 100 at most."""
    some = select(ExternalProof.id).where(ExternalProof.state == "sent").limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def own_proof(session: Session, user_id: UUID, proof_id: UUID) -> ExternalProof:
    """One of the person's proofs; raises NotFound for anybody else's."""
    found = proof(session, proof_id)
    if found.user_id != user_id:
        raise NotFound
    return found
