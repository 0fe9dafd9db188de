"""Works the job table in threads (inside the server) or in processes of their own (`flask worker`).

A job is claimed by a guarded update with a lease, the lease is extended by a heartbeat while it runs, and a
job whose worker died is taken again when the lease ends. So a killed worker loses nothing; a handler may be
run twice and must be safe to repeat. A worker that is told to stop gives back what it cannot finish.

Leases are instants of the wall clock. One that ends later than a lease can last was written before the clock was put
back, and counts for nothing; `mend_times` brings forward what waits for such an instant.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.infra.jobs.models import Job, JobState, Schedule
from app.infra.jobs.registry import FORGOTTEN, HANDLERS, RECURRING, backoff, due_after
from app.infra.metrics import METRICS
from app.infra.notes import forget_note, forget_older, note
from app.infra.runtime import Runtime

LEASE = timedelta(seconds=30)
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of two hosts may be apart before one takes the other's leases for relics."""
HEARTBEAT_SECONDS = 8
POLL_SECONDS = 2.0
SCHEDULE_SECONDS = 20
ALIVE = "worker:"
"""How the names of notes begin by which workers say that they live (app/infra/notes.py)."""
FORGET_DEAD = timedelta(hours=1)

log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds."""

    id: int
    handler: str
    payload: dict[str, Any]
    tries: int
    max_tries: int
    token: str


@dataclass(slots=True)
class JobContext:
    """What a handler gets: the runtime's ports, the instant it started, and its own units of work."""

    runtime: Runtime
    now: datetime
    job_id: int = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work; wakes the workers when it asked for more jobs."""
        with self.runtime.transaction() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads."""
        with self.runtime.db.reading() as session:
            yield session

    def progress(self, done: int, total: int) -> None:
        """Note how far a long job is; pages show it."""
        with self.runtime.db.transaction() as session:
            session.execute(update(Job).where(Job.id == self.job_id).values(progress_done=done, progress_total=total))


def due_at(now: datetime) -> ColumnElement[bool]:
    """The jobs to take now: waiting ones whose time has come, and running ones whose worker died."""
    return or_(
        and_(Job.state == JobState.QUEUED.value, Job.run_at <= now),
        and_(Job.state == JobState.RUNNING.value, Job.lease_until < now),
        and_(Job.state == JobState.RUNNING.value, Job.lease_until > now + LEASE + CLOCKS_APART),
    )


def claim_next(session: Session, now: datetime) -> Claim | None:
    """Take the oldest due job (or one whose worker died); None when there is nothing to do."""
    query = select(Job).where(due_at(now)).order_by(Job.run_at, Job.id).limit(1).with_for_update(skip_locked=True)
    job = session.scalar(query)
    if job is None:
        return None
    job.state = JobState.RUNNING.value
    job.tries += 1
    job.lease_until = now + LEASE
    job.lease_token = str(uuid4())
    session.flush()  # the claim must be in the database before the values are handed out
    return Claim(job.id, job.handler, dict(job.payload), job.tries, job.max_tries, job.lease_token)


def finish(session: Session, claim: Claim, now: datetime, error: str = "") -> None:
    """Mark a held job done, or queue it again (dead after too many tries). Does nothing if the lease was lost."""
    values: dict[str, Any] = {"lease_until": None, "lease_token": None, "last_error": error[-4000:]}
    if not error:
        values |= {"state": JobState.DONE.value, "finished_at": now}
        if claim.handler in FORGOTTEN:
            values["payload"] = {}
    elif claim.tries >= claim.max_tries:
        values |= {"state": JobState.DEAD.value, "finished_at": now}
    else:
        # A twin with the same key may be waiting by now; the key is given up rather than break its promise.
        values |= {"state": JobState.QUEUED.value, "run_at": now + backoff(claim.tries), "dedupe_key": None}
    session.execute(update(Job).where(Job.id == claim.id, Job.lease_token == claim.token).values(**values))


def give_back(session: Session, tokens: Collection[str]) -> int:
    """Let go of held jobs, as if they had not been begun; another worker takes them at once. Returns how many."""
    values = {"state": JobState.QUEUED.value, "lease_until": None, "lease_token": None, "dedupe_key": None}
    held = update(Job).where(Job.lease_token.in_(tokens))
    return int(session.execute(held.values(**values, tries=Job.tries - 1)).rowcount)  # type: ignore[attr-defined]


def mend_times(session: Session, now: datetime) -> int:
    """After the clock was put back: what was asked for "at once" in the time that has not come yet is due now.

    Returns how many jobs that were. Jobs that were meant for later keep their instant.
    """
    at_once = and_(Job.state == JobState.QUEUED.value, Job.created_at > now, Job.run_at <= Job.created_at)
    return int(session.execute(update(Job).where(at_once).values(run_at=now)).rowcount)  # type: ignore[attr-defined]


def run_claim(runtime: Runtime, claim: Claim) -> None:
    """Run one held job to its end and write down how it went."""
    error, begun = "", time.perf_counter()
    try:
        with runtime.tracer.span(f"job {claim.handler}", **{"vermilion.job": claim.id}):
            HANDLERS[claim.handler](JobContext(runtime, runtime.now(), claim.id), claim.payload)
    except Exception:
        error = traceback.format_exc()
        log.warning("job failed", handler=claim.handler, job=claim.id, tries=claim.tries, error=cause_in(error))
    METRICS.note_job(claim.handler, "failed" if error else "done", seconds=time.perf_counter() - begun)
    with runtime.db.transaction() as session:
        finish(session, claim, runtime.now(), error)


