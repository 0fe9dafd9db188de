"""Reads of supervised sessions: the links of a student, what a guest is shown, what was signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.queries import hash_token
from app.domain.errors import NotFound
from app.domain.practice.signoff import SessionFacts, facts_from_dict
from app.practice.models import SessionSignoff, SignoffLink

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SignoffFace:
    """A session that was put to a guest: where it stands ("open", "signed", "withdrawn", "expired") and who signed."""

    id: UUID
    facts: SessionFacts
    state: str
    created_at: datetime
    expires_at: datetime
    signed: SessionSignoff | None


def signoffs_of(session: Session, user_id: UUID, now: datetime) -> Sequence[SignoffFace]:
    """The person's newest links and signed sessions, at most a hundred; one statement."""
    query = (
        select(SignoffLink, SessionSignoff)
        .outerjoin(SessionSignoff, SessionSignoff.link_id == SignoffLink.id)
        .where(SignoffLink.user_id == user_id)
        .order_by(SignoffLink.created_at.desc(), SignoffLink.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        SignoffFace(link.id, facts_from_dict(link.facts), _state(link, now), link.created_at, link.expires_at, signed)
        for link, signed in session.execute(query)
    ]


def _state(link: SignoffLink, now: datetime) -> str:
    if link.signed_at is not None:
        return "signed"
    if link.withdrawn_at is not None:
        return "withdrawn"
    return "open" if now < link.expires_at else "expired"


def signoff_link(session: Session, user_id: UUID, link_id: UUID, *, lock: bool = False) -> SignoffLink:
    """A link of one's own; raises NotFound for anybody else's."""
    query = select(SignoffLink).where(SignoffLink.id == link_id, SignoffLink.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def open_signoff(session: Session, token: str, now: datetime, *, lock: bool = False) -> SignoffLink | None:
    """The link that a token opens now; None for one that is unknown, used, withdrawn or too old: all look alike."""
    query = select(SignoffLink).where(SignoffLink.token_hash == hash_token(token))
    found = session.scalar(query.with_for_update() if lock else query)
    return found if found is not None and _state(found, now) == "open" else None


def open_signoff_count(session: Session, user_id: UUID, now: datetime) -> int:
    """How many links of the person wait for a signature."""
    query = select(func.count(SignoffLink.id)).where(
        SignoffLink.user_id == user_id,
        SignoffLink.signed_at.is_(None),
        SignoffLink.withdrawn_at.is_(None),
        SignoffLink.expires_at > now,
    )
    return session.scalar(query) or 0
