"""Mail leaves only from here."""

from __future__ import annotations

from typing import Any

from app.infra.jobs.registry import task
from app.infra.jobs.worker import JobContext
from app.infra.mail.messages import MAIL_JOB, render_message


@task(MAIL_JOB, forget_payload=True)
def send_mail(context: JobContext, payload: dict[str, Any]) -> None:
    """Send one mail. A crash after sending may send it again; mails are worded so that this does no harm."""
    if not payload:
        return
    context.runtime.mailer.send(render_message(payload, academy=context.runtime.settings.academy_name))
