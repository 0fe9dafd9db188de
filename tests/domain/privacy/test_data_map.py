"""The data map speaks of every table and column there is, and the plans that are made from it are complete."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Table

from app.domain.privacy.consent import ASKED, AT_SIGN_UP, ConsentKind
from app.domain.privacy.data_map import PARTS, TABLES, chain
from app.domain.privacy.document import document
from app.domain.privacy.erasure import due_at, plan
from app.domain.privacy.kinds import Erasure
from app.domain.privacy.retention import rules
from app.factory import slice_modules
from app.infra.db import Base
from app.infra.triggers import APPEND_ONLY
from app.infra.types import UTCDateTime

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
slice_modules("models")
SCHEMA: dict[str, Table] = dict(Base.metadata.tables)
ORDER = [table.name for table in Base.metadata.sorted_tables]
HINT = "Say in app/domain/privacy/map_*.py whose data this table holds, why, how long, and what erasing does."
# Columns that would give away a secret, or what others think, and may be in no copy.
SECRET = ("hash", "secret", "password", "token_hash", "sealed")


def test_every_table_is_in_the_map_once() -> None:
    named = [table.name for tables in PARTS.values() for table in tables]
    assert sorted(named) == sorted(set(named))
    assert set(SCHEMA) - set(named) == set(), HINT
    assert set(named) - set(SCHEMA) == set(), "These tables are gone; take them out of the map."


def test_an_entry_names_columns_that_there_are() -> None:
    for name, entry in TABLES.items():
        columns = SCHEMA[name].columns
        named = {*entry.export, *entry.blank, *entry.only, *(hand.column for hand in entry.hands)}
        named |= {column for hand in entry.hands for column in hand.blank}
        named |= {entry.expires.clock} if entry.expires else set()
        assert named - set(columns.keys()) == set(), name
        for column, value in entry.blank.items():
            assert value is not None or columns[column].nullable, f"{name}.{column} cannot be empty"


def test_every_way_from_a_row_to_a_person_ends_at_one() -> None:
    for table in TABLES.values():
        for name, column, parent in chain(table):
            pointed = SCHEMA[name].columns[column]
            assert not parent or parent in SCHEMA
            if parent and not TABLES[name].subject.to:  # type: ignore[union-attr]
                assert {key.column.table.name for key in pointed.foreign_keys} == {parent}


def test_every_column_that_points_at_an_account_is_spoken_of() -> None:
    """A new column with somebody's id must be the person of the row, or the hand of somebody who did something."""
    silent = []
    for name, table in SCHEMA.items():
        entry = TABLES[name]
        known = {entry.subject.column} if entry.subject else set()
        known |= {hand.column for hand in entry.hands}
        for column in table.columns:
            if any(key.column.table.name == "user_account" for key in column.foreign_keys) and column.name not in known:
                silent.append(f"{name}.{column.name}")
    assert silent == []


def test_personal_tables_say_why_how_long_and_what_erasing_does() -> None:
    for table in TABLES.values():
        assert table.purpose.endswith(".")
        if table.is_personal:
            assert table.basis and table.keep and table.erasure is not Erasure.NONE, table.name
            assert table.erasure is Erasure.DELETE or table.why, f"{table.name}: say why rows stay"
            assert (table.erasure is Erasure.BLANK) == bool(table.blank), table.name
        else:
            assert table.erasure is Erasure.NONE and not table.export, table.name


def test_what_nobody_can_change_is_kept() -> None:
    for name in APPEND_ONLY:
        assert TABLES[name].erasure in (Erasure.KEEP, Erasure.NONE), name


def test_no_secret_is_in_a_copy() -> None:
    found = [f"{t.name}.{c}" for t in TABLES.values() for c in t.export if any(word in c for word in SECRET)]
    assert found == []
    assert TABLES["grade"].export == () and TABLES["integrity_flag"].export == ()
    assert TABLES["review"].only == {"state": ("decided",)}


def test_an_erasure_deals_with_children_before_parents_and_with_the_account_last() -> None:
    steps = plan(ORDER)
    assert {step.table.name for step in steps} == {
        table.name for table in TABLES.values() if table.erasure in (Erasure.DELETE, Erasure.BLANK)
    }
    assert steps[-1].table.name == "user_account"
    place = {step.table.name: at for at, step in enumerate(steps)}
    for step in steps:
        if step.erasure is not Erasure.DELETE:
            continue
        for key in SCHEMA[step.table.name].foreign_keys:  # what it points at is removed later, or stays
            parent = key.column.table.name
            if parent in place and TABLES[parent].erasure is Erasure.DELETE:
                assert place[parent] >= place[step.table.name]
        for other in SCHEMA.values():  # nothing that stays points at what goes
            if any(key.column.table.name == step.table.name for key in other.foreign_keys):
                assert TABLES[other.name].erasure is Erasure.DELETE, f"{other.name} points at {step.table.name}"


def test_rules_of_retention_count_days_and_remove_children_first() -> None:
    found = rules(ORDER)
    names = [rule.table for rule in found]
    assert {"sign_in", "password_reset", "notice", "job", "mail_delivery", "draft_version"} <= set(names)
    assert names.index("notice") < names.index("notice_digest")
    for rule in found:
        assert rule.before(NOW) < NOW
        assert isinstance(SCHEMA[rule.table].columns[rule.expiry.clock].type, UTCDateTime)
        for other in SCHEMA.values():
            if any(key.column.table.name == rule.table for key in other.foreign_keys):
                assert other.name in names, f"{other.name} points at {rule.table}, whose rows go"


def test_consent_is_asked_for_nothing_that_is_on_by_itself() -> None:
    assert set(ASKED) == set(ConsentKind)
    assert all(not ASKED[kind].optional for kind in AT_SIGN_UP)
    assert ASKED[ConsentKind.TEACHING].optional and ConsentKind.TEACHING not in AT_SIGN_UP
    assert (due_at(NOW) - NOW).days == 14


def test_the_document_is_what_the_map_says() -> None:
    written = (Path(__file__).resolve().parents[3] / "docs" / "privacy.md").read_text("utf-8")
    assert written == document(), "Write it anew: flask --app wsgi privacy map > docs/privacy.md"
