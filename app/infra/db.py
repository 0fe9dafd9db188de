"""Engine, sessions and the rules that keep SQLite honest.

SQLite runs in WAL with synchronous=FULL: NORMAL loses acknowledged commits at a power cut. The driver's own
transaction handling is switched off (it leaves DDL and SAVEPOINT outside), and writers open with BEGIN
IMMEDIATE, so that a read-then-write never fails half-way with "database is locked".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, MetaData, Select, Uuid, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column

from app.infra.metrics import count_statements
from app.infra.types import UTCDateTime

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
WRITE = "vermilion_write"


class Base(DeclarativeBase):
    """Parent of all models; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(naming_convention=NAMING)


class HasId:
    """A random UUID primary key: ids in addresses must not be countable."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)


def make_engine(url: str, *, pool_size: int = 12) -> Engine:
    """Return an engine for SQLite or PostgreSQL with the house's transaction rules attached."""
    # Errors are logged and shown to administrators: what was written in the failed statement is nobody's business.
    quiet = {"pool_size": pool_size, "hide_parameters": True}
    if not url.startswith("sqlite"):
        # The planner's generic plans suit our short keyed queries, so server-side prepare stays on.
        engine = create_engine(url, max_overflow=8, pool_pre_ping=True, **quiet)
        count_statements(engine)
        return engine
    engine = create_engine(url, max_overflow=16, connect_args={"check_same_thread": False}, **quiet)
    count_statements(engine)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "temp_store=MEMORY",
            "cache_size=-4000",  # for each of some ten connections; the system keeps the file in memory anyway
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITE, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # cannot fail, so it may go past the machinery that turns failures into SQLAlchemy's
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN")

    return engine


class HouseSession(Session):
    """A session that runs selects on tables (not entities) straight on its connection.

    What SQLAlchemy does around each statement, for entities and options that these have none of, costs twice as much
    as the statement. Pending changes are flushed first, as ever.
    """

    _at: tuple[SessionTransaction | None, Connection] | None = None

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement; see `Session.execute`."""
        if options or not _is_plain(statement):
            return super().execute(statement, params, **options)
        return self._connection_now().execute(statement, params)

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """The first value of the first row; see `Session.scalar`."""
        if options or not _is_plain(statement):
            return super().scalar(statement, params, **options)
        return self._connection_now().execute(statement, params).scalar()

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """The first values of the rows; see `Session.scalars`."""
        if options or not _is_plain(statement):
            return super().scalars(statement, params, **options)
        return self._connection_now().execute(statement, params).scalars()

    def _connection_now(self) -> Connection:
        """The connection of the transaction that is open, with everything written that is pending."""
        self._autoflush()  # what Session.execute does, too
        open_now = self.get_transaction()
        if self._at is not None and self._at[0] is open_now and self.is_active:
            return self._at[1]
        connection = self.connection()
        self._at = (self.get_transaction(), connection)
        return connection


def _is_plain(statement: Any) -> bool:
    return type(statement) is Select and not statement._propagate_attrs


class Database:
    """Makes sessions. `bound` lets tests run everything inside one outer transaction."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size=pool_size)
        self._writer = self.engine.execution_options(**{WRITE: True})
        self.bound: Connection | None = None

    @property
    def is_sqlite(self) -> bool:
        """True when the engine is SQLite."""
        return self.engine.dialect.name == "sqlite"

    def session(self, *, write: bool) -> Session:
        """Return a new session; `write` opens its transaction with BEGIN IMMEDIATE on SQLite."""
        if self.bound is not None:
            return HouseSession(self.bound, expire_on_commit=False, join_transaction_mode="create_savepoint")
        return HouseSession(self._writer if write else self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work for jobs and commands: commits at the end, rolls back on any error."""
        with self.session(write=True) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; whatever it did is rolled back when it closes."""
        with self.session(write=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for one statement that reads: the busiest requests do without a session."""
        if self.bound is not None:
            yield self.bound
            return
        with self.engine.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


__all__ = ["Base", "Database", "HasId", "UTCDateTime", "make_engine"]
