"""Tables that are only ever added to: the database itself refuses everything else."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts import services as account_services
from app.domain.access.actor import SYSTEM
from app.infra import migrate, triggers
from app.infra.audit import AuditTag, record
from app.infra.db import Database
from app.practice.models import HoursLine, SessionSignoff, SignoffLink
from app.studios.models import ConsentLine, Studio, TeamLine
from tests.conftest import NOW

ROWS = {
    "audit_event": "UPDATE audit_event SET actor_name = 'nobody'",
    "audit_seal": "UPDATE audit_seal SET link = ''",
    "audit_checkpoint": "UPDATE audit_checkpoint SET head = ''",
    "session_signoff": "UPDATE session_signoff SET statement = 'something else'",
    "hours_line": "UPDATE hours_line SET minutes = 6000",
    "team_line": "UPDATE team_line SET deed = 'nothing'",
    "consent_line": "UPDATE consent_line SET is_shared = NOT is_shared",
}


def fill(session: Session) -> None:
    record(session, SYSTEM, AuditTag.KEY_MADE, now=NOW)
    session.flush()
    session.execute(text("INSERT INTO audit_seal SELECT 1, max(id), 'd', 'l' FROM audit_event"))
    point = "INSERT INTO audit_checkpoint (number, sequence, head, at, kid, signature) VALUES (1, 1, 'h', :at, 'k', :s)"
    session.execute(text(point), {"at": NOW.replace(tzinfo=None).isoformat(" "), "s": b""})
    fill_ledger(session)


def fill_ledger(session: Session) -> None:
    """A signed session and its line."""
    user = account_services.sign_up(session, email="a@example.com", name="Amara Osei", password_hash="x", now=NOW)
    session.flush()
    link = SignoffLink(user_id=user.id, token_hash="h", facts={}, created_at=NOW, expires_at=NOW, signed_at=NOW)
    session.add(link)
    session.flush()
    words = {"guest_name": "Marc", "guest_role": "Owner", "statement": "s", "digest": "d"}
    signed = SessionSignoff(link_id=link.id, user_id=user.id, signed_at=NOW, **words)
    session.add(signed)
    session.flush()
    line = {"source": "supervised", "minutes": 60, "on_day": NOW.date(), "signoff_id": signed.id, "created_at": NOW}
    session.add(HoursLine(user_id=user.id, **line))
    studio = Studio(name="Atelier Rouge", created_at=NOW)
    session.add(studio)
    session.flush()
    session.add(TeamLine(studio_id=studio.id, at=NOW, deed="followed"))
    session.add(ConsentLine(user_id=user.id, studio_id=studio.id, kind="proofs", is_shared=True, at=NOW))
    session.flush()


def test_every_guarded_table_is_here() -> None:
    assert set(ROWS) == set(triggers.APPEND_ONLY)


@pytest.mark.parametrize("table", ROWS)
def test_rows_are_neither_changed_nor_removed(session: Session, table: str) -> None:
    fill(session)
    forbidden = [ROWS[table], f"DELETE FROM {table}"]
    if session.get_bind().dialect.name == "sqlite":
        # Without a DELETE trigger for it, REPLACE would change a row that stands there.
        forbidden.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        forbidden.append(f"TRUNCATE {table} CASCADE")
    for statement in forbidden:
        with pytest.raises(DBAPIError, match="only ever added"), session.begin_nested():
            session.execute(text(statement))


def test_a_missing_trigger_is_drift(database: Database) -> None:
    assert database.bound is not None
    assert triggers.missing(database.bound) == []
    if not database.is_sqlite:  # there a trigger can be switched off, too
        database.bound.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER audit_seal_no_change"))
        assert triggers.missing(database.bound) == ["audit_seal"]
        database.bound.execute(text("ALTER TABLE audit_seal ENABLE TRIGGER audit_seal_no_change"))
    name = "audit_event_no_update" if database.is_sqlite else "audit_event_no_change"
    suffix = "" if database.is_sqlite else " ON audit_event"
    database.bound.execute(text(f"DROP TRIGGER {name}{suffix}"))
    assert triggers.missing(database.bound) == ["audit_event"]


def test_a_migration_is_written_with_what_is_missing() -> None:
    """Whoever generates a migration has nothing to add by hand."""
    first = "".join(path.read_text() for path in (migrate.FOLDER / "versions").glob("*.py"))
    for table in triggers.APPEND_ONLY:
        for statement in triggers.statements("sqlite", [table]) + triggers.statements("postgresql", [table]):
            assert statement in first
