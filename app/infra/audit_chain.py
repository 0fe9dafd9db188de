"""Seals the audit log: a chain of hashes over its events, and checkpoints signed with the issuer's key.

Whoever writes an event needs no lock and no order: a job seals every minute what was committed since. Several
workers may try at once; one at a time gets the lock, and the next finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.audit import Checkpoint, Event, Seal, seal_all, statement
from app.domain.credentials.keys import Signer
from app.infra.audit import AuditEvent, BigId
from app.infra.db import Base
from app.infra.types import UTCDateTime

PORTION: Final = 1_000
# On PostgreSQL an event may be committed after one with a higher id: so far back is looked for such events. What is
# found further back without a seal was not written by the application.
LOOK_BACK: Final = 10_000
_LOCK: Final = 7_310_022

log = structlog.get_logger("audit")

EVENT: Final = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.tag,
    AuditEvent.actor_id,
    AuditEvent.stored_name,
    AuditEvent.target_kind,
    AuditEvent.target_id,
    AuditEvent.facts,
)


class AuditSeal(Base):
    """The place of an event in the chain. Rows are only ever added."""

    __tablename__ = "audit_seal"

    sequence: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("audit_event.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(64))


class AuditCheckpoint(Base):
    """A signature over the chain up to a seal. Rows are only ever added."""

    __tablename__ = "audit_checkpoint"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger, index=True)
    head: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kid: Mapped[str] = mapped_column(String(80))
    signature: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the log is sealed and signed. `waiting` counts younger events without a seal, to 1,000 at most."""

    sealed: int
    newest_event: int
    checkpoint: Checkpoint | None
    waiting: int


def event_of(row: Any) -> Event:
    """An event from a row that begins with the columns of EVENT."""
    return Event(*row[: len(EVENT)])


def last_seal(session: Session) -> Seal | None:
    """The end of the chain."""
    row = session.execute(_SEALS.order_by(AuditSeal.sequence.desc()).limit(1)).first()
    return Seal(*row) if row else None


def last_checkpoint(session: Session) -> Checkpoint | None:
    """The newest signature."""
    row = session.execute(_CHECKPOINTS.order_by(AuditCheckpoint.number.desc()).limit(1)).first()
    return Checkpoint(*row) if row else None


def chain_state(session: Session) -> ChainState:
    """How far the log is sealed, for pages; four short queries whatever its length."""
    seal = last_seal(session)
    newest = session.scalar(select(func.max(AuditSeal.event_id))) or 0
    some = _waiting(newest).with_only_columns(AuditEvent.id).limit(1_000).subquery()
    waiting = session.scalar(select(func.count()).select_from(some)) or 0
    return ChainState(seal.sequence if seal else 0, newest, last_checkpoint(session), waiting)


def sealed_among(session: Session, event_ids: list[int]) -> set[int]:
    """Which of these events are sealed."""
    return set(session.scalars(select(AuditSeal.event_id).where(AuditSeal.event_id.in_(event_ids))))


def seal_some(session: Session, signer: Signer, *, now: datetime, size: int = PORTION) -> int:
    """Seal the oldest events that wait, sign where the chain now ends, and return how many there were.

    Does all of it in the caller's transaction. A second call at the same time waits for the first one's end.
    """
    if session.get_bind().dialect.name != "sqlite":  # there BEGIN IMMEDIATE lets only one in
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = last_seal(session)
    newest = session.scalar(select(func.max(AuditSeal.event_id))) or 0
    events = [event_of(row) for row in session.execute(_waiting(newest).limit(size))]
    seals = list(seal_all(events, last))
    if seals:
        session.execute(insert(AuditSeal), [asdict(seal) for seal in seals])
        _sign(session, seals[-1], signer, now)
    return len(seals)


def sign_again(session: Session, signer: Signer, *, now: datetime) -> bool:
    """Sign the end of the chain with another key than the last time: that one may be in others' hands."""
    seal, point = last_seal(session), last_checkpoint(session)
    if seal is None or (point is not None and point.kid == signer.kid):
        return False
    _sign(session, seal, signer, now)
    return True


def _sign(session: Session, end: Seal, signer: Signer, now: datetime) -> None:
    number = (session.scalar(select(func.max(AuditCheckpoint.number))) or 0) + 1
    signature = signer.sign(statement(number, end.sequence, end.link, now))
    point = Checkpoint(number, end.sequence, end.link, now, signer.kid, signature)
    session.execute(insert(AuditCheckpoint), [asdict(point)])
    # A copy outside the database: whoever cuts off the end of the log cannot cut it out of the logs kept elsewhere.
    log.info("audit sealed", checkpoint=number, sequence=end.sequence, head=end.link, kid=signer.kid)


def _waiting(newest: int) -> Any:
    """Events without a seal in the order of their ids, the long sealed ones not looked at."""
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    return select(*EVENT).where(AuditEvent.id > newest - LOOK_BACK, ~sealed).order_by(AuditEvent.id)


_SEALS = select(AuditSeal.sequence, AuditSeal.event_id, AuditSeal.digest, AuditSeal.link)
_CHECKPOINTS = select(
    AuditCheckpoint.number,
    AuditCheckpoint.sequence,
    AuditCheckpoint.head,
    AuditCheckpoint.at,
    AuditCheckpoint.kid,
    AuditCheckpoint.signature,
)


def checkpoints(session: Session, until: int) -> Iterator[Checkpoint]:
    """The signatures up to a place of the chain, oldest first."""
    query = _CHECKPOINTS.where(AuditCheckpoint.sequence <= until).order_by(AuditCheckpoint.number)
    for row in session.execute(query.execution_options(yield_per=PORTION)):
        yield Checkpoint(*row)


def sealed_events(session: Session, after: int, until: int) -> list[tuple[Seal, Event | None]]:
    """The next seals of the chain up to a place, each with its event (None: it is gone)."""
    columns = (*EVENT, AuditSeal.sequence, AuditSeal.event_id, AuditSeal.digest, AuditSeal.link)
    query = select(*columns).select_from(AuditSeal).outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
    query = query.where(AuditSeal.sequence > after, AuditSeal.sequence <= until)
    query = query.order_by(AuditSeal.sequence).limit(PORTION)
    return [(Seal(*row[len(EVENT) :]), event_of(row) if row[0] is not None else None) for row in session.execute(query)]
