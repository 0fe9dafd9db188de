"""Reads of portfolios and of the directory: only what is open, only of artists whose certificate counts now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.credentials.queries import SHOWN_NAME
from app.domain.credentials.lifecycle import State
from app.domain.errors import NotFound
from app.domain.studios.showing import mark_of
from app.practice.models import Submission
from app.studios.models import Portfolio, PortfolioPiece

MOST_CHOICES = 60


def _counts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Credential.state == State.ACTIVE.value, Credential.valid_until >= now


@dataclass(frozen=True, slots=True)
class HeldFace:
    """A certificate in force, as the artist's page shows it."""

    number: str
    title: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class PieceFace:
    """A piece of a portfolio; `width` and `height` are those of its picture, 0 until it is made."""

    id: UUID
    submission_id: UUID
    title: str
    state: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ArtistPage:
    """What everybody sees of an artist."""

    slug: str
    name: str
    place: str
    is_indexed: bool
    held: tuple[HeldFace, ...]
    pieces: tuple[PieceFace, ...]


def portfolio(session: Session, user_id: UUID) -> Portfolio | None:
    """An artist's own portfolio, open or not."""
    return session.get(Portfolio, user_id)


def slug_is_taken(session: Session, slug: str) -> bool:
    """True when somebody has this address."""
    return session.scalar(select(Portfolio.user_id).where(Portfolio.slug == slug)) is not None


def current_mark(session: Session, user_id: UUID, now: datetime) -> str:
    """The words for an artist's pictures: name and number of the newest certificate in force; empty without one."""
    query = (
        select(SHOWN_NAME, Credential.number)
        .where(Credential.user_id == user_id, *_counts(now))
        .order_by(Credential.issued_at.desc(), Credential.id)
        .limit(1)
    )
    row = session.execute(query).first()
    return mark_of(row[0], row[1]) if row else ""


def artist_page(session: Session, slug: str, now: datetime) -> ArtistPage:
    """The open page of an artist in three statements.

    Raises NotFound for one that is closed, unknown, or whose artist holds no certificate in force.
    """
    found = session.scalar(select(Portfolio).where(Portfolio.slug == slug, Portfolio.is_open))
    if found is None:
        raise NotFound
    query = (
        select(SHOWN_NAME, Credential.number, Credential.title, Credential.valid_until)
        .where(Credential.user_id == found.user_id, *_counts(now))
        .order_by(Credential.issued_at.desc(), Credential.id)
    )
    held = session.execute(query).all()
    if not held:
        raise NotFound
    faces = tuple(HeldFace(*row[1:]) for row in held)
    pieces = tuple(piece for piece in pieces_of(session, found.user_id) if piece.state == "ready")
    return ArtistPage(found.slug, held[0][0], found.place, found.is_indexed, faces, pieces)


def pieces_of(session: Session, user_id: UUID) -> list[PieceFace]:
    """The pieces of a portfolio that are approved now, in the order in which they were added; one statement."""
    query = (
        select(
            PortfolioPiece.id,
            PortfolioPiece.submission_id,
            PortfolioPiece.title,
            PortfolioPiece.state,
            PortfolioPiece.width,
            PortfolioPiece.height,
        )
        .join(Submission, Submission.id == PortfolioPiece.submission_id)
        .where(PortfolioPiece.user_id == user_id, Submission.state == "approved")
        .order_by(PortfolioPiece.added_at, PortfolioPiece.id)
    )
    return [PieceFace(*row) for row in session.execute(query)]


