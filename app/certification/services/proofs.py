"""Hand in and check proofs from elsewhere, hours of continuing education among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.models import ExternalProof
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.events import ProofChecked
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish

OLDEST_PROOF = date(1990, 1, 1)
LONGEST_EDUCATION = 40 * 60
"""Minutes of one entry: a course of a week."""
TOPICS = ("hygiene", "teaching", "other")


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What a student says about a proof, and where its document is stored (empty: none was sent).

    `answer` is a status (hepatitis B, license), `place` where a license holds. Continuing education (kind "ce") has
    a `course`, `minutes` and a `topic`; its day is `issued_on`.
    """

    kind: str
    issuer: str
    number: str
    issued_on: date
    expires_on: date | None
    document_key: str = ""
    document_kind: str = ""
    answer: str = ""
    place: str = ""
    course: str = ""
    minutes: int = 0
    topic: str = ""


def send_proof(session: Session, actor: Actor, facts: ProofFacts, *, now: datetime) -> ExternalProof:
    """Hand in a proof for checking. Raises Invalid for dates or hours that cannot be."""
    problems = []
    if not OLDEST_PROOF <= facts.issued_on <= now.date():
        problems.append(FieldProblem("issued_on", "date", "The day of issue lies in the past."))
    if facts.expires_on is not None and facts.expires_on < facts.issued_on:
        problems.append(FieldProblem("expires_on", "date", "A proof cannot end before it was issued."))
    if facts.kind == queries.EDUCATION:
        if not 0 < facts.minutes <= LONGEST_EDUCATION:
            hours = LONGEST_EDUCATION // 60
            problems.append(FieldProblem("hours", "hours", f"One entry has more than 0 and at most {hours} hours."))
        if facts.topic not in TOPICS:
            problems.append(FieldProblem("topic", "topic", "Choose what it was about."))
    if problems:
        raise Invalid("The dates do not fit.", problems)
    proof = ExternalProof(user_id=actor.user_id, sent_at=now, **{f: getattr(facts, f) for f in facts.__slots__})
    session.add(proof)
    session.flush()  # the log names its id
    record(session, actor, AuditTag.PROOF_SENT, now=now, target_kind="proof", target_id=proof.id, kind=facts.kind)
    return proof


def check_proof(session: Session, actor: Actor, proof_id: UUID, *, accept: bool, note: str, now: datetime) -> None:
    """Accept or refuse a proof once. A refusal needs a note; nobody checks their own."""
    proof = queries.proof(session, proof_id)
    if proof.user_id == actor.id:
        raise Conflict("Somebody else has to check your own proof.")
    if proof.state != "sent":
        raise Conflict("This proof was checked already.")
    if not accept and not note.strip():
        raise Invalid("Say why.", [FieldProblem("note", "note", "Tell the student what is wrong with the proof.")])
    proof.state, proof.note = ("accepted" if accept else "refused"), note.strip()[:500]
    proof.checked_at, proof.checked_by = now, actor.id
    tag = AuditTag.PROOF_ACCEPTED if accept else AuditTag.PROOF_REFUSED
    record(session, actor, tag, now=now, target_kind="proof", target_id=proof.id, kind=proof.kind)
    publish(session, ProofChecked(proof.user_id.hex, proof.id.hex), now=now)
