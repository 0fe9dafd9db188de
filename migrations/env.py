"""Run by Alembic inside app/infra/migrate.py, which passes the database along."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from app.infra.db import WRITE, Base, Database
from app.infra.migrate_triggers import PLUGINS
from app.infra.types import UTCDateTime

database: Database = context.config.attributes["database"]
ADVISORY_LOCK = 7_310_021


def render_item(kind: str, value: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration must not depend on app code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UTCDateTime) else False


with database.engine.execution_options(**{WRITE: True}).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=False,
        render_item=render_item,
        autogenerate_plugins=PLUGINS,
    )
    with context.begin_transaction():
        if not database.is_sqlite:
            # Several processes may start at once: the second waits here and then finds nothing to do.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        context.run_migrations()
