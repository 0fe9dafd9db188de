"""Reads for the integrity of photos: what looks like them, and what reviewers are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, bindparam, column, literal, select, values
from sqlalchemy.orm import Session, aliased

from app.domain.practice import perceptual
from app.practice.models import IntegrityFlag, Photo, PhotoHashBand, PracticeEntry, Submission
from app.practice.queries.photos import PhotoFace, kept, photo_face, submission_photos

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


_other, _other_entry = aliased(Photo), aliased(PracticeEntry)
_of_submission = IntegrityFlag.submission_id == bindparam("submission")
_CHECKED = select(
    Submission.__table__.c.checked_at, select(literal(1)).select_from(IntegrityFlag).where(_of_submission).exists()
).where(Submission.__table__.c.id == bindparam("submission"))
_FLAGS = (
    select(IntegrityFlag, Photo, _other, _other_entry.number, _other_entry.user_id, Submission.user_id)
    .join(Submission, Submission.id == IntegrityFlag.submission_id)
    .join(Photo, Photo.id == IntegrityFlag.photo_id)
    .outerjoin(_other, _other.id == IntegrityFlag.other_photo_id)
    .outerjoin(_other_entry, _other_entry.id == _other.entry_id)
    .where(_of_submission)
    .order_by(IntegrityFlag.found_at, IntegrityFlag.id)
)


def integrity(session: Session, submission_id: UUID) -> IntegrityView:
    """What a reviewer should look at twice in a submission; one statement, two when there is anything."""
    checked_at, flagged = session.execute(_CHECKED, {"submission": submission_id}).one()
    flags = []
    for flag, photo, shot, number, owner, student in (
        session.execute(_FLAGS, {"submission": submission_id}) if flagged else ()
    ):
        found: Photo | None = shot  # an outer join: there may be none
        own = owner == student if found is not None else None
        face = photo_face(found) if found is not None else None
        flags.append(FlagFace(flag.finding, photo_face(photo), face, own, number if own else None, flag.facts))
    order = ("same_piece", "same_photo", "mirrored", "card_other", "card_unknown", "card_missing")
    flags.sort(key=lambda one: order.index(one.finding) if one.finding in order else len(order))
    return IntegrityView(checked_at, tuple(flags))
