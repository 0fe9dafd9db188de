"""Reads that cut across the slices: jobs, audit, the state of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.content.models import Release
from app.infra.audit import AuditEvent, AuditTag
from app.infra.audit_chain import ChainState, chain_state, sealed_among
from app.infra.jobs.models import Job, JobState

COUNTED = 1000
MOST_PEOPLE = 100
# What lines are about. A line about nothing in particular has no kind.
TARGETS = (
    "academy", "api_key", "application", "attempt", "audit_event", "backup", "color_card", "credential", "data_copy",
    "decision", "definition", "enrollment", "hours_line", "invitation", "item", "job", "key", "log_export", "marking",
    "month", "photo", "proof", "quiz", "regrade", "release", "roster", "rule_trial", "session_signoff", "signoff_link",
    "studio", "submission", "user", "waiver", "watch", "webhook",
)  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What lines of the log are looked for; empty fields ask for nothing.

    `actor` is an id, or how a name or an e-mail begins. `since` and `until` are days in UTC, both included.
    """

    tag: str = ""
    actor: str = ""
    target_kind: str = ""
    target_id: str = ""
    since: date | None = None
    until: date | None = None


def audit_lines(
    session: Session, asked: AuditSearch = AuditSearch(), *, before: int | None = None, size: int = 50
) -> Sequence[AuditEvent]:
    """Lines of the audit log, newest first, one more than `size` when there are more."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(size + 1)
    if asked.tag:
        query = query.where(AuditEvent.tag == asked.tag)
    if asked.actor:
        query = query.where(AuditEvent.actor_id.in_(_people(session, asked.actor)))
    if asked.target_kind or asked.target_id:  # the index begins with the kind
        kinds = (asked.target_kind,) if asked.target_kind else TARGETS
        query = query.where(AuditEvent.target_kind.in_(kinds))
    if asked.target_id:
        query = query.where(AuditEvent.target_id == asked.target_id)
    if asked.since is not None:
        query = query.where(AuditEvent.at >= datetime.combine(asked.since, time.min, UTC))
    if asked.until is not None:
        query = query.where(AuditEvent.at < datetime.combine(asked.until, time.min, UTC) + timedelta(days=1))
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return list(session.scalars(query))


def _people(session: Session, typed: str) -> list[UUID]:
    try:
        return [UUID(typed)]
    except ValueError:
        return [person.id for person in accounts.people(session, search=typed, size=MOST_PEOPLE)]


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
