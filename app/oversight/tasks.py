"""Agreement is worked out when somebody asks and where there are new marks; reminders go out before it is too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.infra.jobs.registry import every, task
from app.infra.jobs.worker import JobContext
from app.oversight import services
from app.oversight.queries import source
from app.oversight.services import JOB


@task(JOB)
def work_out_agreement(context: JobContext, _payload: dict[str, Any]) -> None:
    """Work out the agreement of the last year."""
    with context.reading() as session:
        stock = source.stock(session, context.now)
        found = services.work_out(session, stock)
    with context.transaction() as session:
        services.keep(session, stock, found, now=context.now)


@every(timedelta(hours=1), "oversight.refresh_agreement")
def refresh_agreement(context: JobContext, _payload: dict[str, Any]) -> None:
    """Ask for agreement where the kept figures are no longer made from the newest marks."""
    with context.reading() as session:
        is_stale = source.is_stale(session, source.stock(session, context.now))
    if is_stale:
        with context.transaction() as session:
            services.ask_for_agreement(session, now=context.now)


@every(timedelta(minutes=15), "oversight.remind")
def remind(context: JobContext, _payload: dict[str, Any]) -> None:
    """Tell reviewers of pieces that are about to wait for longer than was promised."""
    with context.transaction() as session:
        services.remind_of_promises(session, now=context.now)
