"""Trials of changed rules: the list, one of them, and who holds a certificate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Decision, RuleTrial
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A trial as the list shows it."""

    id: UUID
    certification_key: str
    asked_at: datetime
    asked_by: str
    state: str
    done: int
    total: int
    gained: int
    lost: int


def trials(session: Session, *, after: tuple[datetime, str] | None = None, size: int = 20) -> Sequence[TrialLine]:
    """All trials, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(
            RuleTrial.id,
            RuleTrial.certification_key,
            RuleTrial.asked_at,
            User.name,
            RuleTrial.state,
            RuleTrial.done,
            RuleTrial.total,
            RuleTrial.gained,
            RuleTrial.lost,
        )
        .join(User, User.id == RuleTrial.asked_by)
        .order_by(RuleTrial.asked_at.desc(), RuleTrial.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(RuleTrial.asked_at, RuleTrial.id) < tuple_(after[0], UUID(after[1])))
    return [TrialLine(*row) for row in session.execute(query)]


def trial(session: Session, trial_id: UUID, *, lock: bool = False) -> RuleTrial:
    """A trial by id; raises NotFound."""
    query = select(RuleTrial).where(RuleTrial.id == trial_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class TouchedPerson:
    """Somebody whom a tried rule would touch: the effect, the lines that make it, and the certificate if in force."""

    name: str
    effect: str
    lines: tuple[str, ...]
    number: str


def touched_people(session: Session, found: RuleTrial) -> list[TouchedPerson]:
    """The people whom a trial names, as they are called now; one statement."""
    ids = [UUID(row["id"]) for row in found.people]
    names = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
    return [
        TouchedPerson(names.get(user_id, ""), row["effect"], tuple(row["lines"]), row["number"])
        for user_id, row in zip(ids, found.people, strict=True)
    ]


def holders(session: Session, people: Iterable[UUID], certification_key: str) -> dict[UUID, str]:
    """The numbers of those of these people whose certificate is in force, by person."""
    query = select(Decision.user_id, Decision.number).where(
        Decision.user_id.in_(list(people)), Decision.certification_key == certification_key, Decision.in_force
    )
    return {row.user_id: row.number for row in session.execute(query)}
