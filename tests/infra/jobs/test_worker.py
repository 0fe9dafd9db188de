"""Jobs: written with the change, claimed once, finished in spite of errors and dead workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.events import LessonCompleted
from app.factory import make_runtime
from app.infra.db import Base
from app.infra.jobs import registry
from app.infra.jobs.models import Job, Schedule
from app.infra.jobs.outbox import enqueue, publish
from app.infra.jobs.worker import (
    JobContext,
    Worker,
    claim_next,
    enqueue_recurring,
    finish,
    give_back,
    run_claim,
    work_off,
)
from app.infra.runtime import Runtime
from tests.conftest import Clock, make_settings


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Registers the handlers "sample.note", "sample.fail" and "sample.secret" for one test; returns what ran."""
    calls: list[dict[str, Any]] = []
    for name in ("HANDLERS", "SUBSCRIBERS", "RECURRING"):
        monkeypatch.setattr(registry, name, {})
        for module in ("app.infra.jobs.outbox", "app.infra.jobs.worker"):
            monkeypatch.setattr(f"{module}.{name}", getattr(registry, name), raising=False)

    @registry.task("sample.note")
    def note(_context: JobContext, payload: dict[str, Any]) -> None:
        calls.append(payload)

    @registry.task("sample.fail")
    def fail(_context: JobContext, payload: dict[str, Any]) -> None:
        calls.append(payload)
        raise RuntimeError("the printer is on fire")

    @registry.task("sample.secret", forget_payload=True)
    def secret(_context: JobContext, payload: dict[str, Any]) -> None:
        calls.append(payload)

    return calls


def jobs(runtime: Runtime) -> list[Job]:
    with runtime.db.reading() as session:
        found = list(session.scalars(select(Job).order_by(Job.id)))
        session.expunge_all()
        return found


def test_a_job_runs_once(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {"n": 1}, now=runtime.now())
    assert work_off(runtime) == 1
    assert work_off(runtime) == 0
    assert ran == [{"n": 1}]
    assert jobs(runtime)[0].state == "done"


def test_work_is_rolled_back_with_the_change_that_asked_for_it(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="no"), runtime.transaction() as session:
        enqueue(session, "sample.note", {}, now=runtime.now())
        raise ValueError("no")
    assert work_off(runtime) == 0
    assert ran == []


def test_a_job_waits_for_its_time(runtime: Runtime, clock: Clock, ran: list[dict[str, Any]]) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {}, now=runtime.now(), run_at=runtime.now() + timedelta(minutes=5))
    assert work_off(runtime) == 0
    clock.tick(minutes=5)
    assert work_off(runtime) == 1


def test_a_failing_job_is_tried_again_later_and_is_dead_in_the_end(
    runtime: Runtime, clock: Clock, ran: list[dict[str, Any]]
) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.fail", {}, now=runtime.now())
    for expected in range(1, 9):
        assert work_off(runtime) == 1
        assert len(ran) == expected
        assert work_off(runtime) == 0, "not before its pause is over"
        clock.tick(hours=2)
    (job,) = jobs(runtime)
    assert job.state == "dead"
    assert "the printer is on fire" in job.last_error


def test_a_job_whose_worker_died_is_taken_again(runtime: Runtime, clock: Clock, ran: list[dict[str, Any]]) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {"n": 2}, now=runtime.now())
    with runtime.db.transaction() as session:
        dead = claim_next(session, runtime.now())
    assert work_off(runtime) == 0, "somebody holds it"
    clock.tick(seconds=31)
    assert work_off(runtime) == 1
    assert ran == [{"n": 2}]
    assert dead is not None
    run_claim(runtime, dead)
    assert jobs(runtime)[0].state == "done", "the late worker does not disturb the record"


def test_what_a_stopped_worker_gives_back_is_taken_at_once_and_counts_as_no_try(
    runtime: Runtime, ran: list[dict[str, Any]]
) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {"n": 3}, now=runtime.now(), dedupe_key="same")
    with runtime.db.transaction() as session:
        held = claim_next(session, runtime.now())
    assert held is not None
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {"n": 4}, now=runtime.now(), dedupe_key="same")
    with runtime.db.transaction() as session:
        assert give_back(session, [held.token, "somebody else's"]) == 1
    assert [(job.state, job.tries) for job in jobs(runtime)] == [("queued", 0), ("queued", 0)]
    assert work_off(runtime) == 2
    assert ran == [{"n": 3}, {"n": 4}]
    with runtime.db.transaction() as session:
        finish(session, held, runtime.now(), "too late")
    assert jobs(runtime)[0].state == "done"


def test_a_clock_that_is_put_back_stops_no_work(runtime: Runtime, clock: Clock, ran: list[dict[str, Any]]) -> None:
    registry.every(timedelta(minutes=1), "sample.minute")(lambda _context, payload: ran.append({"minute": 1}))
    enqueue_recurring(runtime)
    assert work_off(runtime) == 1
    for n in range(2):
        with runtime.transaction() as session:
            enqueue(session, "sample.note", {"n": n}, now=runtime.now())
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {"n": "later"}, now=runtime.now(), run_at=runtime.now() + timedelta(minutes=1))
    with runtime.db.transaction() as session:
        assert claim_next(session, runtime.now()) is not None, "and its worker dies"
    clock.tick(hours=-3)
    ran.clear()
    assert work_off(runtime) == 1, "a lease that ends in three hours is none"
    worker = Worker(runtime, threads=0)
    worker._mend_if_the_clock_was_put_back()
    assert work_off(runtime) == 1, "what was asked for at once is due at once"
    enqueue_recurring(runtime)
    assert work_off(runtime) == 1, "and what recurs goes on"
    assert ran == [{"n": 0}, {"n": 1}, {"minute": 1}]
    clock.tick(hours=3, minutes=1)
    work_off(runtime)
    assert {"n": "later"} in ran


