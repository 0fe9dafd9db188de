"""Complaints about artists as staff record them: opened with what they are about, closed with what came of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries
from app.certification.models import Complaint
from app.certification.services.deciding import record_decisions
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.infra.audit import AuditTag, record

SHORTEST, LONGEST = 10, 600


def open_complaint(session: Session, actor: Actor, user_id: UUID, about: str, *, now: datetime) -> Complaint:
    """Record a complaint; rules that ask for none are not met until it is closed.

    The log says that it was opened and by whom, not what it is about. Raises NotFound for a person that there is not,
    Conflict for oneself, Invalid for words of fewer than ten letters.
    """
    accounts.user(session, user_id)
    if user_id == actor.id:
        raise Conflict("Another administrator has to record what is about you.")
    found = Complaint(
        user_id=user_id,
        about=_words("about", about),
        opened_at=now,
        opened_by=actor.user_id,
        opened_name=actor.name,
    )
    session.add(found)
    session.flush()  # the log names its id
    record(session, actor, AuditTag.COMPLAINT_OPENED, now=now, target_kind="complaint", target_id=found.id)
    return found


def close_complaint(session: Session, actor: Actor, complaint_id: UUID, outcome: str, *, now: datetime) -> Complaint:
    """Close a complaint; what was only waiting for that is decided now.

    Raises NotFound, Conflict (closed already, or about oneself) or Invalid for words of fewer than ten letters.
    """
    found = queries.complaint(session, complaint_id, lock=True)
    if found.user_id == actor.id:
        raise Conflict("Another administrator has to close what is about you.")
    if found.closed_at is not None:
        raise Conflict("This complaint was closed already.")
    found.outcome, found.closed_at, found.closed_by = _words("outcome", outcome), now, actor.user_id
    record(session, actor, AuditTag.COMPLAINT_CLOSED, now=now, target_kind="complaint", target_id=found.id)
    session.flush()  # the decision looks at it
    record_decisions(session, SYSTEM, found.user_id, now=now)
    return found


def _words(field: str, text: str) -> str:
    text = text.replace("\0", "").strip()
    if not SHORTEST <= len(text) <= LONGEST:
        sentence = f"Use {SHORTEST} to {LONGEST} characters."
        raise Invalid("Nothing was changed.", [FieldProblem(field, "length", sentence)])
    return text