def cause_in(error: str) -> str:
    """The line of a traceback that says what happened; what SQLAlchemy adds below it (statement, link) says less."""
    lines = [line for line in error.strip().splitlines() if line and not line.startswith((" ", "[", "("))]
    named = [line for line in lines if line.partition(":")[0].replace(".", "").replace("_", "").isalnum()]
    return (named or lines or [""])[-1][:300]


def work_off(runtime: Runtime, *, limit: int = 10_000, now: datetime | None = None) -> int:
    """Run every due job in this thread, including those that they ask for; returns how many ran."""
    for count in range(limit):
        with runtime.db.transaction() as session:
            claim = claim_next(session, now or runtime.now())
        if claim is None:
            return count
        run_claim(runtime, claim)
    return limit


def enqueue_recurring(runtime: Runtime) -> None:
    """Queue each recurring job that is due; the row's guarded update lets one worker win."""
    now = runtime.now()
    with runtime.transaction() as session:
        known = {s.name: s.next_at for s in session.scalars(select(Schedule))}
        for name, recurring in RECURRING.items():
            following = due_after(now, recurring.every)
            if name not in known:
                session.add(Schedule(name=name, next_at=following))
            elif known[name] <= now or known[name] > following:  # the latter: the clock was put back
                guard = update(Schedule).where(Schedule.name == name, Schedule.next_at == known[name])
                if session.execute(guard.values(next_at=following)).rowcount != 1:  # type: ignore[attr-defined]
                    continue
            else:
                continue
            session.add(Job(handler=name, payload={}, run_at=now, created_at=now))


class Worker:
    """A pool of threads over the job table."""

    def __init__(self, runtime: Runtime, threads: int) -> None:
        self.runtime = runtime
        self._stop = threading.Event()
        self._held: dict[int, Claim] = {}
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._loop, name=f"job-{i}", daemon=True) for i in range(threads)]
        self._threads.append(threading.Thread(target=self._tend, name="job-heartbeat", daemon=True))
        self._ear = threading.Thread(target=runtime.wake.listen, args=(self._stop,), name="job-bell", daemon=True)
        self._ahead = 0.0

    def start(self) -> None:
        """Start the threads."""
        for thread in (*self._threads, self._ear):
            thread.start()

    def stop(self, timeout: float = 10) -> int:
        """Let running jobs finish for some seconds, then give back the others; returns how many those were."""
        self._stop.set()
        self.runtime.wake.ring_here()
        until = time.monotonic() + timeout
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0, until - time.monotonic()))
        with self._lock:
            tokens = [claim.token for claim in self._held.values()]
        try:
            with self.runtime.db.transaction() as session:
                forget_note(session, ALIVE + METRICS.process)
                return give_back(session, tokens) if tokens else 0
        except DBAPIError as error:
            log.warning("leases end by themselves", error=str(error.orig))
            return 0

    @property
    def _is_over(self) -> bool:
        return self._stop.is_set() or self.runtime.stopping.is_set()

    def _loop(self) -> None:
        while not self._is_over:
            try:
                claim = self._claim()
                if claim is None:
                    self.runtime.wake.wait(POLL_SECONDS)
                    self.runtime.wake.clear()
                    continue
                with self._lock:
                    self._held[claim.id] = claim
                try:
                    run_claim(self.runtime, claim)
                finally:
                    with self._lock:
                        self._held.pop(claim.id, None)
            except Exception as error:
                # A full disk or a lost database must not end the thread: wait and look again.
                log.error("worker could not reach the job table", error=str(error))
                self._stop.wait(POLL_SECONDS)

    def _claim(self) -> Claim | None:
        if self.runtime.maintenance.look(self.runtime.db) is not None:
            return None
        # Looking costs no lock; only when something is due is the write transaction opened.
        with self.runtime.db.reading() as session:
            if session.scalar(select(Job.id).where(due_at(self.runtime.now())).limit(1)) is None:
                return None
        with self.runtime.db.transaction() as session:
            return claim_next(session, self.runtime.now())

    def _tend(self) -> None:
        # Leases are kept up until the last job is done, also while the process ends.
        passed = SCHEDULE_SECONDS
        while not self._stop.is_set():
            try:
                if passed >= SCHEDULE_SECONDS and not self._is_over:
                    passed = 0
                    self._mend_if_the_clock_was_put_back()
                    self._say_alive()
                    if self.runtime.maintenance.look(self.runtime.db) is None:
                        enqueue_recurring(self.runtime)
                self._extend_leases()
            except (SQLAlchemyError, OSError) as error:
                log.warning("heartbeat skipped", error=str(error))
            self._stop.wait(HEARTBEAT_SECONDS)
            passed += HEARTBEAT_SECONDS

    def _say_alive(self) -> None:
        """Note that this process works jobs; others forget it an hour after it was killed."""
        now = self.runtime.now()
        with self.runtime.db.transaction() as session:
            note(session, ALIVE + METRICS.process, {"threads": len(self._threads) - 1}, now=now)
            forget_older(session, ALIVE, now - FORGET_DEAD)

    def _mend_if_the_clock_was_put_back(self) -> None:
        """Compare the wall clock with one that only goes forward; the first time, nobody knows what was before."""
        ahead = self.runtime.now().timestamp() - time.monotonic()
        if self._ahead == 0 or ahead < self._ahead - 1:
            with self.runtime.db.transaction() as session:
                if mended := mend_times(session, self.runtime.now()):
                    log.warning("the clock was put back; waiting jobs are due now", jobs=mended)
        self._ahead = ahead

    def _extend_leases(self) -> None:
        with self._lock:
            tokens = [claim.token for claim in self._held.values()]
        if not tokens:
            return
        with self.runtime.db.transaction() as session:
            until = self.runtime.now() + LEASE
            session.execute(update(Job).where(Job.lease_token.in_(tokens)).values(lease_until=until))
