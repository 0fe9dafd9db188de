"""Run by Alembic inside app/infra/migrate.py, which passes the database along."""

from __future__ import annotations

from alembic import context

from app.infra.db import WRITE, Base, Database

database: Database = context.config.attributes["database"]
ADVISORY_LOCK = 7_310_021

with database.engine.execution_options(**{WRITE: True}).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=False,
    )
    with context.begin_transaction():
        if not database.is_sqlite:
            # Several processes may start at once: the second waits here and then finds nothing to do.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        context.run_migrations()