def picture_key(session: Session, slug: str, piece_id: UUID, now: datetime) -> str:
    """The stored picture of a piece on an open page; raises NotFound wherever the page would not show it."""
    holds = exists().where(Credential.user_id == Portfolio.user_id, *_counts(now))
    query = (
        select(PortfolioPiece.file_key)
        .join(Portfolio, Portfolio.user_id == PortfolioPiece.user_id)
        .join(Submission, Submission.id == PortfolioPiece.submission_id)
        .where(
            PortfolioPiece.id == piece_id,
            Portfolio.slug == slug,
            Portfolio.is_open,
            PortfolioPiece.state == "ready",
            Submission.state == "approved",
            holds,
        )
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def own_piece(session: Session, user_id: UUID, piece_id: UUID) -> PortfolioPiece:
    """A piece of one's own portfolio; raises NotFound for anybody else's."""
    query = select(PortfolioPiece).where(PortfolioPiece.id == piece_id, PortfolioPiece.user_id == user_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def piece(session: Session, piece_id: UUID) -> PortfolioPiece | None:
    """A piece by id, for jobs."""
    return session.get(PortfolioPiece, piece_id)


def all_pieces(session: Session, user_id: UUID) -> Sequence[PortfolioPiece]:
    """Every piece of a portfolio, to be changed."""
    return session.scalars(select(PortfolioPiece).where(PortfolioPiece.user_id == user_id)).all()


@dataclass(frozen=True, slots=True)
class ApprovedPiece:
    """An approved piece that an artist may show."""

    submission_id: UUID
    exercise_version_id: UUID
    decided_at: datetime | None


def approved_pieces(session: Session, user_id: UUID) -> list[ApprovedPiece]:
    """An artist's approved pieces that are not in the portfolio yet, newest first; one statement."""
    shown = exists().where(PortfolioPiece.submission_id == Submission.id)
    query = (
        select(Submission.id, Submission.exercise_version_id, Submission.decided_at)
        .where(Submission.user_id == user_id, Submission.state == "approved", ~shown)
        .order_by(Submission.decided_at.desc(), Submission.id)
        .limit(MOST_CHOICES)
    )
    return [ApprovedPiece(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class ListedArtist:
    """An artist in the directory."""

    user_id: UUID
    slug: str
    name: str
    place: str
    titles: tuple[str, ...]
    listed_at: datetime | None


def directory(
    session: Session,
    now: datetime,
    *,
    place: str = "",
    tier: str = "",
    after: tuple[datetime, str] | None = None,
    size: int = 24,
) -> list[ListedArtist]:
    """Artists who want to be found and hold a certificate in force, newest first, one more than `size` when there are
    more; two statements. `place` is a place key that the artist's contains, `tier` the key of a certification.
    """
    holds = [Credential.user_id == Portfolio.user_id, *_counts(now)]
    if tier:
        holds.append(Credential.certification_key == tier)
    query = (
        select(Portfolio.user_id, Portfolio.slug, Portfolio.place, Portfolio.listed_at)
        .where(Portfolio.is_listed, Portfolio.is_open, exists().where(*holds))
        .order_by(Portfolio.listed_at.desc(), Portfolio.user_id.desc())
        .limit(size + 1)
    )
    if place:
        query = query.where(Portfolio.place_key.contains(place, autoescape=True))
    if after is not None:
        query = query.where(tuple_(Portfolio.listed_at, Portfolio.user_id) < tuple_(after[0], UUID(after[1])))
    rows = session.execute(query).all()
    names: dict[UUID, str] = {}
    titles: defaultdict[UUID, list[str]] = defaultdict(list)
    held = (
        select(Credential.user_id, SHOWN_NAME, Credential.title)
        .where(Credential.user_id.in_([row.user_id for row in rows]), *_counts(now))
        .order_by(Credential.issued_at.desc(), Credential.id)
    )
    for user_id, name, title in session.execute(held) if rows else ():
        names.setdefault(user_id, name)
        titles[user_id].append(title)
    return [
        ListedArtist(row[0], row[1], names.get(row[0], ""), row[2], tuple(dict.fromkeys(titles[row[0]])), row[3])
        for row in rows
    ]


def kept_pictures(session: Session) -> Iterator[tuple[UUID, str]]:
    """The stored picture of every piece of a portfolio, with the piece; read in portions."""
    query = select(PortfolioPiece.id, PortfolioPiece.file_key).where(PortfolioPiece.file_key.is_not(None))
    for piece_id, key in session.execute(query.execution_options(yield_per=500)):
        if key is not None:
            yield piece_id, key
