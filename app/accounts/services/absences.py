"""The days on which a person is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import Absence, User
from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record

LONGEST_ABSENCE = timedelta(days=366)


def enter_absence(
    session: Session, actor: Actor, user_id: UUID, *, first_day: date, last_day: date, now: datetime
) -> Absence:
    """Say that a person is away from one day to another; entering the same days again changes nothing.

    Raises Invalid for days that are over or in the wrong order, for more than a year, and for days that touch an
    absence that is entered already.
    """
    session.get(User, user_id, with_for_update=True)  # two windows at once must not enter overlapping days
    known = queries.coming_absences(session, now.date(), user_id)
    same = next((each for each in known if (each.first_day, each.last_day) == (first_day, last_day)), None)
    if same is not None:
        return same
    problems = _absence_problems(known, first_day, last_day, now.date())
    if problems:
        raise Invalid("These days cannot be entered.", problems)
    found = Absence(user_id=user_id, first_day=first_day, last_day=last_day, entered_at=now)
    session.add(found)
    facts: dict[str, Any] = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    record(session, actor, AuditTag.ABSENCE_ENTERED, now=now, target_kind="user", target_id=user_id, **facts)
    return found


def _absence_problems(known: Sequence[Absence], first_day: date, last_day: date, today: date) -> list[FieldProblem]:
    if last_day < first_day:
        return [FieldProblem("last_day", "order", "The last day lies before the first. Change one of them.")]
    if last_day < today:
        return [FieldProblem("last_day", "over", "These days are over. Choose a last day from today on.")]
    if last_day - first_day > LONGEST_ABSENCE:
        return [FieldProblem("last_day", "long", "This is more than a year. Choose an earlier last day.")]
    touching = next((each for each in known if each.first_day <= last_day and each.last_day >= first_day), None)
    if touching is not None:
        days = f"{touching.first_day:%B} {touching.first_day.day} to {touching.last_day:%B} {touching.last_day.day}"
        sentence = f"You are away from {days} already. Take that back first, or choose other days."
        return [FieldProblem("first_day", "overlap", sentence)]
    return []


def withdraw_absence(session: Session, actor: Actor, user_id: UUID, absence_id: UUID, *, now: datetime) -> None:
    """Take an absence back; again is no error. Raises NotFound for one of somebody else."""
    found = session.get(Absence, absence_id)
    if found is None or found.user_id != user_id:
        raise NotFound
    if found.withdrawn_at is None:
        found.withdrawn_at = now
        facts: dict[str, Any] = {"first_day": found.first_day.isoformat(), "last_day": found.last_day.isoformat()}
        record(session, actor, AuditTag.ABSENCE_WITHDRAWN, now=now, target_kind="user", target_id=user_id, **facts)
