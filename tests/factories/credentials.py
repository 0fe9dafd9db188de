"""Certificates in every state, made by the services that jobs and administrators use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.credentials import queries, services
from app.credentials.models import Credential
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.credentials.lifecycle import Change, Reason
from app.infra.runtime import Runtime
from tests.factories.certification import decided

SampleState = Literal["valid", "expiring", "expired", "suspended", "revoked", "superseded", "withdrawn"]
ADMIN = Actor(id=None, name="Ruth Amadi", roles=frozenset({Role.ADMIN}))
NOTE = "canary-private-note"
# When a sample of a state was issued: its validity is 24 months.
AGES: dict[str, timedelta] = {"expired": timedelta(days=800), "expiring": timedelta(days=700)}
CHANGES: dict[str, tuple[Change, Reason]] = {
    "suspended": (Change.SUSPEND, Reason.LAPSED_REQUIREMENT),
    "revoked": (Change.REVOKE, Reason.CONDUCT),
    "withdrawn": (Change.WITHDRAW, Reason.WITHDRAWN_BY_HOLDER),
}


def issuer_for(runtime: Runtime) -> services.Issuer:
    """The academy with its present keys, made when there are none."""
    runtime.keys.ensure(runtime.now())
    settings = runtime.settings
    return services.issuer_of(runtime.keys, name=settings.academy_name, url=settings.public_url, now=runtime.now())


def issue_sample(
    session: Session,
    runtime: Runtime,
    student: Actor,
    *,
    state: SampleState = "valid",
    issued_at: datetime | None = None,
) -> Credential:
    """Let a student meet every requirement of the journey program and hold a certificate in a state.

    The program must be published. The certificate is issued on `issued_at` (before today for one that has expired)
    and changed today. For "superseded" the old certificate is returned; its page leads to the new one. The session
    is left to the caller to commit.
    """
    now = runtime.now()
    at = issued_at or now - AGES.get(state, timedelta(days=60))
    issuer, decision = issuer_for(runtime), decided(session, student, now=at)
    award = services.Award(
        decision=decision,
        holder_name=accounts.user(session, student.user_id).name,
        policy=certification.policy_payload(session, decision.policy_version_id),
        policy_version=certification.policy_version(session, decision.policy_version_id),
        rubric=certification.rubric_payload(session),
        titles=certification.titles(session),
    )
    credential = services.issue_credential(session, SYSTEM, award, issuer=issuer, now=at)
    if state in CHANGES:
        change, reason = CHANGES[state]
        services.change_credential(
            session, ADMIN, credential.id, change, reason=reason, note=NOTE, issuer=issuer, now=now
        )
    if state == "superseded":
        services.supersede_credential(
            session, ADMIN, credential.id, holder_name=f"{credential.holder_name} Mensah", note=NOTE,
            issuer=issuer, now=now,
        )  # fmt: skip
    session.flush()
    # A list that was begun on a day of the past would have lapsed by now.
    for list_id in queries.status_list_ids(session):
        services.resign_status_list(session, list_id, issuer=issuer, now=now)
    session.flush()
    return credential