def test_asking_twice_while_one_waits_is_asking_once(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    for _ in range(3):
        with runtime.transaction() as session:
            enqueue(session, "sample.note", {}, now=runtime.now(), dedupe_key="same")
    assert work_off(runtime) == 1
    with runtime.transaction() as session:
        enqueue(session, "sample.note", {}, now=runtime.now(), dedupe_key="same")
    assert work_off(runtime) == 1


def test_an_unknown_handler_is_refused_at_once(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError, match=r"sample\.nobody"), runtime.transaction() as session:
        enqueue(session, "sample.nobody", {}, now=runtime.now())


def test_one_time_links_do_not_stay_in_the_table(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with runtime.transaction() as session:
        enqueue(session, "sample.secret", {"url": "https://x/reset/abc"}, now=runtime.now())
    work_off(runtime)
    assert ran == [{"url": "https://x/reset/abc"}]
    assert jobs(runtime)[0].payload == {}


def test_an_event_becomes_a_job_for_each_subscriber(runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    for name in ("sample.one", "sample.two"):
        registry.handles(LessonCompleted, name)(lambda _context, payload: ran.append(payload))
    with runtime.transaction() as session:
        publish(session, LessonCompleted("u", "l"), now=runtime.now())
    assert work_off(runtime) == 2
    assert ran == [{"user_id": "u", "lesson_id": "l"}] * 2


def test_recurring_work_is_queued_once_per_round(runtime: Runtime, clock: Clock, ran: list[dict[str, Any]]) -> None:
    registry.every(timedelta(hours=1), "sample.hourly")(lambda _context, payload: ran.append(payload))
    for _ in range(3):
        enqueue_recurring(runtime)
    assert work_off(runtime) == 1
    clock.tick(minutes=61)
    enqueue_recurring(runtime)
    enqueue_recurring(runtime)
    assert work_off(runtime) == 1
    with runtime.db.reading() as session:
        assert session.get_one(Schedule, "sample.hourly").next_at == clock() + timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def real_runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime on a database of its own, where commits are real and threads have connections of their own."""
    if request.param == "sqlite":
        runtime = make_runtime(make_settings(tmp_path, f"sqlite:///{tmp_path / 'jobs.db'}"))
        Base.metadata.create_all(runtime.db.engine)
        yield runtime
        runtime.db.dispose()
        return
    database = request.getfixturevalue("postgres_database")
    runtime = make_runtime(make_settings(tmp_path, database.url), database=database)
    yield runtime
    with database.transaction() as session:
        session.query(Job).delete()
        session.query(Schedule).delete()


def test_many_workers_never_run_a_job_twice(real_runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with real_runtime.transaction() as session:
        for n in range(60):
            enqueue(session, "sample.note", {"n": n}, now=real_runtime.now())
    threads = [threading.Thread(target=work_off, args=(real_runtime,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(call["n"] for call in ran) == list(range(60))


def test_a_running_worker_is_woken_by_a_commit(real_runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    worker = Worker(real_runtime, threads=2)
    worker.start()
    try:
        time.sleep(0.2)
        with real_runtime.transaction() as session:
            enqueue(session, "sample.note", {"n": 1}, now=real_runtime.now())
        until = time.monotonic() + 1.5  # well below the two seconds after which it would look by itself
        while not ran and time.monotonic() < until:
            time.sleep(0.02)
        assert ran == [{"n": 1}]
    finally:
        worker.stop()


def test_a_held_lease_is_extended(real_runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    with real_runtime.transaction() as session:
        enqueue(session, "sample.note", {}, now=real_runtime.now())
    with real_runtime.db.transaction() as session:
        claim = claim_next(session, real_runtime.now())
    assert claim is not None
    worker = Worker(real_runtime, threads=0)
    worker._held[claim.id] = claim
    with real_runtime.db.transaction() as session:
        session.execute(update(Job).values(lease_until=real_runtime.now()))
    worker._extend_leases()
    assert jobs(real_runtime)[0].lease_until > real_runtime.now() + timedelta(seconds=20)


def test_a_worker_that_is_told_to_stop_finishes_or_gives_back(real_runtime: Runtime, ran: list[dict[str, Any]]) -> None:
    begun, may_end = threading.Barrier(3), {n: threading.Event() for n in range(2)}

    @registry.task("sample.long")
    def long(_context: JobContext, payload: dict[str, Any]) -> None:
        begun.wait(10)
        may_end[payload["n"]].wait(20)

    with real_runtime.transaction() as session:
        for n in range(3):
            enqueue(session, "sample.long", {"n": n}, now=real_runtime.now())
    worker = Worker(real_runtime, threads=2)
    worker.start()
    begun.wait(10)
    real_runtime.stop()
    may_end[0].set()
    assert worker.stop(timeout=1) == 1
    assert [job.state for job in jobs(real_runtime)] == ["done", "queued", "queued"]
    with real_runtime.db.transaction() as session:
        again = claim_next(session, real_runtime.now())
    assert again is not None
    assert again.payload == {"n": 1}, "another worker takes it at once"
    may_end[1].set()
