"""Until when a person's external proofs count, for their calendar."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.certification.queries.standards import policies
from app.domain.certification.renewal import proof_valid_until
from app.domain.errors import NotFound
from app.domain.occasions import Occasion, OccasionKind


def occasions_of(session: Session, user_id: UUID) -> list[Occasion]:
    """The last day of the newest accepted proof of each kind: its own expiry, or the age that is accepted."""
    try:
        asked = {proof.kind: proof for policy in policies(session) for proof in policy.rules.proofs}
    except NotFound:  # nothing is published yet
        return []
    query = (
        select(ExternalProof.kind, ExternalProof.issued_on, ExternalProof.expires_on)
        .where(ExternalProof.user_id == user_id, ExternalProof.state == "accepted")
        .order_by(ExternalProof.issued_on)
    )
    newest = {row.kind: row for row in session.execute(query)}
    found = []
    for kind, row in newest.items():
        rule = asked.get(kind)
        until = proof_valid_until(row.issued_on, row.expires_on, rule.max_age_months if rule else None)
        if until is not None:
            name = rule.title if rule else kind
            found.append(Occasion(f"proof-{kind}", OccasionKind.PROOF_EXPIRES, until, name, "/learn/path"))
    return found
