"""Issue on decision, tell the holder, keep the status lists fresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.credentials import queries, services
from app.domain.access.actor import SYSTEM
from app.domain.credentials.lifecycle import Change
from app.domain.events import CredentialChanged, CredentialIssued, DecisionMade
from app.infra.jobs.registry import every, handles
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify


def _issuer(context: JobContext) -> services.Issuer:
    settings = context.runtime.settings
    return services.issuer_of(
        context.runtime.keys, name=settings.academy_name, url=settings.public_url, now=context.now
    )


@handles(DecisionMade, "credentials.issue")
def issue(context: JobContext, payload: dict[str, Any]) -> None:
    """Issue the credential of a decision; a second run finds the first one's."""
    issuer = _issuer(context)
    with context.transaction() as session:
        decision = certification.decision(session, UUID(payload["decision_id"]))
        award = services.Award(
            decision=decision,
            holder_name=accounts.user(session, decision.user_id).name,
            policy=certification.policy_payload(session, decision.policy_version_id),
            policy_version=certification.policy_version(session, decision.policy_version_id),
            rubric=certification.rubric_payload(session),
            titles=certification.titles(session),
        )
        services.issue_credential(session, SYSTEM, award, issuer=issuer, now=context.now)


@handles(CredentialIssued, "credentials.tell_issued")
def tell_issued(context: JobContext, payload: dict[str, Any]) -> None:
    """The holder learns that the certificate is there."""
    with context.transaction() as session:
        credential = queries.credential(session, UUID(payload["credential_id"]))
        notify(
            session,
            credential.user_id,
            "credential_issued",
            once_key=f"credential:{credential.id}",
            url="/learn/certificates",
            now=context.now,
            title=credential.title,
            number=credential.number,
        )


@handles(CredentialChanged, "credentials.tell_changed")
def tell_changed(context: JobContext, payload: dict[str, Any]) -> None:
    """The holder learns that the certificate has changed; how, the page says."""
    if payload["change"] == Change.ISSUE:
        return
    with context.transaction() as session:
        credential = queries.credential(session, UUID(payload["credential_id"]))
        notify(
            session,
            credential.user_id,
            "credential_changed",
            once_key=f"credential:{credential.id}:{context.job_id}",
            url=f"/credentials/{credential.number}",
            now=context.now,
            number=credential.number,
        )


@every(timedelta(hours=12), "credentials.resign_lists")
def resign_lists(context: JobContext, _payload: dict[str, Any]) -> None:
    """Sign every status list anew: a list that lapses after seven days would make every certificate uncheckable."""
    issuer = _issuer(context)
    with context.reading() as session:
        ids = queries.status_list_ids(session)
    for place, list_id in enumerate(ids, start=1):
        with context.transaction() as session:
            services.resign_status_list(session, list_id, issuer=issuer, now=context.now)
        context.progress(place, len(ids))
