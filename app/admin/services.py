"""Changes that cut across the slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.admin import queries
from app.certification import queries as certification
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.audit_chain import PORTION, seal_some, sign_again
from app.infra.audit_verify import Report, count_sealed, verify_log
from app.infra.doctor import OUTWARD, Finding, examine, this_host
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.worker import cause_in
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.infra.maintenance import LONGEST_SENTENCE, close_house, open_house
from app.infra.notes import note
from app.infra.runtime import WROTE_JOBS, Runtime
from app.infra.storage.base import CHUNK_BYTES, Storage
from app.infra.storage.keys import sha256_of_key
from app.practice import queries as practice
from app.privacy import queries as privacy
from app.reviews import queries as reviews
from app.studios import queries as studios

VERIFY_AUDIT: Final = "admin.verify_audit"
VERIFY_STORAGE: Final = "admin.verify_storage"
MEASURE_STORAGE: Final = "admin.measure_storage"
EXAMINE: Final = "admin.examine"
MOST_FAULTS: Final = 100


def retry_job(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Queue a dead job again, with all its tries. Raises NotFound when it is not dead (any more)."""
    revived = {"state": JobState.QUEUED.value, "tries": 0, "run_at": now, "finished_at": None, "dedupe_key": None}
    where = (Job.id == job_id, Job.state == JobState.DEAD.value)
    if session.execute(update(Job).where(*where).values(**revived)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    session.info[WROTE_JOBS] = True
    record(session, actor, AuditTag.JOB_RETRIED, now=now, target_kind="job", target_id=job_id)


def give_up_job(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Stop trying a job that waits, so that it is among the failed ones; take a failed one off the list for good.

    The log keeps which handler it was and how it failed, never its payload. Raises NotFound for any other job.
    """
    job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None or job.state not in (JobState.QUEUED.value, JobState.DEAD.value):
        raise NotFound
    facts = {"handler": job.handler, "was": job.state, "tries": job.tries, "error": cause_in(job.last_error)}
    record(session, actor, AuditTag.JOB_GIVEN_UP, now=now, target_kind="job", target_id=job_id, **facts)
    if job.state == JobState.DEAD.value:
        session.delete(job)
        return
    job.state, job.finished_at, job.dedupe_key = JobState.DEAD.value, now, None


def try_mail(session: Session, actor: Actor, *, now: datetime) -> str:
    """Send a mail to the actor that says that mail works; returns the address."""
    address = accounts.user(session, actor.user_id).email
    enqueue(session, MAIL_JOB, mail_payload(address, "mail_works", name=actor.name), now=now, max_tries=3)
    record(session, actor, AuditTag.MAIL_TRIED, now=now, target_kind="user", target_id=actor.user_id)
    return address


def begin_maintenance(session: Session, actor: Actor, sentence: str, *, now: datetime) -> None:
    """Close the site for changes; people are told the sentence. Doing it again only changes the sentence."""
    close_house(session, sentence, now=now)
    record(
        session, actor, AuditTag.MAINTENANCE_BEGUN, now=now, target_kind="site", sentence=sentence[:LONGEST_SENTENCE]
    )


def end_maintenance(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Open the site again, and wake the workers; True when it was closed."""
    if not open_house(session):
        return False
    session.info[WROTE_JOBS] = True
    record(session, actor, AuditTag.MAINTENANCE_ENDED, now=now, target_kind="site")
    return True


def ask_in_background(session: Session, actor: Actor, handler: str, *, now: datetime) -> None:
    """Have one of VERIFY_STORAGE, MEASURE_STORAGE and EXAMINE done by a worker; asking while it waits adds nothing."""
    enqueue(session, handler, {"by": actor.name}, now=now, dedupe_key=handler, max_tries=2)


def examine_outward(runtime: Runtime) -> list[Finding]:
    """Ask the store of files, Redis and the mail server how they are, and note it for the page of health."""
    found = examine(runtime, OUTWARD)
    facts = {"host": this_host(), "findings": [[each.name, each.level, each.says, each.todo] for each in found]}
    with runtime.transaction() as session:
        note(session, queries.OUTWARD_NOTE, facts, now=runtime.now())
    return found


def measure_storage(runtime: Runtime) -> dict[str, list[int]]:
    """Count what is stored, by kind: [files, bytes]. Notes it for the page of storage; reads no file."""
    kinds: dict[str, list[int]] = {}
    for key, size in runtime.storage.sizes():
        counted = kinds.setdefault(key.partition("/")[0], [0, 0])
        counted[0], counted[1] = counted[0] + 1, counted[1] + size
    with runtime.transaction() as session:
        note(session, queries.MEASURED_NOTE, {"kinds": kinds}, now=runtime.now())
    return kinds


def verify_all_storage(runtime: Runtime, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Read every stored file, compare it with the rows, and note what was found; `progress` gets (done, total)."""
    found: dict[str, Any] = {"files": 0, "missing": 0, "damaged": 0, "orphan": 0, "faults": []}
    with runtime.db.reading() as session:
        total, told = count_kept(session), 0

        def tick() -> None:
            nonlocal told
            found["files"] += 1
            if found["files"] * 100 // max(total, 1) > told:
                told = found["files"] * 100 // max(total, 1)
                progress(found["files"], max(total, found["files"]))

        for fault in verify_storage(session, runtime.storage, tick):
            found[fault.what] += 1
            if fault.what != "orphan" and len(found["faults"]) < MOST_FAULTS:
                found["faults"].append([fault.what, fault.key, fault.owner])
    with runtime.transaction() as session:
        note(session, queries.VERIFIED_NOTE, found, now=runtime.now())
        facts = {name: found[name] for name in ("files", "missing", "damaged", "orphan")}
        record(session, SYSTEM, AuditTag.STORAGE_VERIFIED, now=runtime.now(), target_kind="storage", **facts)
    return found


def seal_audit(runtime: Runtime) -> int:
    """Seal every event that waits, in portions of their own transactions; returns how many there were.

    Doing it again, or at once with others, seals nothing twice. Raises KeyProblem without a usable issuer key.
    """
    total, signer = 0, runtime.keys.active_signer(runtime.now())
    while True:
        with runtime.transaction() as session:
            sealed = seal_some(session, signer, now=runtime.now())
            if sealed == 0 and total == 0:
                sign_again(session, signer, now=runtime.now())
        total += sealed
        if sealed < PORTION:
            return total


def ask_to_verify_audit(session: Session, *, now: datetime) -> None:
    """Have the log walked along in the background; asking while that waits changes nothing."""
    enqueue(session, VERIFY_AUDIT, {}, now=now, dedupe_key=VERIFY_AUDIT)


def verify_audit(runtime: Runtime, actor: Actor, progress: Callable[[int, int], None]) -> Report:
    """Walk along the log, tell `progress` (done, total) a hundred times, and add an event with what was found."""
    done = told = 0
    with runtime.db.reading() as session:
        total = count_sealed(session)

        def tick(more: int) -> None:
            nonlocal done, told
            done += more
            if done * 100 // max(total, 1) > told:
                told = done * 100 // max(total, 1)
                progress(done, max(total, done))

        report = verify_log(session, runtime.keys.public_keys(), tick)
    first = report.findings[0] if report.findings else None
    with runtime.transaction() as session:
        record(
            session,
            actor,
            AuditTag.AUDIT_VERIFIED,
            now=runtime.now(),
            target_kind="audit_event" if first else "",
            target_id=first.event_id if first else "",
            sealed=report.sealed,
            signed=report.signed,
            waiting=report.waiting,
            faults=[[finding.fault.value, finding.event_id] for finding in report.findings],
        )
    return report


@dataclass(frozen=True, slots=True)
class StorageFault:
    """A stored file that is "missing" or "damaged" though `owner` needs it, or an "orphan" that nothing needs."""

    what: str
    key: str
    owner: str = ""


def count_kept(session: Session) -> int:
    """How many stored files the rows need, a file that several need counted for each."""
    return sum(1 for _kind, kept in _kept(session) for _ in kept)


def _kept(session: Session) -> tuple[tuple[str, Iterator[tuple[UUID, str]]], ...]:
    """Every file that some row needs, by the kind of row."""
    return (
        ("photo", practice.kept_files(session)),
        ("proof", certification.kept_documents(session)),
        ("voice", reviews.kept_audio(session)),
        ("export", practice.kept_exports(session)),
        ("copy", privacy.kept_copies(session)),
        ("pack", studios.kept_packs(session)),
        ("portfolio", studios.kept_pictures(session)),
    )


def verify_storage(
    session: Session, storage: Storage, tick: Callable[[], None] = lambda: None
) -> Iterator[StorageFault]:
    """Compare what the rows need with what is stored, both ways: every row its bytes, every file its row.

    The store is listed before the rows are read, so a file that is put meanwhile is no orphan.
    """
    stored = set(storage.keys())
    verdicts: dict[str, str] = {}
    for kind, kept in _kept(session):
        for row_id, key in kept:
            tick()
            if key not in verdicts:
                verdicts[key] = _look_at(storage, key)
            if verdicts[key]:
                yield StorageFault(verdicts[key], key, f"{kind} {row_id}")
    for key in sorted(stored - verdicts.keys()):
        yield StorageFault("orphan", key)


def _look_at(storage: Storage, key: str) -> str:
    digest = hashlib.sha256()
    try:
        with storage.open(key) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except FileNotFoundError:
        return "missing"
    return "" if digest.hexdigest() == sha256_of_key(key) else "damaged"
