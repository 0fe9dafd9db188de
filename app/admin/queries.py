"""Reads that cut across the slices: jobs, audit, the state of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content.models import Release
from app.infra.audit import AuditEvent, AuditTag
from app.infra.audit_chain import ChainState, chain_state, sealed_among
from app.infra.jobs.models import Job, JobState

COUNTED = 1000


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs wait, run and are dead (each counted to 1,000 at most), and when the oldest one was due."""

    queued: int
    running: int
    dead: int
    oldest_due: datetime | None


def job_counts(session: Session) -> JobCounts:
    """The state of the job table; done jobs are not counted, they grow without end."""

    def count(state: JobState) -> int:
        some = select(Job.id).where(Job.state == state.value).limit(COUNTED).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0

    oldest = session.scalar(select(Job.run_at).where(Job.state == JobState.QUEUED.value).order_by(Job.run_at).limit(1))
    return JobCounts(count(JobState.QUEUED), count(JobState.RUNNING), count(JobState.DEAD), oldest)


def jobs(session: Session, state: JobState, *, before: int | None = None, size: int = 50) -> Sequence[Job]:
    """Jobs in a state, newest first, one more than `size` when there are more."""
    query = select(Job).where(Job.state == state.value).order_by(Job.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(Job.id < before)
    return list(session.scalars(query))


def audit_lines(session: Session, *, tag: str = "", before: int | None = None, size: int = 50) -> Sequence[AuditEvent]:
    """Lines of the audit log, newest first, one more than `size` when there are more."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(size + 1)
    if tag:
        query = query.where(AuditEvent.tag == tag)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class AuditState:
    """How far the log is sealed, what the last walk along it found, and the walk that waits or goes on."""

    chain: ChainState
    verified: AuditEvent | None
    walk: Job | None


def audit_state(session: Session, handler: str) -> AuditState:
    """The state of the log; `handler` is the job that walks along it."""
    newest = select(AuditEvent).where(AuditEvent.tag == AuditTag.AUDIT_VERIFIED).order_by(AuditEvent.id.desc())
    ahead = (JobState.QUEUED.value, JobState.RUNNING.value)
    walk = select(Job).where(Job.state.in_(ahead), Job.handler == handler).order_by(Job.id).limit(1)
    return AuditState(chain_state(session), session.scalar(newest.limit(1)), session.scalar(walk))


def sealed_lines(session: Session, lines: Sequence[AuditEvent]) -> set[int]:
    """The ids of those lines that are sealed."""
    return sealed_among(session, [line.id for line in lines])


def newest_release(session: Session) -> Release | None:
    """The release that is live."""
    return session.scalar(select(Release).order_by(Release.number.desc()).limit(1))
