"""The ports of a running process, made once by the factory and handed to requests, jobs and commands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.config import Settings
from app.infra.bell import Bell
from app.infra.db import Database
from app.infra.mail.base import Mailer
from app.infra.maintenance import Watch
from app.infra.passwords import Passwords
from app.infra.ratelimit import Limiter
from app.infra.signing import KeyStore
from app.infra.storage.base import Storage
from app.infra.tracing import Silence, Tracer

WROTE_JOBS = "vermilion_wrote_jobs"


def utc_now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Runtime:
    """Settings, database, storage, mail, keys, limiter, passwords, clock and the bell that wakes the workers.

    `stopping` is set once, when the process was told to end: nothing new is begun then. `maintenance` says whether
    anything may be saved.
    """

    settings: Settings
    db: Database
    storage: Storage
    mailer: Mailer
    keys: KeyStore
    limiter: Limiter
    passwords: Passwords
    now: Callable[[], datetime] = utc_now
    wake: Bell = field(default_factory=Bell)
    stopping: threading.Event = field(default_factory=threading.Event)
    maintenance: Watch = field(default_factory=Watch)
    tracer: Tracer = field(default_factory=Silence)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work that rings the bell after commit when it asked for jobs."""
        with self.db.transaction() as session:
            yield session
        self.ring_if_asked(session)

    def stop(self) -> None:
        """Begin to end: no job is taken any more, and load balancers are told to look elsewhere."""
        self.stopping.set()
        self.wake.ring_here()

    def ring_if_asked(self, session: Session) -> None:
        """Wake the workers if this (committed) session wrote jobs."""
        if session.info.pop(WROTE_JOBS, False):
            self.wake.set()
