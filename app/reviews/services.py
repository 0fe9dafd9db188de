"""Claim, save, release, decide. One holder at a time; a saved draft never overwrites a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.events import ReviewCompleted
from app.domain.review import (
    LEASE,
    CriticalFlag,
    PieceFacts,
    PinDraft,
    ReviewDraft,
    ReviewState,
    ReviewStatus,
    claim,
    require_decidable,
)
from app.domain.rubric.rubric import Rubric
from app.domain.rubric.scoring import Result, needs_second_reader, score
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import CriterionRating, Pin, Review

MAX_PINS = 60


def claim_review(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> Review:
    """Take a piece for review; asking again for one's own returns it with a fresh lease.

    The submission is locked and a partial unique index backs the rule, so two instructors cannot both win.
    Raises Conflict (held, decided), NotAllowed (own piece, same studio).
    """
    submission = practice.submission(session, submission_id, lock=True)
    held = queries.open_review_of(session, submission.id)
    status = _status(submission, held)
    claim(status, actor, _piece(session, submission), now)
    if held is not None and held.reviewer_id == actor.id:
        held.lease_until = now + LEASE
        return held
    if held is not None:
        _give_back(session, held)
    review = Review(
        submission_id=submission.id,
        reviewer_id=actor.user_id,
        rubric_version_id=queries.current_rubric(session).version_id,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    session.add(review)
    try:
        session.flush()  # the unique index decides between two at once
    except IntegrityError as error:
        raise Conflict("Another instructor is reviewing this piece.", code="claimed") from error
    practice_services.mark_in_review(session, submission, held=True)
    record(session, actor, AuditTag.REVIEW_CLAIMED, now=now, target_kind="submission", target_id=submission.id)
    return review


def release_review(session: Session, actor: Actor, review_id: UUID, *, now: datetime) -> None:
    """Give a piece back to the queue; what was entered stays on the released review."""
    review = _own_open(session, actor, review_id)
    _give_back(session, review)
    submission = practice.submission(session, review.submission_id, lock=True)
    practice_services.mark_in_review(session, submission, held=False)
    record(session, actor, AuditTag.REVIEW_RELEASED, now=now, target_kind="submission", target_id=submission.id)


def release_expired(session: Session, review_id: UUID, *, now: datetime) -> bool:
    """Give a piece back whose lease is over; False when it was renewed or decided meanwhile."""
    review = session.get(Review, review_id, with_for_update=True)
    if review is None or review.state != "open" or review.lease_until is None or review.lease_until >= now:
        return False
    _give_back(session, review)
    submission = practice.submission(session, review.submission_id, lock=True)
    practice_services.mark_in_review(session, submission, held=False)
    record(session, SYSTEM, AuditTag.REVIEW_RELEASED, now=now, target_kind="submission", target_id=submission.id)
    return True


@dataclass(frozen=True, slots=True)
class PinInput:
    """A pin as entered: x and y are fractions of the upright photo."""

    photo_id: UUID
    x: float
    y: float
    criterion: str = ""
    defect: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftInput:
    """Everything on the workspace form. `revision` is the one that the form was loaded with."""

    revision: int
    ratings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    pins: Sequence[PinInput] = ()
    critical: Sequence[Mapping[str, Any]] = ()
    note: str = ""


def save_review(session: Session, actor: Actor, review_id: UUID, draft: DraftInput, *, now: datetime) -> Review:
    """Save a draft whole. Raises Conflict (stale) when a newer draft was saved elsewhere, with nothing overwritten."""
    review = _own_open(session, actor, review_id)
    if draft.revision != review.revision:
        raise Conflict(
            "This review was changed in another window. Reload to see that version; nothing was overwritten.",
            code="stale",
        )
    submission = practice.submission(session, review.submission_id)
    rubric = queries.rubric_at(session, review.rubric_version_id)
    known = {c.id for c in rubric.applicable(practice.exercise_at(session, submission.exercise_version_id).criteria)}
    photos = {photo.id for photo in practice.submission_photos(session, submission.id)}
    _refuse_nonsense(draft, known, photos)
    session.execute(delete(CriterionRating).where(CriterionRating.review_id == review.id))
    session.execute(delete(Pin).where(Pin.review_id == review.id))
    session.add_all(
        CriterionRating(
            review_id=review.id,
            criterion=criterion,
            level=level,
            reason=draft.reasons.get(criterion, "").strip()[:2000],
        )
        for criterion, level in draft.ratings.items()
    )
    session.add_all(
        Pin(
            review_id=review.id,
            photo_id=pin.photo_id,
            number=number,
            x=pin.x,
            y=pin.y,
            criterion=pin.criterion,
            defect=pin.defect,
            note=pin.note.strip()[:2000],
        )
        for number, pin in enumerate(draft.pins, start=1)
    )
    review.critical = [dict(flag) for flag in draft.critical]
    review.note = draft.note.strip()[:8000]
    review.revision += 1
    review.lease_until = now + LEASE
    session.flush()  # the page shows what is stored
    return review


def _refuse_nonsense(draft: DraftInput, criteria: set[str], photos: set[UUID]) -> None:
    problems = [
        FieldProblem(f"rating.{name}", "rating", "Levels go from 1 to 4, for the criteria of this exercise.")
        for name, level in draft.ratings.items()
        if name not in criteria or level not in (1, 2, 3, 4)
    ]
    for number, pin in enumerate(draft.pins, start=1):
        inside = 0 <= pin.x <= 1 and 0 <= pin.y <= 1
        if pin.photo_id not in photos or not inside or (pin.criterion and pin.criterion not in criteria):
            problems.append(FieldProblem(f"pin.{number}", "pin", f"Pin {number} is not on a photo of this piece."))
    if len(draft.pins) > MAX_PINS:
        problems.append(FieldProblem("pins", "count", f"A review takes at most {MAX_PINS} pins."))
    if problems:
        raise Invalid("Something on this review cannot be saved.", problems)


def complete_review(session: Session, actor: Actor, review_id: UUID, result: Result, *, now: datetime) -> Review:
    """Decide by the saved draft; deciding again with the same result changes nothing.

    Raises Invalid with everything that the decision still needs.
    """
    review = queries.review_for(session, actor.user_id, review_id, lock=True)
    if review.state == "decided" and review.outcome == result.value:
        return review
    review = _own_open(session, actor, review_id)
    submission = practice.submission(session, review.submission_id, lock=True)
    rubric = queries.rubric_at(session, review.rubric_version_id)
    exercise = practice.exercise_at(session, submission.exercise_version_id)
    draft = stored_draft(session, review)
    require_decidable(rubric, submission.tier, exercise.criteria, draft, result)
    piece = score(rubric, draft.ratings, exercise.criteria)
    mark = rubric.marks[submission.tier]
    second = needs_second_reader(piece, mark, capstone=exercise.capstone, critical=[flag.code for flag in draft.flags])
    review.state, review.lease_until = "decided", None
    review.outcome, review.decided_at = result.value, now
    review.score = Decimal(round(piece.percent * 100)) / 100
    review.report = {"percent": str(piece.percent), "tier": submission.tier, "second_reader": list(second)}
    session.flush()  # the review is decided before the submission says so
    practice_services.mark_decided(session, submission, result.value, now=now)
    record(
        session,
        actor,
        AuditTag.REVIEW_DECIDED,
        now=now,
        target_kind="submission",
        target_id=submission.id,
        outcome=result.value,
        score=str(review.score),
        second_reader=list(second),
    )
    publish(
        session,
        ReviewCompleted(submission.user_id.hex, submission.id.hex, review.id.hex, result.value),
        now=now,
    )
    return review


def stored_draft(session: Session, review: Review) -> ReviewDraft:
    """The saved draft as the rules see it."""
    ratings = queries.ratings_of(session, [review.id])[review.id]
    defects = queries.defect_codes(session)
    pins = [
        PinDraft(
            id=str(pin.number),
            photo_id=pin.photo_id.hex,
            x=pin.x,
            y=pin.y,
            criterion=pin.criterion,
            note=pin.note,
            defect=pin.defect,
            severity=str(defects.get(pin.defect, {}).get("severity", "")),
        )
        for pin in queries.pins_of(session, [review.id])[review.id]
    ]
    flags = [
        CriticalFlag(
            code=str(flag.get("code", "")),
            reason=str(flag.get("reason", "")),
            pin_id=str(flag.get("pin", "")),
            log_field=str(flag.get("log_field", "")),
        )
        for flag in review.critical
    ]
    return ReviewDraft(
        ratings={rating.criterion: rating.level for rating in ratings},
        reasons={rating.criterion: rating.reason for rating in ratings},
        pins=pins,
        flags=flags,
        note=review.note,
    )


def applicable_criteria(session: Session, rubric: Rubric, submission: Submission) -> Sequence[Any]:
    """The criteria that a piece is judged by, in the order of the rubric."""
    return rubric.applicable(practice.exercise_at(session, submission.exercise_version_id).criteria)


def _status(submission: Submission, held: Review | None) -> ReviewStatus:
    if submission.state not in queries.IN_QUEUE:
        return ReviewStatus(ReviewState.DECIDED)
    if held is None:
        return ReviewStatus()
    return ReviewStatus(ReviewState.CLAIMED, held.reviewer_id, held.lease_until)


def _piece(session: Session, submission: Submission) -> PieceFacts:
    student = accounts.actor_by_id(session, submission.user_id)
    capstone = practice.exercise_at(session, submission.exercise_version_id).capstone
    return PieceFacts(submission.user_id, student.studio_ids if student else frozenset(), capstone=capstone)


def _own_open(session: Session, actor: Actor, review_id: UUID) -> Review:
    review = queries.review_for(session, actor.user_id, review_id, lock=True)
    if review.state == "released":
        raise Conflict("You gave this piece back, or your hold on it ran out. Claim it again.", code="not_claimed")
    if review.state == "decided":
        raise Conflict("This piece has been decided.", code="decided")
    return review


def _give_back(session: Session, review: Review) -> None:
    review.state, review.lease_until = "released", None
    session.flush()  # frees the unique index for the next holder
