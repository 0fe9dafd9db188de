"""The audit log is sealed by a job, walked along by another, and says what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.admin import services, tasks
from app.admin.cli import commands
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.audit import Fault
from app.infra import audit_chain, audit_verify
from app.infra.audit import AuditTag, record
from app.infra.audit_verify import Report, verify_log
from app.infra.db import Database
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.support.databases import at_once, postgres_beside, sqlite_file

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("verify")` runs a command of the group `audit`."""
    [group] = [command for command in commands if command.name == "audit"]
    return lambda *arguments: app.test_cli_runner().invoke(group, list(arguments))


@pytest.fixture
def keys(runtime: Runtime) -> Runtime:
    runtime.keys.ensure(runtime.now())
    return runtime


def write(runtime: Runtime, count: int) -> list[int]:
    """Add events and return their ids."""
    with runtime.transaction() as session:
        before = session.scalar(text("SELECT coalesce(max(id), 0) FROM audit_event"))
        for number in range(count):
            facts = {"grade": {"before": 1.5, "after": number}, "name": "Zoë “Z” Ås"}
            record(session, SYSTEM, AuditTag.REVIEW_DECIDED, now=runtime.now(), target_id=number, **facts)
    with runtime.db.reading() as session:
        return list(session.scalars(text(f"SELECT id FROM audit_event WHERE id > {before} ORDER BY id")))


def walk(runtime: Runtime) -> Report:
    with runtime.db.reading() as session:
        return verify_log(session, runtime.keys.public_keys())


def tamper(database: Database, *statements: str) -> None:
    """What somebody with all rights over the database can do."""
    assert database.bound is not None
    if database.is_sqlite:
        database.bound.execute(text("PRAGMA defer_foreign_keys = ON"))
        for (name,) in database.bound.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            database.bound.execute(text(f"DROP TRIGGER {name}"))
    else:
        database.bound.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in statements:
        database.bound.execute(text(statement))


def test_sealing_is_repeatable_and_keeps_up(keys: Runtime, clock: Clock) -> None:
    assert services.seal_audit(keys) == 0
    write(keys, 3)
    assert services.seal_audit(keys) == 3
    assert services.seal_audit(keys) == 0
    write(keys, 2)
    waiting = walk(keys)
    assert (waiting.is_sound, waiting.sealed, waiting.signed, waiting.waiting) == (True, 3, 3, 2)
    clock.tick(minutes=1)
    tasks.seal_audit(JobContext(keys, keys.now()), {})
    report = walk(keys)
    assert (report.is_sound, report.sealed, report.signed, report.waiting) == (True, 5, 5, 0)


def test_long_arrears_are_sealed_in_portions(keys: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PORTION", 2)
    monkeypatch.setattr(services, "seal_some", lambda *given, now: audit_chain.seal_some(*given, now=now, size=2))
    monkeypatch.setattr(audit_chain, "PORTION", 2)
    write(keys, 5)
    assert services.seal_audit(keys) == 5
    with keys.db.reading() as session:
        assert len(list(audit_chain.checkpoints(session, 5))) == 3
    assert walk(keys).is_sound


def test_without_a_key_nothing_is_sealed(runtime: Runtime, run: Run) -> None:
    with pytest.raises(KeyProblem):
        services.seal_audit(runtime)
    refused = run("seal")
    assert refused.exit_code == 1
    assert "keys init" in refused.output


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_event SET actor_name = 'Mallory' WHERE id = {id}", Fault.CHANGED),
        ("UPDATE audit_event SET facts = '{{}}' WHERE id = {id}", Fault.CHANGED),
        ("DELETE FROM audit_event WHERE id = {id}", Fault.REMOVED),
        ("UPDATE audit_seal SET link = digest WHERE event_id = {id}", Fault.SEAL_CHANGED),
        ("UPDATE audit_checkpoint SET sequence = 2 WHERE number = 1", Fault.CHECKPOINT_FORGED),
    ],
)
def test_what_is_done_behind_our_back_is_found(
    keys: Runtime, database: Database, run: Run, statement: str, fault: Fault
) -> None:
    ids = write(keys, 5)
    services.seal_audit(keys)
    tamper(database, statement.format(id=ids[1]))
    [finding, *_] = walk(keys).findings
    assert (finding.fault, finding.event_id) == (fault, ids[1])
    told = run("verify")
    assert told.exit_code == 1
    assert told.stdout.startswith(f"{fault}\t{ids[1]}\t")


