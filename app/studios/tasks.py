"""Studios learn at once when a followed certificate changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.credentials import queries as credentials
from app.domain.access.actor import Role
from app.domain.credentials.lifecycle import EXPIRING_WINDOW, Change
from app.domain.events import CredentialChanged
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.studios import queries, services

# How long the daily job may have been off without an ending being missed.
MISSED_DAYS = timedelta(days=14)


@handles(CredentialChanged, "studios.alert")
def alert(context: JobContext, payload: dict[str, Any]) -> None:
    """An alert in the product and a mail to each person of each studio that follows the certificate."""
    if payload["change"] == Change.ISSUE:
        return
    with context.transaction() as session:
        credential = credentials.credential(session, UUID(payload["credential_id"]))
        once = f"{payload['change']}:{credential.state_at.isoformat()}:{credential.id.hex}"
        _tell(context, session, credential.id, payload["change"], once)


@every(timedelta(days=1), "studios.endings")
def endings(context: JobContext, _payload: dict[str, Any]) -> None:
    """Time changes a certificate as well: tell when a followed one runs out soon, and when it has."""
    with context.reading() as session:
        ending = queries.ending_soon(session, context.now, window=EXPIRING_WINDOW, past=MISSED_DAYS)
    for credential_id, end in ending:
        kind = "expired" if end < context.now else "expiring"
        with context.transaction() as session:
            _tell(context, session, credential_id, kind, f"{kind}:{end.date()}:{credential_id.hex}")


def _tell(context: JobContext, session: Session, credential_id: UUID, kind: str, once: str) -> None:
    number = credentials.credential(session, credential_id).number
    for studio_id in services.raise_alerts(session, credential_id, kind, once_key=once, now=context.now):
        for user_id in accounts.user_ids_with_role(session, Role.STUDIO, studio_id):
            notify(
                session,
                user_id,
                "watched_changed",
                once_key=f"watched:{studio_id.hex}:{once}",
                url=f"/credentials/{number}",
                now=context.now,
                number=number,
            )


@task(services.ROSTER_JOB)
def check_roster(context: JobContext, payload: dict[str, Any]) -> None:
    """Check a long list, a few hundred rows in each transaction, so that its bar moves; a second run goes on."""
    check_id = UUID(payload["check_id"])
    more = True
    while more:
        with context.transaction() as session:
            more = services.check_next(session, check_id, now=context.runtime.now())


@every(timedelta(days=1), "studios.clear_rosters")
def clear_rosters(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove checked lists after 90 days: they hold names of people who may never have been ours."""
    with context.transaction() as session:
        services.clear_rosters(session, now=context.now)
