"""Studios ask artists for their papers; artists choose what each studio sees, and take it back whenever they like."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.credentials import queries as credentials
from app.domain.access.actor import Actor
from app.domain.credentials import number
from app.domain.errors import FieldProblem, Invalid
from app.domain.studios.sharing import Share, differences, shares_of
from app.infra.audit import AuditTag, record
from app.notifications.services import notify
from app.studios import queries
from app.studios.models import ArtistLink, ConsentLine
from app.studios.services.people import note_deed, require_manager

ASK_AGAIN = timedelta(days=30)
"""How long an artist who said no is left in peace."""


def ask_artist(session: Session, actor: Actor, studio_id: UUID, typed: str, *, now: datetime) -> ArtistLink:
    """Ask the artist of a certificate to share their papers; asking twice changes nothing.

    Raises Invalid for a number that is mistyped or unknown, and for an artist who declined less than 30 days ago.
    """
    require_manager(actor, studio_id)
    checked = number.check(typed)
    if not checked.ok:
        raise Invalid("Check the number.", [FieldProblem("number", "mistyped", checked.hint)])
    credential = credentials.credential_by_number(session, checked.number)
    if credential is None:
        text = f"No certificate has the number {checked.number}. Compare it with the certificate."
        raise Invalid("Not found.", [FieldProblem("number", "not_found", text)])
    link = queries.link_of(session, studio_id, credential.user_id)
    if link is not None and link.state != "declined":
        return link
    if link is not None and link.answered_at is not None and now < link.answered_at + ASK_AGAIN:
        text = "This artist has declined. You can ask again 30 days after that; better talk to each other first."
        raise Invalid(text, [FieldProblem("number", "declined", text)])
    if link is None:
        link = ArtistLink(studio_id=studio_id, user_id=credential.user_id)
        session.add(link)
    link.number, link.state, link.shares = credential.number, "asked", []
    link.asked_by, link.asked_at, link.answered_at = actor.user_id, now, None
    session.flush()  # the log names its id
    record(session, actor, AuditTag.ARTIST_ASKED, now=now, target_kind="artist_link", target_id=link.id)
    note_deed(session, actor, studio_id, "artist_asked", now=now, number=credential.number)
    studio = queries.studio(session, studio_id)
    once = f"studio_asks:{link.id.hex}:{now.isoformat()}"
    notify(session, credential.user_id, "studio_asks", once_key=once, url="/learn/studios", now=now, studio=studio.name)
    return link


def choose_shares(session: Session, actor: Actor, link_id: UUID, shares: Collection[Share], *, now: datetime) -> None:
    """Let a studio see exactly these kinds of one's own data from now on; none of them is a refusal.

    Every change is a line of the artist's own history. Raises NotFound for anybody else's link.
    """
    link = queries.own_link(session, actor.user_id, link_id)
    changed = differences(shares_of(link.shares), shares)
    for share, is_shared in changed:
        session.add(
            ConsentLine(user_id=actor.user_id, studio_id=link.studio_id, kind=share.value, is_shared=is_shared, at=now)
        )
    before, shared_before = link.state, list(link.shares)
    link.shares = sorted(share.value for share in shares)
    link.state, link.answered_at = ("shared" if shares else "declined"), now
    if changed or before != link.state:
        facts: dict[str, Any] = {"before": shared_before, "after": link.shares}
        record(session, actor, AuditTag.CONSENT_CHANGED, now=now, target_kind="artist_link", target_id=link.id, **facts)
        # Nobody can change that log, and an artist may be erased: until then the number says who it was.
        artist = Actor(id=actor.id, name="The artist")
        note_deed(session, artist, link.studio_id, f"artist_{link.state}", now=now, number=link.number)
