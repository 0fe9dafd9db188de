"""What goes on behind the administration: sealing the audit log, and walking along it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.admin import services
from app.domain.access.actor import SYSTEM
from app.infra import replies
from app.infra.jobs.registry import every, task
from app.infra.jobs.worker import JobContext


@every(timedelta(minutes=1), "admin.seal_audit")
def seal_audit(context: JobContext, _payload: dict[str, Any]) -> None:
    """Seal what was written since the last time, and sign the end of the chain."""
    services.seal_audit(context.runtime)


@task(services.VERIFY_AUDIT)
def verify_audit(context: JobContext, _payload: dict[str, Any]) -> None:
    """Walk along the log and write down what was found."""
    services.verify_audit(context.runtime, SYSTEM, context.progress)


@every(timedelta(days=1), "admin.verify_audit_daily")
def verify_audit_daily(context: JobContext, _payload: dict[str, Any]) -> None:
    """Nobody has to remember to ask."""
    services.verify_audit(context.runtime, SYSTEM, context.progress)


@every(timedelta(hours=6), "admin.forget_replies")
def forget_replies(context: JobContext, _payload: dict[str, Any]) -> None:
    """Answers to repeated requests of programs are kept for a day."""
    with context.transaction() as session:
        replies.forget_replies(session, context.now)


@every(timedelta(days=1), services.MEASURE_STORAGE)
def measure_storage(context: JobContext, _payload: dict[str, Any]) -> None:
    """Nobody should learn from a full disk how much is stored."""
    services.measure_storage(context.runtime)


@task(services.VERIFY_STORAGE)
def verify_storage(context: JobContext, _payload: dict[str, Any]) -> None:
    """Read every stored file and note what is missing or damaged."""
    services.verify_all_storage(context.runtime, context.progress)


@every(timedelta(hours=1), services.EXAMINE)
def examine(context: JobContext, _payload: dict[str, Any]) -> None:
    """Ask the servers around us how they are, for the page of health."""
    services.examine_outward(context.runtime)
