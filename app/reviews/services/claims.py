"""Take a piece for the reading that it needs next, keep it, give it back. One holder at a time.

Whatever changes a review first locks its submission (see queries.own_review), so two who meet wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import Conflict
from app.domain.review import LEASE, PieceFacts, ReviewState, ReviewStatus, claim
from app.domain.review.pins import on_one_list
from app.domain.review.states import Kind
from app.infra.audit import AuditTag, record
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import CriterionRating, Pin, Review
from app.reviews.services.drafts import MAX_PINS, require_open
from app.reviews.services.marks import next_plan


def claim_review(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> Review:
    """Take a piece for review; asking again for one's own returns it with a fresh lease.

    Which reading it is, follows from the marks that are in (domain/review/marking.py). Whoever gave a piece back and
    takes it again goes on with what they had entered. The submission is locked and a partial unique index backs the
    rule, so two instructors cannot both win.
    Raises Conflict (held, decided, away), NotAllowed (own piece, same studio, has marked it, not calibrated).
    """
    submission = practice.submission(session, submission_id, lock=True)
    require_not_stopped(submission)
    held = queries.open_review_of(session, submission.id)
    claim(_status(submission, held), actor, piece_facts(session, submission, actor, now), now)
    if held is not None and held.reviewer_id == actor.id:
        held.lease_until = now + LEASE
        return held
    _require_present(session, actor, now)
    if held is not None:
        _give_back(session, held, SYSTEM, now)
    review = _take(session, actor, submission, now)
    practice_services.mark_in_review(session, submission, held=True)
    record(session, actor, AuditTag.REVIEW_CLAIMED, now=now, target_kind="submission", target_id=submission.id)
    return review


def require_not_stopped(submission: Submission) -> None:
    """Raise Conflict for a piece that waits for the certification committee."""
    if submission.stopped_at is not None:
        text = "This piece is out of the queue: the certification committee is looking at its student's work."
        raise Conflict(text, code="stopped")


def _require_present(session: Session, actor: Actor, now: datetime) -> None:
    """Who is away takes no new piece: it would go back to the queue at once."""
    until = accounts.away(session, [actor.user_id], now.date()).get(actor.user_id)
    if until is not None:
        raise Conflict(
            f"You are away until {until:%B} {until.day}, so this piece stays in the queue. To review it, take back "
            "your days away in your profile.",
            code="away",
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read next: its kind, the rubric it is read under, whether without name and history, and what is in."""

    kind: Kind
    rubric_version_id: UUID
    blind: bool
    marks: Sequence[Review]


def _reading(session: Session, submission: Submission) -> _Reading:
    marks = queries.marks_of(session, submission.id)
    capstone = practice.exercise_at(session, submission.exercise_version_id).capstone
    if not marks:
        blind = capstone or queries.review_policy(session).blind_all
        return _Reading(Kind.FIRST, queries.current_rubric(session).version_id, blind, marks)
    needs = next_plan(session, submission, marks).needs
    if needs is None:
        raise Conflict("This piece has been decided.", code="decided")
    return _Reading(needs, marks[0].rubric_version_id, True, marks)


def _take(session: Session, actor: Actor, submission: Submission, now: datetime) -> Review:
    reading = _reading(session, submission)
    review = queries.released_review_of(session, submission.id, actor.user_id)
    is_fresh = review is None
    if review is None:
        review = Review(
            submission_id=submission.id, reviewer_id=actor.user_id, rubric_version_id=reading.rubric_version_id
        )
    try:
        with session.begin_nested():  # the unique index decides between two at once
            review.state, review.claimed_at, review.lease_until = "open", now, now + LEASE
            review.kind, review.blind = reading.kind.value, reading.blind
            session.add(review)
    except IntegrityError as error:
        raise Conflict("Another instructor is reviewing this piece.", code="claimed") from error
    if is_fresh and reading.kind is Kind.THIRD:
        _begin_agreed_mark(session, review, reading.marks)
    return review


