"""The records of certificates: the holder's list, the issuing log, one with its private history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.credentials.models import Credential, CredentialEvent
from app.domain.certification.policy import RenewalRule
from app.domain.certification.renewal import renewal_window
from app.domain.credentials.lifecycle import Status, status
from app.domain.errors import NotFound
from app.domain.occasions import Occasion, OccasionKind


def credential(session: Session, credential_id: UUID) -> Credential:
    """A credential by id, for administrators; raises NotFound."""
    found = session.get(Credential, credential_id)
    if found is None:
        raise NotFound
    return found


def credential_for_decision(session: Session, decision_id: UUID) -> Credential | None:
    """The credential that a decision led to."""
    return session.scalar(select(Credential).where(Credential.decision_id == decision_id))


def credential_by_number(session: Session, number: str) -> Credential | None:
    """The record of a number in printed form."""
    return session.scalar(select(Credential).where(Credential.number == number))


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential as lists show it."""

    id: UUID
    number: str
    holder_name: str
    title: str
    state: str
    issued_at: datetime
    valid_until: datetime

    def status_at(self, now: datetime) -> Status:
        """What a reader is told at `now`."""
        return status(self, now)


_LINE = select(
    Credential.id,
    Credential.number,
    Credential.holder_name,
    Credential.title,
    Credential.state,
    Credential.issued_at,
    Credential.valid_until,
)


def held_by(session: Session, user_id: UUID) -> list[CredentialLine]:
    """The person's credentials, newest first; one statement."""
    query = _LINE.where(Credential.user_id == user_id).order_by(Credential.issued_at.desc(), Credential.id)
    return [CredentialLine(*row) for row in session.execute(query)]


def occasions_of(session: Session, user_id: UUID) -> list[Occasion]:
    """When the person's certificates in force run out, and when their renewal opens and its grace ends."""
    query = (
        select(Credential.number, Credential.title, Credential.valid_until, Definition.payload)
        .join(Definition, Definition.id == Credential.policy_version_id)
        .where(Credential.user_id == user_id, Credential.state == "active")
        .order_by(Credential.valid_until)
    )
    return [occasion for row in session.execute(query) for occasion in _occasions(*row)]


def _occasions(number: str, title: str, until: datetime, rules: Mapping[str, Any]) -> list[Occasion]:
    path = "/learn/certificates"
    found = [Occasion(f"expires-{number}", OccasionKind.CERTIFICATE_EXPIRES, until, title, path)]
    renewal, grace_days = rules.get("renewal"), int(rules.get("grace_days") or 0)
    if renewal:
        window = renewal_window(until, int(renewal.get("window_days") or RenewalRule().window_days), grace_days)
        opens, ends = window.opens_at.date(), window.grace_until
        found.append(Occasion(f"renewal-{number}", OccasionKind.RENEWAL_OPENS, opens, title, path))
        if grace_days:
            found.append(Occasion(f"grace-{number}", OccasionKind.GRACE_ENDS, ends, title, path))
    return found


def events(session: Session, credential_id: UUID) -> Sequence[CredentialEvent]:
    """Every change with actor and private note, oldest first; for administrators only."""
    query = select(CredentialEvent).where(CredentialEvent.credential_id == credential_id).order_by(CredentialEvent.id)
    return list(session.scalars(query))


def issued(
    session: Session, *, search: str = "", after: tuple[datetime, str] | None = None, size: int = 50
) -> list[CredentialLine]:
    """The issuing log, newest first, one more than `size` when there are more; one statement.

    `search` is a number in printed form or the start of a holder's name.
    """
    query = _LINE.order_by(Credential.issued_at.desc(), Credential.id.desc()).limit(size + 1)
    if search:
        start = search.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        by_name = func.lower(Credential.holder_name).like(f"{start}%", escape="\\")
        query = query.where((Credential.number == search) | by_name)
    if after is not None:
        query = query.where(tuple_(Credential.issued_at, Credential.id) < tuple_(after[0], UUID(after[1])))
    return [CredentialLine(*row) for row in session.execute(query)]
