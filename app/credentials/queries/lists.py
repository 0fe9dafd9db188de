"""How the status lists are kept, what a lost key has signed, and what was done to certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.credentials.queries.files import LIVE
from app.domain.credentials.status_list import CAPACITY, LIFETIME
from app.infra.jobs.models import Job, JobState

LATE = timedelta(hours=48)
"""Lists are signed every twelve hours; one that waited four times as long says that nobody works the jobs."""
AHEAD = (JobState.QUEUED.value, JobState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class ListLine:
    """A status list as administrators see it."""

    id: int
    allocated: int
    is_open: bool
    signed_at: datetime

    @property
    def share(self) -> int:
        """How full it is, in whole percent."""
        return min(100, self.allocated * 100 // CAPACITY)

    @property
    def lapses_at(self) -> datetime:
        """When nobody accepts it any more."""
        return self.signed_at + LIFETIME

    def is_late(self, now: datetime) -> bool:
        """True when it should have been signed anew long ago."""
        return now - self.signed_at > LATE

    def has_lapsed(self, now: datetime) -> bool:
        """True when every certificate on it is uncheckable for others."""
        return now > self.lapses_at


def status_lists(session: Session) -> list[ListLine]:
    """Every status list, newest first; one for each 65,000 files that were ever signed. One statement."""
    query = select(StatusList.id, StatusList.allocated, StatusList.is_open, StatusList.signed_at)
    return [ListLine(*row) for row in session.execute(query.order_by(StatusList.id.desc()))]


def late_lists(session: Session, now: datetime) -> int:
    """How many lists were signed more than 48 hours ago."""
    return session.scalar(select(func.count(StatusList.id)).where(StatusList.signed_at < now - LATE)) or 0


def _signed_by(kid: str, before: datetime | None) -> ColumnElement[bool]:
    """The live files that a lost key signed. Which key signed a token is not kept: then it is all made before."""
    return LIVE & (CredentialFile.kid == kid if before is None else CredentialFile.created_at < before)


def signed_by_lost_key(
    session: Session, kid: str, before: datetime | None, *, after: UUID | None = None, size: int = 200
) -> list[UUID]:
    """Credentials whose live file a lost key signed, in steady order; what was signed anew is not among them."""
    query = select(CredentialFile.credential_id).where(_signed_by(kid, before))
    if after is not None:
        query = query.where(CredentialFile.credential_id > after)
    return list(session.scalars(query.order_by(CredentialFile.credential_id).limit(size)))


def count_signed_by_lost_key(session: Session, kid: str, before: datetime | None) -> int:
    """How many there are, for the progress of signing them anew."""
    return session.scalar(select(func.count(CredentialFile.id)).where(_signed_by(kid, before))) or 0


def count_live_files(session: Session, kid: str = "") -> int:
    """How many certificates have a file that counts; those signed by one Ed25519 key when `kid` is given."""
    query = select(func.count(CredentialFile.id)).where(LIVE)
    return session.scalar(query.where(CredentialFile.kid == kid) if kid else query) or 0


def running_job(session: Session, handler: str) -> Job | None:
    """The job of a handler that waits or goes on, the oldest first."""
    query = select(Job).where(Job.state.in_(AHEAD), Job.handler == handler).order_by(Job.id).limit(1)
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One change of a certificate, as administrators see it."""

    id: int
    credential_id: UUID
    number: str
    holder_name: str
    change: str
    at: datetime
    actor_name: str
    reason_class: str
    note: str


def issuing_log(
    session: Session, *, change: str = "", number: str = "", before: int | None = None, size: int = 50
) -> list[LogLine]:
    """What was done to certificates, newest first, one more than `size` when there are more; one statement.

    `change` and `number` (in printed form) narrow it when they are given.
    """
    query = (
        select(
            CredentialEvent.id,
            CredentialEvent.credential_id,
            Credential.number,
            Credential.holder_name,
            CredentialEvent.change,
            CredentialEvent.at,
            CredentialEvent.actor_name,
            CredentialEvent.reason_class,
            CredentialEvent.note,
        )
        .join(Credential, Credential.id == CredentialEvent.credential_id)
        .order_by(CredentialEvent.id.desc())
        .limit(size + 1)
    )
    if change:
        query = query.where(CredentialEvent.change == change)
    if number:
        query = query.where(Credential.number == number)
    if before is not None:
        query = query.where(CredentialEvent.id < before)
    return [LogLine(*row) for row in session.execute(query)]
