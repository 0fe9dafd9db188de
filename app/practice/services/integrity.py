"""Look at the photos of a submission for what a reviewer should see: likeness, code card, times, order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.domain.practice import perceptual
from app.domain.practice.code_card import read_cards
from app.domain.practice.integrity import (
    CARD_SLOT,
    NEAR_BITS,
    Flag,
    Match,
    Shot,
    card_flag,
    likeness_flags,
    order_flags,
    time_flag,
)
from app.practice import queries
from app.practice.models import IntegrityFlag, Photo, PhotoHashBand, PracticeEntry


def file_hash(session: Session, photo_id: UUID, dhash: str) -> None:
    """File the hash of a photo under its bands, so that later photos are held against it."""
    value = perceptual.hash_of_hex(dhash)
    if perceptual.tells_enough(value):
        session.add_all(
            PhotoHashBand(bucket=bucket, hash=perceptual.signed(value), photo_id=photo_id)
            for bucket in perceptual.buckets(value)
        )


def check_integrity(session: Session, submission_id: UUID, key: bytes, *, now: datetime) -> int:
    """Write down what a reviewer should look at twice; returns how many flags. Done again, it replaces the first.

    `key` is the secret that code cards are issued with.
    """
    submission = queries.submission(session, submission_id, lock=True)
    entry = session.get_one(PracticeEntry, submission.entry_id)
    photos = queries.photos_to_check(session, submission_id)
    shots = [_shot(photo) for photo in photos]
    flags = likeness_flags(_matches(session, entry, photos, shots))
    reading, card = read_cards(_codes(photos), entry.piece_code, key)
    with_card = next((shot for shot in shots if shot.slot == CARD_SLOT), None)
    found = card_flag(with_card, reading, card)
    flags += [found] if found else []
    early = time_flag(shots, entry.created_at)
    flags += [early] if early else []
    flags += order_flags(shots)
    session.execute(delete(IntegrityFlag).where(IntegrityFlag.submission_id == submission_id))
    session.add_all(_row(submission_id, flag, now) for flag in flags)
    submission.checked_at = now
    return len(flags)


def _row(submission_id: UUID, flag: Flag, now: datetime) -> IntegrityFlag:
    return IntegrityFlag(
        submission_id=submission_id,
        finding=flag.finding.value,
        photo_id=flag.photo_id,
        other_photo_id=flag.other_id,
        facts=dict(flag.facts),
        found_at=now,
    )


def _shot(photo: Photo) -> Shot:
    # A photo that the browser made smaller has lost its EXIF; then the browser said when it was taken.
    has_zone = bool(photo.quality.get("zone") or photo.capture.get("zone"))
    return Shot(photo.id, photo.slot, photo.taken_at, has_zone)


def _codes(photos: Sequence[Photo]) -> list[str]:
    """The codes that were read from any photo of the piece: the card may lie in more than one picture."""
    return [text for photo in photos for text in photo.quality.get("codes", ())]


def _matches(session: Session, entry: PracticeEntry, photos: Sequence[Photo], shots: Sequence[Shot]) -> list[Match]:
    """What looks like the photos, as it is or mirrored, among all earlier photos of everybody."""
    found: list[Match] = []
    for photo, shot in zip(photos, shots, strict=True):
        for name, mirrored in (("dhash", False), ("dhash_mirrored", True)):
            near = queries.alike(session, perceptual.hash_of_hex(photo.hashes[name]), NEAR_BITS)
            near.pop(photo.id, None)
            others = queries.other_photos(session, list(near), entry.id, photo.uploaded_at)
            found += [Match(shot, other, others[other], near[other], mirrored) for other in others]
    return found
