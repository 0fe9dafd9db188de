"""Links that somebody asked for by an e-mail address.

Whether the address is known shows in neither the answer nor its time: the request only writes a job, here is looked.
"""

from __future__ import annotations

from typing import Any

from app.accounts import services
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import task
from app.infra.jobs.worker import JobContext
from app.infra.mail.messages import MAIL_JOB, mail_payload


@task(services.RESET_JOB, forget_payload=True)
def send_reset(context: JobContext, payload: dict[str, Any]) -> None:
    """Mail a link for a new password to whoever has the address. Done twice, the second link replaces the first."""
    if not payload:
        return
    with context.transaction() as session:
        made = services.ask_password_reset(session, payload["email"], now=context.now)
        if made is not None:
            user, token = made
            url = f"{context.runtime.settings.public_url}/reset-password/{token}"
            enqueue(
                session, MAIL_JOB, mail_payload(user.email, "password_reset", name=user.name, url=url), now=context.now
            )


@task(services.SIGN_UP_JOB, forget_payload=True)
def send_sign_up(context: JobContext, payload: dict[str, Any]) -> None:
    """Mail a link for a new account; to an address that has one, that it has."""
    if not payload:
        return
    site = context.runtime.settings.public_url
    with context.transaction() as session:
        token = services.ask_sign_up(session, payload["email"], now=context.now)
        message, url = ("sign_up", f"{site}/invitation/{token}") if token else ("sign_up_known", f"{site}/sign-in")
        enqueue(session, MAIL_JOB, mail_payload(payload["email"], message, url=url), now=context.now)
