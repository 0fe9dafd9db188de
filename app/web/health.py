"""Is the process up, and can it do its work?

/healthz says that the process runs: when it fails, start the process anew. /readyz says whether requests may be sent
here. Without the database or with an old schema no page works, so the answer is 503; without the store of files all
but photos works, and taking every host out would help nobody, so the answer is 200 with the word "degraded".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import structlog
from flask import Response, current_app, jsonify
from flask.sansio.app import App
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from app.infra import migrate
from app.infra.storage.base import Storage
from app.web.access import current_session, public
from app.web.app import runtime
from app.web.blueprint import Audience, AudienceBlueprint

STORE_SECONDS = 5.0
"""How long an answer about the store of files is good for: asking costs a request to another host."""

WATCHED = "vermilion.watched"

log = structlog.get_logger("health")
bp = AudienceBlueprint("health", Audience.PUBLIC)


@bp.get("/healthz")
@public("A load balancer asks whether the process runs.")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public("A load balancer asks whether requests may be sent here.")
def ready() -> tuple[Response, int]:
    """The database answers, its schema is the one that this code needs, and the process is not about to end."""
    checks = {"database": _database(), "storage": _store.look(runtime().storage)}
    if checks["database"] == "ok":
        checks |= {name: look() for name, look in current_app.extensions.get(WATCHED, {}).items()}
    if runtime().stopping.is_set():
        return jsonify(status="stopping", checks=checks), 503
    if checks["database"] != "ok":
        return jsonify(status=checks["database"], checks=checks), 503
    return jsonify(status="ok" if set(checks.values()) == {"ok"} else "degraded", checks=checks), 200


def watch(app: App, name: str, look: Callable[[], str]) -> None:
    """Have /readyz say how something stands: `look` returns "ok", or what is wrong in a few words, no secret."""
    app.extensions.setdefault(WATCHED, {})[name] = look


def _database() -> str:
    """What there is to say about the database.

    A revision that this code does not know is that of a newer release, which is coming up beside us: its changes keep
    the old code working until it is gone.
    """
    try:
        session = current_session()
        session.execute(text("SELECT 1"))
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return "schema missing"
    except SQLAlchemyError as error:
        return "schema missing" if "no such table" in str(error) else "database unreachable"
    head, known = _revisions()
    return "ok" if found == head or (found and found not in known) else "schema behind"


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    return migrate.head(), frozenset(migrate.known_revisions())


@dataclass
class _Store:
    """What was last seen of the store of files."""

    seen_at: float = float("-inf")
    seen: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    storage: Storage | None = None

    def look(self, storage: Storage) -> str:
        """Ask the store unless somebody did a moment ago."""
        with self.lock:
            if self.storage is not storage or time.monotonic() - self.seen_at > STORE_SECONDS:
                self.storage, self.seen = storage, _ask(storage)
                self.seen_at = time.monotonic()
            return self.seen


def _ask(storage: Storage) -> str:
    try:
        storage.ping()
    except OSError as error:
        log.warning("the store of files does not answer", error=str(error))
        return "unreachable"
    return "ok"


_store = _Store()
