"""Reads that cut across the slices: jobs, audit, the state of the house."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.content.models import Release
from app.credentials import queries as credentials
from app.infra.audit import AuditEvent, AuditTag
from app.infra.audit_chain import ChainState, chain_state, sealed_among
from app.infra.doctor import HOST, OUTWARD, Finding, bad, examine, ok, warn
from app.infra.doctor_database import ALIVE_FOR, DATABASE
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.worker import ALIVE
from app.infra.mail.messages import MAIL_JOB
from app.infra.maintenance import NOTE as MAINTENANCE
from app.infra.metrics import Figure
from app.infra.notes import HouseNote, noted, notes_named
from app.infra.runtime import Runtime
from app.notifications.models import MailDelivery
from app.notifications.services import DIGEST_JOB, NOTICE_JOB

COUNTED = 1000
MOST_PEOPLE = 100
MAIL_HANDLERS = (MAIL_JOB, NOTICE_JOB, DIGEST_JOB)
# What lines are about. A line about nothing in particular has no kind.
TARGETS = (
    "academy", "api_key", "application", "attempt", "audit_event", "backup", "color_card", "credential", "data_copy",
    "decision", "definition", "enrollment", "hours_line", "invitation", "item", "job", "key", "log_export", "marking",
    "month", "photo", "proof", "quiz", "regrade", "release", "roster", "rule_trial", "session_signoff", "signoff_link",
    "site", "storage", "studio", "submission", "user", "waiver", "watch", "webhook",
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


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A mail that the receiver's server will never take: its key, why, and whose it was (empty: nobody's we know)."""

    key: str
    why: str
    user_id: UUID | None
    name: str


def mail_jobs(session: Session, state: JobState, *, before: int | None = None, size: int = 50) -> Sequence[Job]:
    """Jobs of mails in a state, newest first, one more than `size` when there are more."""
    query = select(Job).where(Job.state == state.value, Job.handler.in_(MAIL_HANDLERS))
    if before is not None:
        query = query.where(Job.id < before)
    return list(session.scalars(query.order_by(Job.id.desc()).limit(size + 1)))


def refused_mails(session: Session, *, after: str = "", size: int = 50) -> list[RefusedMail]:
    """Mails that were refused for good, in the order of their keys, one more than `size` when there are more."""
    refused = MailDelivery.state == "refused"
    query = select(MailDelivery.key, MailDelivery.error).where(refused, MailDelivery.key > after)
    rows = session.execute(query.order_by(MailDelivery.key).limit(size + 1)).all()
    owners = {key: _owner_of(key) for key, _error in rows}
    named = accounts.names_of(session, {owner for owner in owners.values() if owner})
    names: dict[UUID | None, str] = dict(named.items())
    return [RefusedMail(key, error, owners[key], names.get(owners[key], "")) for key, error in rows]


