"""Studios learn at once when a followed certificate changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.accounts import queries as accounts
from app.credentials import queries as credentials
from app.domain.access.actor import Role
from app.domain.credentials.lifecycle import Change
from app.domain.events import CredentialChanged
from app.infra.jobs.registry import handles
from app.infra.jobs.worker import JobContext
from app.notifications.services import mail_notice
from app.studios import services


@handles(CredentialChanged, "studios.alert")
def alert(context: JobContext, payload: dict[str, Any]) -> None:
    """An alert in the product and a mail to each person of each studio that follows the certificate."""
    if payload["change"] == Change.ISSUE:
        return
    with context.transaction() as session:
        credential = credentials.credential(session, UUID(payload["credential_id"]))
        once = f"{payload['change']}:{credential.state_at.isoformat()}:{credential.id.hex}"
        told = services.raise_alerts(session, credential.id, payload["change"], once_key=once, now=context.now)
        for studio_id in told:
            for user_id in accounts.user_ids_with_role(session, Role.STUDIO, studio_id):
                mail_notice(
                    session,
                    user_id,
                    subject="A certificate that you follow has changed",
                    text=f"The certificate {credential.number} has changed. Its page says how it stands now.",
                    link="Check the certificate",
                    url=f"{context.runtime.settings.public_url}/credentials/{credential.number}",
                    now=context.now,
                )
