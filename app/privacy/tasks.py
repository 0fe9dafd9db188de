"""What goes on behind privacy: copies are made, requests carried out, what is over is removed."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.credentials.services import Issuer, issuer_of
from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.domain.events import AccountMade
from app.domain.privacy.consent import AT_SIGN_UP
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.privacy import queries, services

SWEPT_AGAIN = timedelta(days=3)
"""So long after an erasure, jobs that were on their way may still write something about the person."""


@handles(AccountMade, "privacy.note_consent")
def note_consent(context: JobContext, payload: dict[str, Any]) -> None:
    """Whoever makes an account agrees to the terms and the notice that the page names."""
    with context.transaction() as session:
        services.agree(session, Actor(id=UUID(payload["user_id"])), AT_SIGN_UP, now=context.now)


@task(services.COPY_JOB)
def make_copy(context: JobContext, payload: dict[str, Any]) -> None:
    """Make a copy. Done twice, the second run finds the first one's file."""
    copy_id, runtime = UUID(payload["copy_id"]), context.runtime
    with context.reading() as session:
        found = queries.copy(session, copy_id)
        if found is None or found.state != "waiting":
            return
        user_id, asked_at = found.user_id, found.asked_at
    told = 0

    def tick(done: int, total: int) -> None:
        nonlocal told
        if done * 20 // max(total, 1) > told:  # twenty steps are enough for a bar
            told = done * 20 // max(total, 1)
            with context.transaction() as writing:
                services.copy_progress(writing, copy_id, done, total)

    with tempfile.TemporaryDirectory(prefix="vermilion-copy-") as folder:
        path, academy = Path(folder) / "copy.zip", runtime.settings.academy_name
        with context.reading() as session:
            services.write_copy(session, runtime.storage, user_id, path, academy=academy, now=asked_at, tick=tick)
        stored = runtime.storage.put_file(services.COPY, path, "zip")
    with context.transaction() as session:
        services.copy_done(session, copy_id, stored.key, stored.size, now=runtime.now())


def _issuer(context: JobContext) -> Issuer:
    settings = context.runtime.settings
    return issuer_of(context.runtime.keys, name=settings.academy_name, url=settings.public_url, now=context.now)


@task(services.ERASE_JOB)
def erase(context: JobContext, payload: dict[str, Any]) -> None:
    """Erase one person, if the request still stands. Done twice, the second run finds no request."""
    with context.transaction() as session:
        services.erase_person(session, UUID(payload["user_id"]), issuer=lambda: _issuer(context), now=context.now)


@every(timedelta(hours=1), "privacy.erase_due")
def erase_due(context: JobContext, _payload: dict[str, Any]) -> None:
    """Erase whoever asked for it fourteen days ago, each in a transaction of their own."""
    with context.reading() as session:
        people = queries.due_requests(session, context.now)
    for user_id in people:
        try:
            erase(context, {"user_id": user_id.hex})
        except Conflict:  # the last administrator: the page says so, and the others must not wait for it
            continue


@every(timedelta(days=1), "privacy.retain")
def retain(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove what is over. Doing it again removes what was over since."""
    with context.transaction() as session:
        services.clear_copies(session, context.runtime.storage, now=context.now)
    with context.reading() as session:
        erased = queries.recently_erased(session, context.now - SWEPT_AGAIN)
    for user_id in erased:
        with context.transaction() as session:
            services.carry_out(session, user_id, now=context.now)
    while True:
        with context.transaction() as session:
            removed = services.remove_due(session, now=context.now)
        if all(each.count < services.PORTION for each in removed):
            break
    with context.reading() as session:
        services.sweep_files(session, context.runtime.storage, now=context.now)
