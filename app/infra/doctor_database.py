"""Is the database in order, and is the work done that it asks for? Findings like those of doctor.py; all only read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.infra import migrate
from app.infra.audit import AuditEvent
from app.infra.audit_chain import chain_state
from app.infra.doctor import Check, Finding, bad, ok, warn
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.worker import ALIVE
from app.infra.maintenance import NOTE
from app.infra.notes import noted, notes_named
from app.infra.runtime import Runtime

ALIVE_FOR: Final = timedelta(seconds=90)
LATE_JOB: Final = timedelta(minutes=10)
VERY_LATE_JOB: Final = timedelta(hours=1)
CLOCKS_APART: Final = timedelta(seconds=5)
CLOCKS_BROKEN: Final = timedelta(minutes=5)
LATE_SEAL: Final = timedelta(minutes=15)


def check_database(runtime: Runtime) -> Iterator[Finding]:
    """Whether it answers, and is the kind and in the mode that keeps what was acknowledged."""
    try:
        with runtime.db.reading() as session:
            found = list(_sqlite(session) if runtime.db.is_sqlite else _postgres(session))
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0][:200]
        todo = "Start it, or mend VERMILION_DATABASE_URL. docs/runbooks/lost-database.md"
        yield bad("Database", f"It does not answer: {cause}", todo)
        return
    yield from found


def _sqlite(session: Session) -> Iterator[Finding]:
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    found = {name: str(session.scalar(text(f"PRAGMA {name}"))).lower() for name in wanted}
    version = session.scalar(text("SELECT sqlite_version()"))
    wrong = [f"{name} is {found[name]}" for name in wanted if found[name] != wanted[name]]
    if wrong:
        says = f"SQLite {version}, but {', '.join(wrong)}."
        yield bad("Database", says, "Is the file on a network share? SQLite needs a disk of this machine.")
    else:
        yield ok("Database", f"SQLite {version}; WAL, synchronous=FULL, foreign keys are enforced.")


def _postgres(session: Session) -> Iterator[Finding]:
    version = session.scalar(text("SHOW server_version"))
    unsafe = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if _is_off(session, name)]
    if unsafe:
        says = f"PostgreSQL {version} runs with {', '.join(unsafe)} off: a power cut loses what was acknowledged."
        yield bad("Database", says, "Switch them on in postgresql.conf and reload.")
    else:
        yield ok("Database", f"PostgreSQL {version}; what is acknowledged is on its disk.")
    used = session.scalar(text("SELECT count(*) FROM pg_stat_activity")) or 0
    most = int(session.scalar(text("SHOW max_connections")) or 0)
    if used > most * 0.8:
        todo = "Raise max_connections, or run fewer processes with fewer VERMILION_THREADS."
        yield warn("Connections", f"{used} of {most} connections are in use.", todo)


def _is_off(session: Session, name: str) -> bool:
    return str(session.scalar(text(f"SHOW {name}"))).lower() == "off"


def check_schema(runtime: Runtime) -> Iterator[Finding]:
    """Whether the schema is the one that this code needs."""
    found, head = migrate.current(runtime.db), migrate.head()
    if found == head:
        yield ok("Schema", f"The schema is {head}, as this code needs it.")
    elif found and found not in migrate.known_revisions():
        yield warn(
            "Schema", f"The schema is {found}, newer than this code ({head}).", "Finish the upgrade of this host."
        )
    else:
        empty = "Had this academy data? Then its database is lost: docs/runbooks/lost-database.md. Otherwise: "
        todo = ("" if found else empty) + "flask --app wsgi up"
        yield bad("Schema", f"The schema is {found or 'missing'}; this code needs {head}.", todo)


def check_clock(runtime: Runtime) -> Iterator[Finding]:
    """Whether this clock agrees with the database server's, and with what was written last."""
    now = runtime.now()
    with runtime.db.reading() as session:
        theirs = now if runtime.db.is_sqlite else session.scalar(select(func.clock_timestamp()))
        newest = session.scalar(select(AuditEvent.at).order_by(AuditEvent.id.desc()).limit(1))
    apart = abs((theirs or now).astimezone(UTC) - now)
    todo = "Keep the clocks of all hosts together by NTP (systemd-timesyncd, chrony)."
    if apart > CLOCKS_BROKEN:
        yield bad("Clock", f"This clock and the database server's are {apart.total_seconds():.0f} s apart.", todo)
    elif apart > CLOCKS_APART:
        yield warn("Clock", f"This clock and the database server's are {apart.total_seconds():.0f} s apart.", todo)
    elif newest is not None and newest - now > CLOCKS_BROKEN:
        yield bad("Clock", f"The newest line of the audit log is from {_age(newest - now)} in the future.", todo)
    else:
        yield ok("Clock", f"{now:%Y-%m-%d %H:%M:%S} UTC.")


