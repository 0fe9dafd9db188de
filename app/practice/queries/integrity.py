"""Reads for the integrity of photos: what looks like them, and what reviewers are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, bindparam, column, literal, select, values
from sqlalchemy.orm import Session

from app.domain.practice import perceptual
from app.practice.models import IntegrityFlag, Photo, PhotoHashBand, PracticeEntry, Submission
from app.practice.queries.photos import FACE, PhotoFace, face_of, kept, submission_photos

MOST_ALIKE = 200
"""So many photos of one likeness are looked at; more would only say the same."""

_bands = PhotoHashBand.__table__
_band = _bands.c
_HASHES = select(_band.hash).distinct().where(_band.bucket.in_(bindparam("buckets", expanding=True)))


def alike(session: Session, dhash: int, reach: int = perceptual.REACH) -> dict[UUID, int]:
    """The photos whose hash differs from `dhash` in at most `reach` (9 or fewer) bits, with how many; two statements.

    A photo without detail is like every other one, so nothing is found for it.
    """
    if not perceptual.tells_enough(dhash):
        return {}
    candidates = session.scalars(_HASHES, {"buckets": list(perceptual.probes(dhash))})
    near = perceptual.near(dhash, map(perceptual.unsigned, candidates), reach)
    if not near:
        return {}
    nearest = sorted(near, key=near.__getitem__)[:MOST_ALIKE]
    # Joined, because SQLite looks through the whole table for a row that is IN a list of two pairs or more.
    pairs = [(perceptual.buckets(one)[0], perceptual.signed(one)) for one in nearest]
    place = values(column("bucket", Integer), column("hash", BigInteger)).data(pairs).cte("place")
    is_there = (_band.bucket == place.c.bucket) & (_band.hash == place.c.hash)
    holders = select(_band.photo_id, _band.hash).select_from(place).join(_bands, is_there).limit(MOST_ALIKE)
    rows = session.execute(holders)
    return {row.photo_id: near[perceptual.unsigned(row.hash)] for row in rows}


def other_photos(session: Session, photo_ids: Sequence[UUID], entry_id: UUID, before: datetime) -> dict[UUID, UUID]:
    """Those of the photos that belong to another piece, were there before and still are; with their entry."""
    query = select(Photo.id, Photo.entry_id).where(
        Photo.id.in_(photo_ids), Photo.entry_id != entry_id, Photo.uploaded_at < before, kept()
    )
    return {row[0]: row[1] for row in session.execute(query)} if photo_ids else {}


def photos_to_check(session: Session, submission_id: UUID) -> Sequence[Photo]:
    """The photos that a submission was sent with; videos have no hash and are left out."""
    return [photo for photo in submission_photos(session, submission_id) if photo.hashes]


@dataclass(frozen=True, slots=True)
class FlagFace:
    """A flag as a reviewer sees it. `own` says whose the other photo is: True the same student's, None no photo."""

    finding: str
    photo: PhotoFace
    other: PhotoFace | None
    own: bool | None
    other_piece: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IntegrityView:
    """What the checks of a submission came to; `checked_at` is None while they are still to come."""

    checked_at: datetime | None
    flags: tuple[FlagFace, ...]


# Part of every piece that is reviewed, so on tables: loading flags with both of their photos costs three times this.
_flag, _submission = IntegrityFlag.__table__, Submission.__table__
_shot, _other = Photo.__table__.alias("shot"), Photo.__table__.alias("other_shot")
_other_entry = PracticeEntry.__table__.alias("other_entry")
_of_submission = _flag.c.submission_id == bindparam("submission")
_CHECKED = select(_submission.c.checked_at, select(literal(1)).select_from(_flag).where(_of_submission).exists()).where(
    _submission.c.id == bindparam("submission")
)
_FLAGS = (
    select(
        _flag.c.finding,
        _flag.c.facts,
        _other_entry.c.number,
        _other_entry.c.user_id,
        _submission.c.user_id,
        *(_shot.c[name] for name in FACE),
        *(_other.c[name] for name in FACE),
    )
    .select_from(
        _flag.join(_submission, _submission.c.id == _flag.c.submission_id)
        .join(_shot, _shot.c.id == _flag.c.photo_id)
        .outerjoin(_other, _other.c.id == _flag.c.other_photo_id)
        .outerjoin(_other_entry, _other_entry.c.id == _other.c.entry_id)
    )
    .where(_of_submission)
    .order_by(_flag.c.found_at, _flag.c.id)
)


def integrity(session: Session, submission_id: UUID) -> IntegrityView:
    """What a reviewer should look at twice in a submission; one statement, two when there is anything."""
    checked_at, flagged = session.execute(_CHECKED, {"submission": submission_id}).one()
    flags = []
    for row in session.execute(_FLAGS, {"submission": submission_id}) if flagged else ():
        finding, facts, number, owner, student, *photos = row
        photo, other = photos[: len(FACE)], photos[len(FACE) :]
        is_there = other[0] is not None  # an outer join: there may be none
        own = owner == student if is_there else None
        face = face_of(*other) if is_there else None
        flags.append(FlagFace(finding, face_of(*photo), face, own, number if own else None, facts))
    order = ("same_piece", "same_photo", "mirrored", "card_other", "card_unknown", "card_missing")
    flags.sort(key=lambda one: order.index(one.finding) if one.finding in order else len(order))
    return IntegrityView(checked_at, tuple(flags))
