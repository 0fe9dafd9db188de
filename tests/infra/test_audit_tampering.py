"""Whatever is done to the tables of the audit log by hand is found; erasing a person is not, and leaves it whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.domain.access.actor import SYSTEM, Actor
from app.domain.audit import Fault
from app.domain.credentials.keys import KeyRecord
from app.infra.audit import AuditEvent, AuditPersonal, AuditTag, forget_person, readable_facts, record, words_about
from app.infra.audit_chain import AuditCheckpoint, AuditSeal, seal_some
from app.infra.audit_verify import verify_log
from app.infra.signing import KeyStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADA, BEA = Actor(id=UUID(int=1), name="Ada Brandt"), Actor(id=UUID(int=2), name="Bea Osei")
TABLES = ("audit_event", "audit_seal", "audit_checkpoint", "audit_personal")
KEY = {"audit_event": "id", "audit_seal": "sequence", "audit_checkpoint": "number", "audit_personal": "commitment"}
LINES, TAMPERINGS = 12, 1_000

Log = tuple[Session, list[KeyRecord]]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """A log of two people, sealed and signed in three portions, in a database without its triggers."""
    store = KeyStore(Path(tmp_path_factory.mktemp("keys")))
    store.ensure(NOW)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for model in (AuditEvent, AuditSeal, AuditCheckpoint, AuditPersonal):
            model.__table__.create(connection)  # type: ignore[attr-defined]
        with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
            for number in range(LINES):
                actor = (ADA, BEA, SYSTEM)[number % 3]
                facts = words_about(session, BEA.user_id, reason=f"Was ill {number} times.") if number % 5 == 0 else {}
                at = NOW + timedelta(minutes=number)
                record(session, actor, AuditTag.GRADE_CHANGED, now=at, target_kind="attempt", target_id=number, **facts)
                session.flush()
                if number % 4 == 3:
                    seal_some(session, store.active_signer(NOW), now=at)
            session.commit()
            yield session, store.public_keys()
    engine.dispose()


def test_a_log_that_nobody_touched_is_sound_and_readable(log: Log) -> None:
    session, keys = log
    assert verify_log(session, keys).is_sound
    first, second, third = session.query(AuditEvent).order_by(AuditEvent.id).limit(3)
    assert [line.actor_name for line in (first, second, third)] == ["Ada Brandt", "Bea Osei", "Vermilion"]
    assert readable_facts(session, [first])[first.id] == {"reason": "Was ill 0 times."}
    stored = str(session.execute(text("SELECT * FROM audit_event")).all())
    assert "Ada" not in stored and "ill" not in stored


def test_any_of_a_thousand_tamperings_is_found(log: Log) -> None:
    session, keys = log
    chance = random.Random(20_261_122)
    missed = []
    for _ in range(TAMPERINGS):
        point = session.begin_nested()
        done = tamper(session, chance)
        if verify_log(session, keys).is_sound:
            missed.append(done)
        point.rollback()
    assert missed == []
    assert verify_log(session, keys).is_sound


def tamper(session: Session, chance: random.Random) -> str:
    """Edit, delete, swap, insert or cut off rows; returns what was done."""
    deed = chance.choice((edit, delete, swap, insert, cut_off))
    table = chance.choice(TABLES[:3] if deed is insert else TABLES)
    return f"{deed.__name__} {table}: {deed(session, table, chance)}"


def rows(session: Session, table: str) -> list[dict[str, object]]:
    return [dict(row._mapping) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY {KEY[table]}"))]


def put(session: Session, table: str, key: object, column: str, value: object) -> None:
    statement = text(f"UPDATE {table} SET {column} = :value WHERE {KEY[table]} = :key")
    session.execute(statement, {"value": value, "key": key})


def edit(session: Session, table: str, chance: random.Random) -> object:
    row = chance.choice(rows(session, table))
    column = chance.choice([name for name in row if not (row[name] is None and name == "actor_id")])
    old = row[column]
    if isinstance(old, bytes):
        new: object = bytes([old[0] ^ (1 << chance.randrange(8))]) + old[1:]
    elif isinstance(old, int):
        new = old + 1_000
    elif column in ("at",):
        new = str(old).replace("2026", "2027")
    elif column == "facts":
        new = '{"reason": "other"}'
    elif column in ("actor_id", "person_id"):
        new = UUID(int=chance.getrandbits(100)).hex
    else:
        new = f"{old}x"
    put(session, table, row[KEY[table]], column, new)
    return (column, old, new)


def delete(session: Session, table: str, chance: random.Random) -> object:
    key = chance.choice(rows(session, table))[KEY[table]]
    session.execute(text(f"DELETE FROM {table} WHERE {KEY[table]} = :key"), {"key": key})
    return key


def swap(session: Session, table: str, chance: random.Random) -> object:
    """Two rows change places: everything but the key."""
    one, other = chance.sample(rows(session, table), 2)
    session.execute(text(f"DELETE FROM {table} WHERE {KEY[table]} = :key"), {"key": other[KEY[table]]})
    for column in one:
        if column != KEY[table]:
            put(session, table, one[KEY[table]], column, other[column])
    add(session, table, {**one, KEY[table]: other[KEY[table]]})
    return (one[KEY[table]], other[KEY[table]])


def insert(session: Session, table: str, chance: random.Random) -> object:
    """A row of another place once more, with seals and checkpoints behind it moved on."""
    row = chance.choice(rows(session, table))
    if table == "audit_event":  # after the last sealed one it would only wait, so something has to be sealed over it
        edit(session, "audit_seal", chance)
    else:
        session.execute(
            text(f"UPDATE {table} SET {KEY[table]} = -{KEY[table]} WHERE {KEY[table]} >= {row[KEY[table]]}")
        )
        session.execute(text(f"UPDATE {table} SET {KEY[table]} = 1 - {KEY[table]} WHERE {KEY[table]} < 0"))
    add(session, table, {**row, **({"id": 900} if table == "audit_event" else {}), **fresh(table, chance)})
    return row[KEY[table]]


def fresh(table: str, chance: random.Random) -> dict[str, object]:
    return {"event_id": 10_000 + chance.randrange(1000)} if table == "audit_seal" else {}


def add(session: Session, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in row)})"), row)


def cut_off(session: Session, _table: str, chance: random.Random) -> object:
    """The end of the log goes: lines, lines with their seals, or signatures."""
    last = chance.randrange(LINES)
    if chance.random() < 0.3:
        session.execute(text(f"DELETE FROM audit_checkpoint WHERE sequence > {last}"))
        return ("signatures", last)
    session.execute(text(f"DELETE FROM audit_event WHERE id > {last}"))
    if chance.random() < 0.5:
        session.execute(text(f"DELETE FROM audit_seal WHERE sequence > {last}"))
    return last


def test_erasing_a_person_leaves_the_chain_whole_and_needs_its_line(log: Log) -> None:
    session, keys = log
    point = session.begin_nested()
    assert forget_person(session, BEA.user_id) == 7
    faults = {finding.fault for finding in verify_log(session, keys).findings}
    assert faults == {Fault.NAME_REMOVED}, "without the line of the erasure, somebody removed the names"
    record(session, SYSTEM, AuditTag.PERSON_ERASED, now=NOW, target_kind="user", target_id=BEA.user_id)
    session.flush()
    session.expire_all()
    assert verify_log(session, keys).is_sound
    first, second = session.query(AuditEvent).order_by(AuditEvent.id).limit(2)
    assert (first.actor_name, second.actor_name) == ("Ada Brandt", "")
    assert readable_facts(session, [first])[first.id] == {"reason": ""}
    point.rollback()


def test_lines_from_before_there_were_commitments_go_on_verifying(log: Log) -> None:
    session, keys = log
    point = session.begin_nested()
    session.add(AuditEvent(at=NOW, tag="accounts:user:signed_in", actor_id=ADA.id, stored_name="Ada Brandt", facts={}))
    session.flush()
    assert verify_log(session, keys).waiting == 1
    [line] = session.query(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)
    assert line.actor_name == "Ada Brandt"
    point.rollback()
