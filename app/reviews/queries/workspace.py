"""One review with everything around it: photos, log, earlier tries, the card of a fictional client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.domain.practice.client import Brief, compare
from app.domain.practice.exercise import Exercise
from app.domain.practice.numbing import NumbingPlan
from app.domain.practice.record import RecordPart, card_of, plan_of, record_parts, with_card
from app.domain.procedure import Step
from app.practice import queries as practice
from app.practice.models import PracticeEntry, Submission
from app.practice.queries import PhotoFace, Shot
from app.reviews.models import Review
from app.reviews.queries.held import decided_reviews, ratings_of
from app.reviews.queries.sheet import Sheet, sheet_of


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo of a submission as the workspace shows it; width and height are those of its large rendition."""

    id: UUID
    slot: str
    label: str
    width: int
    height: int
    renditions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EarlierTry:
    """A decided try of the same piece."""

    number: int
    outcome: str
    score: Decimal | None
    note: str
    reviewer_name: str
    decided_at: datetime
    levels: Mapping[str, int]
    photos: tuple[SentPhoto, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """One review with all that its page shows beside the draft.

    In a blind review `student_name` is empty and there are no earlier tries: who made it must not matter.
    """

    review: Review
    submission: Submission
    sheet: Sheet
    student_name: str
    piece_number: int
    photos: tuple[SentPhoto, ...]
    earlier: tuple[EarlierTry, ...]
    parts: tuple[RecordPart, ...]
    plan: NumbingPlan | None
    brief: Brief | None


_user, _entry = User.__table__.c, PracticeEntry.__table__.c
_NAMES = (
    select(_user.name, _entry.number)
    .join_from(PracticeEntry.__table__, User.__table__, _user.id == _entry.user_id)
    .where(_entry.id == bindparam("entry"))
)


def workspace(session: Session, review: Review, submission: Submission) -> Workspace:
    """Everything on the page of a review, in a fixed number of statements."""
    sheet = sheet_of(session, review, submission)
    student_name, piece_number = session.execute(_NAMES, {"entry": submission.entry_id}).one()
    records = submission.frozen.get("records", {})
    brief = brief_of(session, records)
    named = with_card(records, brief.card.label) if brief else records
    return Workspace(
        review=review,
        submission=submission,
        sheet=sheet,
        student_name="" if review.blind else student_name,
        piece_number=piece_number,
        photos=sent_photos(session, submission.id, sheet.exercise),
        earlier=() if review.blind else _earlier_tries(session, submission, sheet.exercise),
        parts=record_parts(named, sheet.exercise.steps),
        plan=plan_of(records.get(Step.NUMBING.value, {})),
        brief=brief,
    )


def brief_of(session: Session, records: Mapping[str, Any]) -> Brief | None:
    """The fictional client of a log beside its key, or None when the log names none that is live; one statement."""
    found = content.client(session, card_of(records)) if card_of(records) else None
    if found is None:
        return None
    decision = str(records.get(Step.CONSULTATION.value, {}).get("decision", ""))
    return compare(*found, decision, str(records.get(Step.COLOR_SELECTION.value, {}).get("undertone", "")))


def sent_photos(session: Session, submission_id: UUID, exercise: Exercise) -> tuple[SentPhoto, ...]:
    """The photos of a submission in the order of the exercise's slots; twins of a slot are numbered.

    Those of somebody who was erased are left out.
    """
    shots = practice.shots_sent(session, submission_id)
    return _named([shot for shot in shots if "large" in shot.renditions], exercise)


def _named(photos: Sequence[Shot | PhotoFace], exercise: Exercise) -> tuple[SentPhoto, ...]:
    labels = {slot.id: slot.label for slot in exercise.slots}
    order = list(labels)
    seen: dict[str, int] = {}
    found = []
    for photo in sorted(photos, key=lambda p: order.index(p.slot) if p.slot in labels else len(order)):
        seen[photo.slot] = seen.get(photo.slot, 0) + 1
        label = labels.get(photo.slot, photo.slot)
        label = label if seen[photo.slot] == 1 else f"{label} {seen[photo.slot]}"
        large = photo.renditions["large"]
        found.append(SentPhoto(photo.id, photo.slot, label, large["width"], large["height"], photo.renditions))
    return tuple(found)


def _earlier_tries(session: Session, submission: Submission, exercise: Exercise) -> tuple[EarlierTry, ...]:
    if submission.number == 1:
        return ()
    found = [d for d in decided_reviews(session, submission.entry_id) if d.submission_number < submission.number]
    ratings = ratings_of(session, [d.review.id for d in found])
    photos = practice.photos_sent(session, [d.review.submission_id for d in found])
    return tuple(
        EarlierTry(
            number=d.submission_number,
            outcome=d.review.outcome or "",
            score=d.review.score,
            note=d.review.note,
            reviewer_name=d.reviewer_name,
            decided_at=d.decided_at,
            levels={rating.criterion: rating.level for rating in ratings[d.review.id]},
            photos=_named([p for p in photos[d.review.submission_id] if "large" in p.renditions], exercise),
        )
        for d in found
    )
