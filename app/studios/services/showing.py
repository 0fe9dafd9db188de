"""An artist's portfolio and place in the directory: closed until they open it, approved pieces only, marked pictures.

A picture is drawn again when name or number of the certificate changes. The originals and the plain renditions of a
photo stay private; what everybody gets is a file of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.studios.showing import LONGEST_PLACE, MOST_PIECES, TAIL_LETTERS, place_key, slug_of
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import Storage
from app.practice import queries as practice
from app.practice.models import Photo
from app.studios import queries
from app.studios.models import Portfolio, PortfolioPiece

MARK_JOB = "studios.mark_picture"
PICTURE = "portfolio"
"""Kind of stored file."""


def save_portfolio(
    session: Session, actor: Actor, *, is_open: bool, is_listed: bool, is_indexed: bool, place: str, now: datetime
) -> Portfolio:
    """Keep what an artist shows of themselves. Raises Invalid without a certificate in force, or listed without place.

    Listing means open; closing takes the page out of the directory as well.
    """
    if (is_open or is_listed) and not queries.current_mark(session, actor.user_id, now):
        raise Invalid("You can open your page when you hold a certificate that is valid.")
    if is_listed and not place.strip():
        text = "Say where you work, so that studios near you find you."
        raise Invalid(text, [FieldProblem("place", "place", text)])
    found = _portfolio(session, actor, now)
    before = {"open": found.is_open, "listed": found.is_listed, "indexed": found.is_indexed}
    found.is_open, found.is_listed = is_open or is_listed, is_listed
    found.is_indexed = is_indexed and found.is_open
    found.place, found.place_key = place.strip()[:LONGEST_PLACE], place_key(place)
    found.listed_at, found.updated_at = (found.listed_at or now if is_listed else None), now
    after = {"open": found.is_open, "listed": found.is_listed, "indexed": found.is_indexed}
    if before != after:
        facts: dict[str, Any] = {"before": before, "after": after}
        tag = AuditTag.PORTFOLIO_CHANGED
        record(session, actor, tag, now=now, target_kind="portfolio", target_id=actor.user_id, **facts)
    return found


def show_piece(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> PortfolioPiece:
    """Put an approved piece of one's own into the portfolio, once; its picture is made in the background.

    Raises NotFound for anything that is not an approved piece of theirs, Invalid when the portfolio is full.
    """
    known = next((p for p in queries.all_pieces(session, actor.user_id) if p.submission_id == submission_id), None)
    if known is not None:
        return known
    choice = next(
        (p for p in queries.approved_pieces(session, actor.user_id) if p.submission_id == submission_id), None
    )
    shot = _front(practice.submission_photos(session, submission_id)) if choice is not None else None
    if choice is None or shot is None:
        raise NotFound
    _portfolio(session, actor, now)
    if len(queries.all_pieces(session, actor.user_id)) >= MOST_PIECES:
        raise Invalid(f"A portfolio shows {MOST_PIECES} pieces at most. Take one out first.")
    title = practice.exercise_at(session, choice.exercise_version_id).title
    piece = PortfolioPiece(
        user_id=actor.user_id, submission_id=submission_id, photo_id=shot.id, title=title[:200], added_at=now
    )
    session.add(piece)
    session.flush()  # the job names it
    enqueue(session, MARK_JOB, {"piece_id": piece.id.hex}, now=now)
    facts: dict[str, Any] = {"shown": True, "submission": str(submission_id)}
    tag = AuditTag.PORTFOLIO_CHANGED
    record(session, actor, tag, now=now, target_kind="portfolio", target_id=actor.user_id, **facts)
    return piece


def hide_piece(session: Session, storage: Storage, actor: Actor, piece_id: UUID, *, now: datetime) -> None:
    """Take a piece out of the portfolio; its picture is gone at once. Raises NotFound for anybody else's."""
    piece = queries.own_piece(session, actor.user_id, piece_id)
    key = piece.file_key
    session.delete(piece)
    session.flush()
    facts: dict[str, Any] = {"shown": False, "submission": str(piece.submission_id)}
    tag = AuditTag.PORTFOLIO_CHANGED
    record(session, actor, tag, now=now, target_kind="portfolio", target_id=actor.user_id, **facts)
    if key is not None and all(kept != key for _piece, kept in queries.kept_pictures(session)):
        storage.delete(key)


def draw_again(session: Session, user_id: UUID, *, now: datetime) -> None:
    """Have every picture of an artist drawn again whose words are not the present ones. Safe to repeat."""
    mark = queries.current_mark(session, user_id, now)
    for piece in queries.all_pieces(session, user_id) if mark else ():
        if piece.mark != mark and piece.state != "waiting":
            piece.state, piece.file_key = "waiting", None
            enqueue(session, MARK_JOB, {"piece_id": piece.id.hex}, now=now)


def picture_ready(session: Session, piece_id: UUID, *, key: str, mark: str, width: int, height: int) -> None:
    """Note the picture of a piece that waits for one."""
    piece = queries.piece(session, piece_id)
    if piece is not None and piece.state == "waiting":
        piece.state, piece.file_key, piece.mark, piece.width, piece.height = "ready", key, mark, width, height


def picture_failed(session: Session, piece_id: UUID) -> None:
    """Note that a piece has no photo any more, or no words to mark it with."""
    piece = queries.piece(session, piece_id)
    if piece is not None and piece.state == "waiting":
        piece.state = "failed"


def _front(photos: Sequence[Photo]) -> Photo | None:
    """The final front view; without one the last photo that can be shown."""
    ready = [photo for photo in photos if photo.state == "ready" and photo.renditions.get("large")]
    return next((photo for photo in ready if photo.slot == practice.FRONT), ready[-1] if ready else None)


def _portfolio(session: Session, actor: Actor, now: datetime) -> Portfolio:
    found = queries.portfolio(session, actor.user_id)
    if found is None:
        name = accounts.names_of(session, [actor.user_id])[actor.user_id]
        slug = slug_of(name, _tail())
        while queries.slug_is_taken(session, slug):
            slug = slug_of(name, _tail())
        found = Portfolio(
            user_id=actor.user_id, slug=slug, is_open=False, is_listed=False, is_indexed=False, updated_at=now
        )
        session.add(found)
        session.flush()  # pieces name it
    return found


def _tail() -> str:
    return "".join(secrets.choice(TAIL_LETTERS) for _ in range(5))