def _owner_of(key: str) -> UUID | None:
    """Whose mail a key tells of: "notice:<id>:..." and "digest:<id>:..." name the person."""
    kind, _colon, rest = key.partition(":")
    try:
        return UUID(rest.partition(":")[0]) if kind in ("notice", "digest") else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Mails that wait, that failed for good, and that receivers refused (each counted to 1,000 at most)."""

    waiting: int
    dead: int
    refused: int


def mail_counts(session: Session) -> MailCounts:
    """How mail stands."""

    def count(query: Select[Any]) -> int:
        return session.scalar(select(func.count()).select_from(query.limit(COUNTED).subquery())) or 0

    def with_state(state: JobState) -> Select[Any]:
        return select(Job.id).where(Job.state == state.value, Job.handler.in_(MAIL_HANDLERS))

    refused = select(MailDelivery.key).where(MailDelivery.state == "refused")
    return MailCounts(count(with_state(JobState.QUEUED)), count(with_state(JobState.DEAD)), count(refused))


def running(session: Session, handler: str) -> Job | None:
    """The job of a handler that waits or runs now."""
    ahead = (JobState.QUEUED.value, JobState.RUNNING.value)
    return session.scalar(select(Job).where(Job.state.in_(ahead), Job.handler == handler).order_by(Job.id).limit(1))


LATE_LISTS = timedelta(hours=48)
LATE_BACKUP = timedelta(hours=30)
OUTWARD_NOTE = "health:outward"
MEASURED_NOTE = "storage:measured"
VERIFIED_NOTE = "storage:verified"


def _check_lists(runtime: Runtime) -> Iterator[Finding]:
    with runtime.db.reading() as session:
        oldest = credentials.oldest_signature(session)
    if oldest is None:
        yield ok("Status lists", "No certificate has been issued yet.")
    elif runtime.now() - oldest > LATE_LISTS:
        hours = (runtime.now() - oldest) // timedelta(hours=1)
        says = f"The oldest status list was signed {hours} hours ago; after seven days nobody can check offline."
        yield bad("Status lists", says, "flask --app wsgi credential resign-lists, and see why no worker did it.")
    else:
        yield ok("Status lists", f"All were signed since {oldest:%Y-%m-%d %H:%M} UTC.")


def _check_backup(runtime: Runtime) -> Iterator[Finding]:
    todo = "flask --app wsgi backup create WHERE --passphrase-file F, every night. docs/operations.md"
    with runtime.db.reading() as session:
        made = select(AuditEvent).where(AuditEvent.tag == AuditTag.BACKUP_MADE).order_by(AuditEvent.id.desc())
        newest = session.scalar(made.limit(1))
    if newest is None:
        yield warn("Backup", "No backup has been made by `flask backup create`.", todo)
    elif runtime.now() - newest.at > LATE_BACKUP:
        yield bad("Backup", f"The newest backup is from {newest.at:%Y-%m-%d %H:%M} UTC.", todo)
    elif newest.facts.get("damaged"):
        says = f"The newest backup found {newest.facts['damaged']} damaged files."
        yield bad("Backup", says, "flask --app wsgi storage verify names them. docs/runbooks/restore.md")
    else:
        yield ok("Backup", f"The newest one is from {newest.at:%Y-%m-%d %H:%M} UTC.")


def _check_walks(runtime: Runtime) -> Iterator[Finding]:
    with runtime.db.reading() as session:
        walked = select(AuditEvent).where(AuditEvent.tag == AuditTag.AUDIT_VERIFIED).order_by(AuditEvent.id.desc())
        chain = session.scalar(walked.limit(1))
        files = noted(session, VERIFIED_NOTE)
    if chain is not None and chain.facts.get("faults"):
        yield bad(
            "Audit chain",
            f"The walk of {chain.at:%Y-%m-%d %H:%M} UTC found a fault.",
            "docs/operations.md, The audit log",
        )
    if files is None:
        yield ok("Stored files", "They have not been verified here yet: Administration > Storage.")
    elif broken := int(files.facts.get("missing", 0)) + int(files.facts.get("damaged", 0)):
        says = f"{broken} stored files were missing or damaged at {files.noted_at:%Y-%m-%d %H:%M} UTC."
        yield bad("Stored files", says, "docs/runbooks/restore.md, Single files")
    else:
        yield ok("Stored files", f"All were whole at {files.noted_at:%Y-%m-%d %H:%M} UTC.")


HERE: Final = (*HOST, *DATABASE, ("Status lists", _check_lists), ("Backup", _check_backup), ("Walks", _check_walks))
"""The checks that only read, of this host and of what all hosts share."""


def health(runtime: Runtime) -> list[Finding]:
    """How this host and the whole site are, without asking any other server than the database."""
    return examine(runtime, HERE)


def full_health(runtime: Runtime) -> list[Finding]:
    """The same, with the store of files, Redis and the mail server: writes and removes a probe, may take seconds."""
    return examine(runtime, (*HERE, *OUTWARD))


def site_note(session: Session, name: str) -> HouseNote | None:
    """What was last noted under a name: OUTWARD_NOTE, MEASURED_NOTE, VERIFIED_NOTE."""
    return noted(session, name)


def figures(runtime: Runtime) -> Iterator[Figure]:
    """What Prometheus is told of the whole site; when the database is away, only that."""
    try:
        with runtime.db.reading() as session:
            found = list(_figures(session, runtime.now()))
    except SQLAlchemyError:
        found = [("vermilion_database_up", "Whether the database answers.", {(): 0.0}, ())]
    yield from found


def _figures(session: Session, now: datetime) -> Iterator[Figure]:
    def one(name: str, sentence: str, value: float) -> Figure:
        return name, sentence, {(): value}, ()

    jobs_now, mails, chain = job_counts(session), mail_counts(session), chain_state(session)
    states = {("queued",): jobs_now.queued, ("running",): jobs_now.running, ("dead",): jobs_now.dead}
    yield one("vermilion_database_up", "Whether the database answers.", 1)
    yield "vermilion_jobs", "Jobs by state, each to 1000 at most.", {k: float(v) for k, v in states.items()}, ("state",)
    waits = max(0.0, (now - jobs_now.oldest_due).total_seconds()) if jobs_now.oldest_due else 0.0
    yield one("vermilion_job_oldest_seconds", "For how long the oldest waiting job has been due.", waits)
    mail = {("waiting",): float(mails.waiting), ("dead",): float(mails.dead), ("refused",): float(mails.refused)}
    yield "vermilion_mails", "Mails that were not sent, by state, each to 1000 at most.", mail, ("state",)
    alive = sum(now - each.noted_at < ALIVE_FOR for each in notes_named(session, ALIVE))
    yield one("vermilion_workers", "Processes that worked jobs in the last 90 seconds.", alive)
    yield one("vermilion_audit_unsealed", "Lines of the audit log without a seal, to 1000 at most.", chain.waiting)
    yield one("vermilion_maintenance", "1 while maintenance is on.", noted(session, MAINTENANCE) is not None)
    if oldest := credentials.oldest_signature(session):
        age = (now - oldest).total_seconds()
        yield one("vermilion_status_list_age_seconds", "Since when the oldest status list is not signed anew.", age)
    made = select(AuditEvent.at).where(AuditEvent.tag == AuditTag.BACKUP_MADE).order_by(AuditEvent.id.desc()).limit(1)
    if newest := session.scalar(made):
        yield one("vermilion_backup_age_seconds", "Since the newest backup.", (now - newest).total_seconds())
    if measured := noted(session, MEASURED_NOTE):
        kinds: dict[str, list[int]] = measured.facts["kinds"]
        sizes = {(kind,): float(found[1]) for kind, found in kinds.items()}
        yield "vermilion_storage_bytes", "Bytes of stored files by kind, measured daily.", sizes, ("kind",)
