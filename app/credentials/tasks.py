"""Issue on decision, tell the holder, keep the status lists fresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.credentials import queries, services
from app.domain.access.actor import SYSTEM, Role
from app.domain.credentials.lifecycle import Change
from app.domain.events import CredentialChanged, CredentialIssued, DecisionMade, ProofChecked, RenewalApproved
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify

PROGRESS_EVERY = 20
LOOK_AGAIN = timedelta(minutes=10)
log = structlog.get_logger("credentials")


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


@handles(RenewalApproved, "credentials.renew")
def renew(context: JobContext, payload: dict[str, Any]) -> None:
    """Renew the credential of an approved application; a second run finds it renewed."""
    issuer = _issuer(context)
    with context.transaction() as session:
        services.renew_credential(session, UUID(payload["application_id"]), issuer=issuer, now=context.now)


@handles(ProofChecked, "credentials.after_proof")
def after_proof(context: JobContext, payload: dict[str, Any]) -> None:
    """A renewed proof brings back at once what was suspended for the old one."""
    issuer = _issuer(context)
    with context.transaction() as session:
        kept = queries.to_keep(session, context.now, user_id=UUID(payload["user_id"]))
        services.keep_standing(session, kept, issuer=issuer, now=context.now)


@every(timedelta(days=1), "credentials.keep_standing")
def keep_standing(context: JobContext, _payload: dict[str, Any]) -> None:
    """Once a day: suspend what rests on a lapsed proof. Days are days of UTC. Each portion is a change of its own."""
    issuer, after = _issuer(context), None
    while True:
        with context.transaction() as session:
            kept = queries.to_keep(session, context.now, after=after)
            services.keep_standing(session, kept, issuer=issuer, now=context.now)
        if not kept:
            return
        after = kept[-1].id


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


@every(timedelta(hours=12), services.RESIGN_LISTS)
def resign_lists(context: JobContext, _payload: dict[str, Any]) -> None:
    """Sign every status list anew: a list that lapses after seven days would make every certificate uncheckable."""
    for done, total in services.sign_lists_anew(
        context.reading, context.transaction, _issuer(context), now=context.now
    ):
        context.progress(done, total)


@task(services.SIGN_ANEW)
def sign_anew(context: JobContext, payload: dict[str, Any]) -> None:
    """Sign anew what a lost key signed: lists first, then every certificate. Begun again, it goes on with the rest."""
    lost, issuer = services.LostKey.of(payload), _issuer(context)
    for _step in services.sign_lists_anew(context.reading, context.transaction, issuer, now=context.now):
        pass
    done = 0
    for done, total in services.sign_anew_all(
        context.reading, context.transaction, issuer, lost, actor=SYSTEM, now=context.now
    ):
        if done % PROGRESS_EVERY == 0 or done == total:
            context.progress(done, total)
    if done:
        with context.transaction() as session:
            # Whoever held the old key while it was withdrawn may have signed with it a moment later.
            services.ask_to_sign_anew(session, lost, now=context.now, run_at=context.now + LOOK_AGAIN)


@every(timedelta(hours=1), "credentials.watch_lists")
def watch_lists(context: JobContext, _payload: dict[str, Any]) -> None:
    """Tell the administrators, once a day, when a status list waits to be signed for more than 48 hours."""
    with context.transaction() as session:
        late = queries.late_lists(session, context.now)
        if not late:
            return
        log.error("status lists are not signed", late=late)
        for user_id in accounts.user_ids_with_role(session, Role.ADMIN):
            notify(
                session,
                user_id,
                "lists_late",
                once_key=f"lists-late:{context.now.date()}",
                url="/admin/credentials/lists",
                now=context.now,
                lists=late,
            )
