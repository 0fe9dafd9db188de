"""Have a supervised session signed by somebody without an account, by a link that works once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import hash_token
from app.domain.access.actor import ANONYMOUS, Actor
from app.domain.errors import Conflict, Expired, FieldProblem, Invalid
from app.domain.practice.hours import LONGEST_SESSION, Source
from app.domain.practice.signoff import VALID_FOR, Guest, SessionFacts, digest_of, facts_from_dict, statement
from app.infra.audit import AuditTag, record
from app.notifications.services import notify
from app.practice import queries
from app.practice.models import HoursLine, SessionSignoff, SignoffLink

MOST_OPEN = 10
OLDEST = timedelta(days=60)
HOURS_PAGE = "/learn/hours"


@dataclass(frozen=True, slots=True)
class SessionClaim:
    """A session as the student typed it."""

    day: date | None
    minutes: int | None
    place: str
    work: str


def ask_signoff(session: Session, actor: Actor, claim: SessionClaim, *, now: datetime) -> tuple[SignoffLink, str]:
    """Make a link for a guest; returns it with its token, which is kept nowhere. Raises Invalid at each field."""
    user = session.get_one(User, actor.user_id, with_for_update=True)
    problems = _problems(claim, now.date())
    if problems:
        raise Invalid("The link was not made.", problems)
    if queries.open_signoff_count(session, user.id, now) >= MOST_OPEN:
        text = f"{MOST_OPEN} links wait for a signature. Withdraw one that is not needed any more."
        raise Invalid(text, [FieldProblem("", "too_many", text)])
    assert claim.day is not None and claim.minutes is not None  # judged above
    facts = SessionFacts(user.name, claim.day, claim.minutes, _line(claim.place), _line(claim.work))
    token = secrets.token_urlsafe(32)
    link = SignoffLink(
        user_id=user.id,
        token_hash=hash_token(token),
        facts=facts.as_dict(),
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    session.add(link)
    session.flush()
    record(session, actor, AuditTag.SIGNOFF_ASKED, now=now, target_kind="signoff_link", target_id=link.id)
    return link, token


def _problems(claim: SessionClaim, today: date) -> list[FieldProblem]:
    found = []
    if claim.day is None:
        found.append(FieldProblem("day", "missing", "Write the day of the session."))
    elif not today - OLDEST <= claim.day <= today + timedelta(days=1):
        found.append(
            FieldProblem("day", "range", f"The session may be at most {OLDEST.days} days ago, and not to come.")
        )
    if claim.minutes is None or not 1 <= claim.minutes <= LONGEST_SESSION:
        found.append(FieldProblem("minutes", "range", f"Write the time in minutes, from 1 to {LONGEST_SESSION}."))
    for name, text, most in (("place", claim.place, 120), ("work", claim.work, 600)):
        if not text.strip():
            found.append(FieldProblem(name, "missing", "Fill this in: the supervisor reads it before signing."))
        elif len(text) > most:
            found.append(FieldProblem(name, "too_long", f"At most {most} characters."))
    return found


def withdraw_signoff(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> None:
    """Close a link of one's own before it is signed; doing it again changes nothing.

    Raises Conflict when it is signed: what was signed stays.
    """
    link = queries.signoff_link(session, actor.user_id, link_id, lock=True)
    if link.signed_at is not None:
        raise Conflict("This session is signed, so the link cannot be withdrawn.", code="signed")
    if link.withdrawn_at is None:
        link.withdrawn_at = now
        record(session, actor, AuditTag.SIGNOFF_WITHDRAWN, now=now, target_kind="signoff_link", target_id=link.id)


def sign_session(session: Session, token: str, guest: Guest, *, now: datetime) -> SessionSignoff:
    """Sign as a guest: the words and their digest are stored for good and the ledger gets its line.

    Raises Expired for a link that does not open anything now.
    """
    link = queries.open_signoff(session, token, now, lock=True)
    if link is None:
        raise Expired("This link was used already, was withdrawn, or is too old. Ask the student for a new one.")
    facts = facts_from_dict(link.facts)
    guest = Guest(_line(guest.name)[:80], _line(guest.role)[:80], _line(guest.license_number)[:60])
    text = statement(facts, guest, now)
    signed = SessionSignoff(
        link_id=link.id,
        user_id=link.user_id,
        guest_name=guest.name,
        guest_role=guest.role,
        license_number=guest.license_number,
        statement=text,
        digest=digest_of(text),
        signed_at=now,
    )
    session.add(signed)
    link.signed_at = now
    session.flush()  # the line points at it
    session.add(
        HoursLine(
            user_id=link.user_id,
            source=Source.SUPERVISED.value,
            minutes=facts.minutes,
            on_day=facts.day,
            signoff_id=signed.id,
            created_at=now,
        )
    )
    record(
        session,
        ANONYMOUS,
        AuditTag.SIGNOFF_SIGNED,
        now=now,
        target_kind="session_signoff",
        target_id=signed.id,
        digest=signed.digest,
        minutes=facts.minutes,
    )
    notify(
        session,
        link.user_id,
        "session_signed",
        once_key=f"signoff:{signed.id}",
        url=HOURS_PAGE,
        now=now,
        name=guest.name,
    )
    return signed


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
