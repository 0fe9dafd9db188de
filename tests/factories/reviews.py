"""Pieces in the queue with real pictures, filled-in drafts and decided reviews, made by the services of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.rubric.scoring import Result
from app.infra.sample_photos import Piece, Slot, draw_photo
from app.infra.storage.base import Storage
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import Photo, Submission
from app.reviews import queries, services
from app.reviews.models import Review
from app.reviews.services import DraftInput, PinInput
from tests.factories.practice import SCENES, draft_piece, raw_fields, submitted_piece

CORE = ("color-selection", "lip-mapping", "pigment-application", "building-layers")
# Far below every mark: a result that one reviewer may decide alone (domain.md 4.8).
FAR_BELOW = {"lip-mapping": 1, "building-layers": 1, "pigment-application": 1}


@cache
def _drawn(slot: Slot, seed: int, taken_at: datetime) -> bytes:
    return draw_photo(slot, Piece(seed, f"P-{1000 + seed}"), taken_at=taken_at)


def drawn_submission(
    session: Session, storage: Storage, student: Actor, exercise_key: str = "e08", *, now: datetime, seed: int = 1
) -> Submission:
    """A piece in the queue with drawn photos of 1600 x 1200 pixels in every slot, without running the worker."""
    entry = draft_piece(session, student, exercise_key, now=now)
    exercise = practice.exercise_at(session, entry.exercise_version_id)
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    for slot in exercise.slots:
        data = _drawn(SCENES[slot.id], seed, morning)
        stored = storage.put_bytes(practice_services.RENDITION, data, "jpg")
        facts = {"key": stored.key, "mime": "image/jpeg", "width": 1600, "height": 1200, "size": stored.size}
        photo = Photo(
            entry_id=entry.id,
            slot=slot.id,
            state="ready",
            original_key=stored.key,
            width=1600,
            height=1200,
            renditions=dict.fromkeys(("large", "medium", "small"), facts),
            uploaded_at=now,
            processed_at=now,
        )
        session.add(photo)
    session.flush()
    return practice_services.submit_entry(session, student, entry.id, now=now)


def sent_again(session: Session, student: Actor, entry_id: UUID, *, now: datetime) -> Submission:
    """The next try of a returned piece, with a changed log."""
    entry = practice.entry_for(session, student.user_id, entry_id)
    exercise = practice.exercise_at(session, entry.exercise_version_id)
    raw = raw_fields(exercise, now=now, piece__reflection="I measured both peaks this time.")
    practice_services.save_entry(session, student, entry_id, raw, now=now)
    return practice_services.submit_entry(session, student, entry_id, now=now)


def full_draft(
    session: Session, review: Review, level: int = 4, levels: Mapping[str, int] | None = None, *, note: str = ""
) -> DraftInput:
    """A complete draft: this level everywhere but where named, with a pin on each core criterion below level 4."""
    submission = practice.submission(session, review.submission_id)
    sheet = queries.sheet_of(session, review, submission)
    photo = practice.submission_photos(session, submission.id)[-1]
    ratings = {c.id: level for c in sheet.criteria} | dict(levels or {})
    pins = [
        PinInput(photo.id, 0.25, 0.5, criterion, _code(sheet.defects, ratings[criterion]), "Look here.")
        for criterion in CORE
        if ratings.get(criterion, 4) < 4
    ]
    reasons = {criterion: "Not shown." for criterion, given in ratings.items() if given == 1}
    return DraftInput(review.revision, ratings, reasons, pins, (), note)


def _code(defects: Mapping[str, Mapping[str, object]], level: int) -> str:
    severity = "M" if level < 3 else "m"
    return next(code for code, defect in defects.items() if defect["severity"] == severity)


def claimed_review(
    session: Session, instructor: Actor, student: Actor, *, now: datetime, storage: Storage | None = None
) -> Review:
    """A piece of the student that the instructor holds."""
    submission = submitted_piece(session, student, now=now, storage=storage)
    return services.claim_review(session, instructor, submission.id, now=now)


def decided_review(
    session: Session, instructor: Actor, submission_id: UUID, *, now: datetime, good: bool = True
) -> Review:
    """A review that approved a piece, or sent it back for another try by far, so that one mark is enough."""
    review = services.claim_review(session, instructor, submission_id, now=now)
    draft = full_draft(session, review, levels={} if good else FAR_BELOW, note="Keep this pace.")
    services.save_review(session, instructor, review.id, draft, now=now)
    result = Result.APPROVED if good else Result.RESUBMIT
    return services.complete_review(session, instructor, review.id, result, now=now)