def check_workers(runtime: Runtime) -> Iterator[Finding]:
    """Whether anybody works the jobs, and how long the oldest has been waiting."""
    now = runtime.now()
    with runtime.db.reading() as session:
        alive = [note for note in notes_named(session, ALIVE) if now - note.noted_at < ALIVE_FOR]
        closed = noted(session, NOTE)
        due = select(Job.run_at).where(Job.state == JobState.QUEUED.value).order_by(Job.run_at).limit(1)
        oldest = session.scalar(due)
        dead = select(Job.id).where(Job.state == JobState.DEAD.value).limit(1000).subquery()
        failed = session.scalar(select(func.count()).select_from(dead)) or 0
    if alive:
        threads = sum(int(note.facts.get("threads", 0)) for note in alive)
        yield ok("Workers", f"Processes that work jobs: {len(alive)}, with threads: {threads}.")
    else:
        todo = "Start one: flask --app wsgi worker (or VERMILION_WORKERS=2 in the web process)."
        yield bad("Workers", "No process has worked jobs in the last 90 seconds.", todo)
    if closed is not None:
        says = f"Maintenance is on since {_age(now - closed.noted_at)}; nothing can be saved, and no job is begun."
        yield warn("Maintenance", says, "flask --app wsgi maintenance off")
    waits = now - oldest if oldest is not None else timedelta(0)
    todo = "Are workers running, and enough of them? docs/runbooks/stuck-job.md"
    if waits > VERY_LATE_JOB:
        yield bad("Queue", f"The oldest job was due {_age(waits)} ago.", todo)
    elif waits > LATE_JOB:
        yield warn("Queue", f"The oldest job was due {_age(waits)} ago.", todo)
    else:
        yield ok("Queue", "No job has been waiting for long.")
    if failed:
        todo = "Administration > Jobs > Failed for good shows why; try them again, or give them up."
        yield warn("Failed jobs", f"Jobs that failed for good: {failed}.", todo)


def check_seals(runtime: Runtime) -> Iterator[Finding]:
    """Whether the audit log is sealed as it grows."""
    with runtime.db.reading() as session:
        chain = chain_state(session)
        waiting = select(AuditEvent.at).where(AuditEvent.id > chain.newest_event).order_by(AuditEvent.id).limit(1)
        oldest: datetime | None = session.scalar(waiting)
    if oldest is not None and runtime.now() - oldest > LATE_SEAL:
        says = f"Lines of the audit log have been waiting for their seal since {_age(runtime.now() - oldest)}."
        yield bad("Audit log", says, "Is a worker running? flask --app wsgi audit seal says what hinders it.")
    else:
        yield ok("Audit log", f"{chain.sealed} lines are sealed.")


def _age(delta: timedelta) -> str:
    """A length of time in the largest unit that fits."""
    seconds = int(delta.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


DATABASE: Final[tuple[tuple[str, Check], ...]] = (
    ("Database", check_database),
    ("Schema", check_schema),
    ("Clock", check_clock),
    ("Workers", check_workers),
    ("Audit log", check_seals),
)