def _begin_agreed_mark(session: Session, review: Review, marks: Sequence[Review]) -> None:
    """The third marker begins with the levels that both marks gave, and with what both pinned."""
    ids = [mark.id for mark in marks]
    first, second = (
        {rating.criterion: rating for rating in ratings} for ratings in queries.ratings_of(session, ids).values()
    )
    for criterion, rating in first.items():
        if criterion in second and second[criterion].level == rating.level:
            reason = rating.reason or second[criterion].reason
            row = CriterionRating(review_id=review.id, criterion=criterion, level=rating.level, reason=reason)
            session.add(row)
    copy_pins(session, review.id, ids)
    session.flush()


def copy_pins(session: Session, review_id: UUID, from_ids: Sequence[UUID]) -> None:
    """Put copies of the pins of some marks on another one, numbered in their order; what several say stands once."""
    pins = queries.pins_of(session, from_ids)
    own = ("id", "review_id", "number", "note")
    carried = [column.key for column in Pin.__table__.columns if column.key not in own]
    listed = on_one_list([pins[from_id] for from_id in from_ids])
    for number, (pin, note) in enumerate(listed[:MAX_PINS], start=1):
        copy = {name: getattr(pin, name) for name in carried}
        session.add(Pin(review_id=review_id, number=number, note=note, **copy))


def release_review(session: Session, actor: Actor, review_id: UUID, *, now: datetime) -> None:
    """Give a piece back to the queue; what was entered stays with the released review. Doing it again is no error."""
    review, submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if review.state == "released":
        return
    require_open(review)
    _return(session, review, submission, actor, now)


def release_expired(session: Session, review_id: UUID, reviewer_id: UUID, *, now: datetime) -> bool:
    """Give a piece back whose lease is over; False when it was renewed, passed on or decided meanwhile."""
    review, submission = queries.own_review(session, reviewer_id, review_id, lock=True)
    if review.state != "open" or review.lease_until is None or review.lease_until > now:
        return False
    _return(session, review, submission, SYSTEM, now)
    return True


def release_absent(session: Session, review_id: UUID, reviewer_id: UUID, *, now: datetime) -> bool:
    """Give a piece back whose reviewer is away; False when it was given back or decided meanwhile."""
    review, submission = queries.own_review(session, reviewer_id, review_id, lock=True)
    if review.state != "open" or not accounts.away(session, [reviewer_id], now.date()):
        return False
    _return(session, review, submission, SYSTEM, now)
    return True


def _return(session: Session, review: Review, submission: Submission, actor: Actor, now: datetime) -> None:
    _give_back(session, review, actor, now)
    if review.kind != Kind.REMARK:  # the piece of a re-mark is decided and stays so
        practice_services.mark_in_review(session, submission, held=False)


def _give_back(session: Session, review: Review, actor: Actor, now: datetime) -> None:
    review.state, review.lease_until = "released", None
    session.flush()  # frees the unique index for the next holder
    record(session, actor, AuditTag.REVIEW_RELEASED, now=now, target_kind="submission", target_id=review.submission_id)


def _status(submission: Submission, held: Review | None) -> ReviewStatus:
    if submission.state not in queries.IN_QUEUE:
        return ReviewStatus(ReviewState.DECIDED)
    if held is None:
        return ReviewStatus()
    return ReviewStatus(ReviewState.CLAIMED, held.reviewer_id, held.lease_until)


def piece_facts(session: Session, submission: Submission, actor: Actor, now: datetime) -> PieceFacts:
    """What decides whether this person may read this try."""
    student = accounts.actor_by_id(session, submission.user_id)
    capstone = practice.exercise_at(session, submission.exercise_version_id).capstone
    return PieceFacts(
        student_id=submission.user_id,
        student_studio_ids=student.studio_ids if student else frozenset(),
        capstone=capstone,
        marked_by=queries.markers_of(session, submission.id),
        calibrated=not capstone or queries.may_read_capstones(session, actor.user_id, now),
    )