def test_moved_and_inserted_and_cut_off_events_are_found(
    keys: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = write(keys, 6)
    services.seal_audit(keys)
    tamper(database, *(f"UPDATE audit_event SET id = {a} WHERE id = {b}" for a, b in _swap(ids[1], ids[3])))
    assert [(found.fault, found.event_id) for found in walk(keys).findings] == [
        (Fault.REORDERED, ids[1]),
        (Fault.REORDERED, ids[3]),
    ]
    tamper(database, *(f"UPDATE audit_event SET id = {a} WHERE id = {b}" for a, b in _swap(ids[1], ids[3])))
    assert walk(keys).is_sound
    monkeypatch.setattr(audit_verify, "LOOK_BACK", 3)
    columns = "at, tag, actor_id, actor_name, target_kind, target_id, facts"
    tamper(
        database, f"INSERT INTO audit_event (id, {columns}) SELECT -5, {columns} FROM audit_event WHERE id = {ids[0]}"
    )
    assert [(found.fault, found.event_id) for found in walk(keys).findings] == [(Fault.INSERTED, -5)]
    tamper(database, "DELETE FROM audit_event WHERE id = -5", "DELETE FROM audit_seal WHERE sequence > 4")
    assert walk(keys).findings[0].fault is Fault.CUT_OFF


def _swap(one: int, other: int) -> list[tuple[int, int]]:
    return [(1_000_000, one), (one, other), (other, 1_000_000)]


def test_a_late_commit_with_a_lower_id_is_sealed_and_no_fault(keys: Runtime, database: Database) -> None:
    """On PostgreSQL ids are given before the commit, so the order of ids is not the order of commits."""
    ids = write(keys, 3)
    tamper(database, f"UPDATE audit_event SET id = id + 10 WHERE id > {ids[0]}")
    services.seal_audit(keys)
    tamper(
        database,
        "INSERT INTO audit_event (id, at, tag, actor_name, target_kind, target_id, facts) "
        f"SELECT {ids[0] + 5}, at, tag, actor_name, target_kind, target_id, facts FROM audit_event WHERE id = {ids[0]}",
    )
    assert walk(keys).waiting == 1
    assert services.seal_audit(keys) == 1
    assert walk(keys).is_sound


def test_a_withdrawn_key_is_replaced_at_the_end_of_the_chain(keys: Runtime, clock: Clock) -> None:
    write(keys, 2)
    services.seal_audit(keys)
    [kid] = [key.kid for key in keys.keys.public_keys() if key.kid.endswith("ed25519")]
    clock.tick(days=1)
    keys.keys.compromise(kid, keys.now())
    assert (walk(keys).is_sound, walk(keys).signed) == (True, 0)
    services.seal_audit(keys)
    assert (walk(keys).is_sound, walk(keys).signed) == (True, 2)


def test_the_walk_is_written_down_and_told_on_the_page(
    keys: Runtime,
    database: Database,
    browse: Callable[..., Browser],
    make_user: Callable[..., Actor],
    session: Session,
) -> None:
    browser = browse(make_user(Role.ADMIN))
    assert "Not sealed yet" in browser.get("/admin/audit").text
    ids = write(keys, 3)
    assert "Waits for its seal" in browser.get("/admin/audit").text
    services.seal_audit(keys)
    page = browser.get("/admin/audit").text
    assert "Not verified yet" in page
    assert "Waits for its seal" not in page
    assert browser.post("/admin/audit/verify").status_code == 303
    assert "Verification waits for a worker." in browser.get("/admin/audit").text
    assert browser.post("/admin/audit/verify").status_code == 303
    assert work_off(keys) == 1, "asking twice starts one walk"
    page = browser.get("/admin/audit").text
    assert "Verified" in page
    assert "Not verified yet" not in page
    tamper(database, f"UPDATE audit_event SET tag = '' WHERE id = {ids[1]}")
    browser.post("/admin/audit/verify")
    work_off(keys)
    page = browser.get("/admin/audit").text
    assert "Broken" in page
    assert f"The first fault is at line {ids[1]} (changed)." in page


def test_the_command_says_when_all_is_well(keys: Runtime, run: Run) -> None:
    write(keys, 2)
    assert run("seal").output == "2 events sealed.\n"
    told = run("verify")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "2 events are sealed, the first 2 of them signed; 0 younger ones wait" in told.stderr


def test_the_page_costs_the_same_for_one_line_and_for_many(
    keys: Runtime, browse: Callable[..., Browser], make_user: Callable[..., Actor], count_queries: QueryCount
) -> None:
    browser = browse(make_user(Role.ADMIN))
    counts = []
    for more in (1, 60):
        write(keys, more)
        services.seal_audit(keys)
        browser.get("/admin/audit")
        count_queries.statements.clear()
        browser.get("/admin/audit")
        counts.append(len(count_queries))
    assert counts[0] == counts[1]


def seal_with_writers(database: Database, runtime: Runtime) -> None:
    """Four writers and three sealing steps at the same time, each in a transaction of its own."""
    signer = runtime.keys.active_signer(NOW)

    def writer(session: Session) -> None:
        for number in range(25):
            record(session, SYSTEM, AuditTag.KEY_MADE, now=NOW + timedelta(seconds=number), target_id=number)
            session.flush()

    def sealer(session: Session) -> int:
        return audit_chain.seal_some(session, signer, now=NOW)

    at_once(database, writer, sealer, writer, sealer, writer, sealer, writer)
    [sealed] = at_once(database, sealer)
    with database.reading() as session:
        report = verify_log(session, runtime.keys.public_keys())
    assert (report.is_sound, report.sealed, report.waiting) == (True, 100, 0)
    assert sealed <= 100


def test_several_workers_seal_beside_writers_and_every_event_once(
    keys: Runtime, database: Database, tmp_path: Path
) -> None:
    opened = sqlite_file(tmp_path) if database.is_sqlite else postgres_beside(database, "audit_beside")
    with opened as shared:
        seal_with_writers(shared, keys)
