"""A copy of everything about a person: asked for, made by a job, fetched, cleared away after a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import TooMany
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import Storage
from app.privacy import queries
from app.privacy.models import DataCopy

COPY_JOB = "privacy.copy"
COPY = "copy"
"""Kind of stored file."""
KEPT_FOR = timedelta(days=7)
MOST_A_DAY = 3


def ask_copy(session: Session, actor: Actor, *, now: datetime) -> DataCopy:
    """Have a copy made in the background; asking while one is being made gives that one. Raises TooMany."""
    session.get_one(User, actor.user_id, with_for_update=True)
    waiting = queries.copy_waiting(session, actor.user_id)
    if waiting is not None:
        return waiting
    today = [each for each in queries.copies_of(session, actor.user_id) if each.asked_at > now - timedelta(days=1)]
    if len(today) >= MOST_A_DAY:
        raise TooMany(f"A copy is made at most {MOST_A_DAY} times a day. Try again tomorrow.", retry_after=86400)
    made = DataCopy(user_id=actor.user_id, asked_at=now, expires_at=now + KEPT_FOR)
    session.add(made)
    session.flush()  # the job names it
    enqueue(session, COPY_JOB, {"copy_id": made.id.hex}, now=now)
    record(session, actor, AuditTag.DATA_ASKED, now=now, target_kind="data_copy", target_id=made.id)
    return made


def copy_progress(session: Session, copy_id: UUID, done: int, total: int) -> None:
    """Note how far a copy is; the page shows it."""
    found = queries.copy(session, copy_id)
    if found is not None and found.state == "waiting":
        found.done, found.total = done, total


def copy_done(session: Session, copy_id: UUID, key: str, size: int, *, now: datetime) -> None:
    """Note where a finished copy lies; one that is noted already, or cleared away meanwhile, is left alone."""
    found = queries.copy(session, copy_id)
    if found is not None and found.state == "waiting":
        found.state, found.file_key, found.size, found.finished_at = "ready", key, size, now
        found.done = found.total


def copy_failed(session: Session, copy_id: UUID, reason: str, *, now: datetime) -> None:
    """Note why a copy could not be made."""
    found = queries.copy(session, copy_id)
    if found is not None and found.state == "waiting":
        found.state, found.reason, found.finished_at = "failed", reason[:300], now


def note_fetched(session: Session, actor: Actor, copy_id: UUID, *, now: datetime) -> None:
    """Write down that a copy was fetched."""
    record(session, actor, AuditTag.DATA_FETCHED, now=now, target_kind="data_copy", target_id=copy_id)


def clear_copies(session: Session, storage: Storage, *, now: datetime) -> int:
    """Remove copies whose time is over, with their files; returns how many."""
    over = queries.copies_over(session, now)
    for each in over:
        session.delete(each)
    session.flush()
    kept = {key for _copy, key in queries.kept_copies(session)}
    for each in over:
        if each.file_key is not None and each.file_key not in kept:
            storage.delete(each.file_key)
    return len(over)
