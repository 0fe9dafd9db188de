"""Reads of the practice log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.errors import NotFound
from app.domain.practice.completeness import EntryFacts, PhotoState
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.learning.models import Enrollment
from app.practice.models import Photo, PracticeEntry, Submission, SubmissionPhoto

PIECE = "piece"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One piece in the log, with the photo that stands for it."""

    id: UUID
    number: int
    exercise_key: str
    exercise_title: str
    step: str
    state: str
    skin: str
    minutes: int
    created_at: datetime
    updated_at: datetime
    photo_id: UUID | None
    renditions: dict[str, Any]


def entry_for(session: Session, user_id: UUID, entry_id: UUID, *, lock: bool = False) -> PracticeEntry:
    """The person's own entry; raises NotFound for anybody else's."""
    query = select(PracticeEntry).where(PracticeEntry.id == entry_id, PracticeEntry.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def exercise_at(session: Session, version_id: UUID) -> Exercise:
    """The pinned version of an exercise."""
    payload = session.scalars(select(Definition.payload).where(Definition.id == version_id)).one()
    return exercise_from_dict(payload)


def photos_of(session: Session, entry_id: UUID) -> Sequence[Photo]:
    """The photos that an entry has now, in the order of slot and upload."""
    query = (
        select(Photo)
        .where(Photo.entry_id == entry_id, Photo.removed_at.is_(None))
        .order_by(Photo.slot, Photo.uploaded_at, Photo.id)
    )
    return list(session.scalars(query))


def facts_of(entry: PracticeEntry, photos: Sequence[Photo]) -> EntryFacts:
    """The entry as the rules see it."""
    states: dict[str, list[PhotoState]] = {}
    for photo in photos:
        states.setdefault(photo.slot, []).append(PhotoState(photo.state))
    records = {step: record for step, record in entry.records.items() if step != PIECE}
    return EntryFacts(piece=entry.records.get(PIECE, {}), records=records, photos=states)


def photo_for(session: Session, user_id: UUID, photo_id: UUID) -> Photo:
    """A photo of the person's own entries; raises NotFound for anybody else's."""
    query = (
        select(Photo)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(Photo.id == photo_id, PracticeEntry.user_id == user_id)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo by id, for jobs."""
    return session.get(Photo, photo_id)


def processed_twin(session: Session, original_key: str) -> Photo | None:
    """A processed photo of the very same bytes: its renditions serve again instead of being made twice."""
    query = select(Photo).where(Photo.original_key == original_key, Photo.state == "ready").limit(1)
    found = session.scalar(query)
    if found is not None:
        session.expunge(found)  # it is read after this session has ended
    return found


def newest_entry(session: Session, user_id: UUID, *, exercise_key: str = "") -> PracticeEntry | None:
    """The person's newest entry (of one exercise), to fill in the next one from."""
    query = select(PracticeEntry).where(PracticeEntry.user_id == user_id)
    if exercise_key:
        query = query.where(PracticeEntry.exercise_key == exercise_key)
    return session.scalar(query.order_by(PracticeEntry.number.desc()).limit(1))


def next_number(session: Session, user_id: UUID) -> int:
    """The number of the person's next piece."""
    newest = session.scalar(select(func.max(PracticeEntry.number)).where(PracticeEntry.user_id == user_id))
    return (newest or 0) + 1


def log(
    session: Session, user_id: UUID, *, state: str = "", after: int | None = None, size: int = 24
) -> list[EntryLine]:
    """The person's pieces, newest first, one more than `size` when there are more; two statements."""
    query = (
        select(PracticeEntry, Definition.title, Definition.step)
        .join(Definition, Definition.id == PracticeEntry.exercise_version_id)
        .where(PracticeEntry.user_id == user_id)
        .order_by(PracticeEntry.number.desc())
        .limit(size + 1)
    )
    if state:
        query = query.where(PracticeEntry.state == state)
    if after is not None:
        query = query.where(PracticeEntry.number < after)
    rows = session.execute(query).all()
    faces = _faces(session, [row[0].id for row in rows])
    return [
        EntryLine(
            id=entry.id,
            number=entry.number,
            exercise_key=entry.exercise_key,
            exercise_title=title,
            step=step,
            state=entry.state,
            skin=entry.skin,
            minutes=entry.minutes,
            created_at=entry.created_at,
            updated_at=entry.updated_at,
            photo_id=faces[entry.id].id if entry.id in faces else None,
            renditions=faces[entry.id].renditions if entry.id in faces else {},
        )
        for entry, title, step in rows
    ]


def _faces(session: Session, entry_ids: Sequence[UUID]) -> dict[UUID, Photo]:
    """The last ready photo of each entry: the final one tells most."""
    if not entry_ids:
        return {}
    query = (
        select(Photo)
        .where(Photo.entry_id.in_(entry_ids), Photo.removed_at.is_(None), Photo.state == "ready")
        .order_by(Photo.slot, Photo.uploaded_at)
    )
    found: dict[UUID, Photo] = {}
    for shot in session.scalars(query):
        current = found.get(shot.entry_id)
        # f8 is the final front view; without one the latest slot so far stands for the piece.
        if current is None or current.slot != "f8":
            found[shot.entry_id] = shot
    return found


def state_counts(session: Session, user_id: UUID) -> dict[str, int]:
    """How many of the person's pieces are in each state."""
    query = (
        select(PracticeEntry.state, func.count(PracticeEntry.id))
        .where(PracticeEntry.user_id == user_id)
        .group_by(PracticeEntry.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


TIERS = ("foundation", "certified", "master")


def goal_tier(session: Session, user_id: UUID) -> str:
    """The tier that the person studies for: the highest tier of a course that they are enrolled in."""
    query = (
        select(Definition.subtype)
        .join(Enrollment, Enrollment.course_version_id == Definition.id)
        .where(Enrollment.user_id == user_id)
        .distinct()
    )
    studied = set(session.scalars(query))
    return next((tier for tier in reversed(TIERS) if tier in studied), TIERS[0])


def submissions_of(session: Session, entry_id: UUID) -> Sequence[Submission]:
    """The tries of an entry, oldest first."""
    query = select(Submission).where(Submission.entry_id == entry_id).order_by(Submission.number)
    return list(session.scalars(query))


def submission(session: Session, submission_id: UUID, *, lock: bool = False) -> Submission:
    """A submission by id, for review; raises NotFound."""
    query = select(Submission).where(Submission.id == submission_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def submission_photos(session: Session, submission_id: UUID) -> Sequence[Photo]:
    """The photos that a submission was sent with, in order."""
    query = (
        select(Photo)
        .join(SubmissionPhoto, SubmissionPhoto.photo_id == Photo.id)
        .where(SubmissionPhoto.submission_id == submission_id)
        .order_by(SubmissionPhoto.position)
    )
    return list(session.scalars(query))


def sent_photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo that was sent with some submission (reviewers may see no other)."""
    query = select(Photo).join(SubmissionPhoto, SubmissionPhoto.photo_id == Photo.id).where(Photo.id == photo_id)
    return session.scalars(query.limit(1)).first()
