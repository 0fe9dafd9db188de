"""Bring the database to the newest schema, or say how far behind it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.config import ROOT
from app.infra.db import WRITE, Base, Database
from app.infra.migrate_triggers import PLUGINS

FOLDER = ROOT / "migrations"


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["database"] = database
    return config


def head() -> str:
    """The revision that this code needs."""
    return ScriptDirectory(str(FOLDER)).get_current_head() or ""


def known_revisions() -> set[str]:
    """Every revision that this code can start from."""
    return {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}


def current(database: Database) -> str:
    """The revision that the database has (empty for a new one)."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(database: Database, revision: str = "head") -> bool:
    """Migrate up; True when something was done. Safe when two processes start together (one waits)."""
    if revision == "head" and current(database) == head():
        return False
    command.upgrade(_config(database), revision)
    return True


def downgrade(database: Database, revision: str) -> None:
    """Migrate down to a revision ("base" for none)."""
    command.downgrade(_config(database), revision)


def drift(database: Database) -> list[Any]:
    """Differences between the models and the database; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "autogenerate_plugins": PLUGINS})
        return list(compare_metadata(context, Base.metadata))


def make_revision(database: Database, message: str, revision_id: str) -> Path:
    """Write a new migration from the difference between models and database (for developers)."""
    script = command.revision(_config(database), message=message, autogenerate=True, rev_id=revision_id)
    if script is None or isinstance(script, list):
        raise RuntimeError("Alembic wrote no single revision.")
    return Path(script.path)


__all__ = ["WRITE", "current", "downgrade", "drift", "head", "known_revisions", "make_revision", "upgrade"]
