"""Changes that cut across the slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.domain.access.actor import Actor
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.audit_chain import PORTION, seal_some, sign_again
from app.infra.audit_verify import Report, count_sealed, verify_log
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.outbox import enqueue
from app.infra.runtime import WROTE_JOBS, Runtime
from app.infra.storage.base import CHUNK_BYTES, Storage
from app.infra.storage.keys import sha256_of_key
from app.practice import queries as practice
from app.privacy import queries as privacy
from app.reviews import queries as reviews
from app.studios import queries as studios

VERIFY_AUDIT: Final = "admin.verify_audit"


def retry_job(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Queue a dead job again, with all its tries. Raises NotFound when it is not dead (any more)."""
    revived = {"state": JobState.QUEUED.value, "tries": 0, "run_at": now, "finished_at": None, "dedupe_key": None}
    where = (Job.id == job_id, Job.state == JobState.DEAD.value)
    if session.execute(update(Job).where(*where).values(**revived)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    session.info[WROTE_JOBS] = True
    record(session, actor, AuditTag.JOB_RETRIED, now=now, target_kind="job", target_id=job_id)


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
