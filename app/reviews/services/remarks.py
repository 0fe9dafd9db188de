"""Pieces that are drawn to be read once more: the draw, the blind reading, what the academy makes of a difference."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.review import LEASE, require_no_conflict
from app.domain.review.marking import differs
from app.domain.review.sample import draw, month_before
from app.domain.review.states import Kind
from app.domain.rubric.scoring import Result
from app.infra.audit import AuditTag, record
from app.notifications.services import notify
from app.practice import queries as practice
from app.reviews import queries
from app.reviews.models import Remark, Review
from app.reviews.services.claims import piece_facts


def draw_remarks(session: Session, seed: str, *, now: datetime) -> int:
    """Draw a tenth of the last month's approved and of its returned pieces; returns how many are new.

    Safe to repeat: a month that was drawn is not drawn again.
    """
    month, start, end = month_before(now)
    if queries.month_was_drawn(session, month):
        return 0
    decided = queries.decided_between(session, start, end)
    drawn = [UUID(hex=name) for name in draw(seed, month, decided)]
    session.add_all(Remark(submission_id=submission_id, month=month, drawn_at=now) for submission_id in drawn)
    if drawn:
        facts = {"month": month, "pieces": len(drawn)}
        record(session, SYSTEM, AuditTag.REMARKS_DRAWN, now=now, target_kind="month", target_id=month, **facts)
    session.flush()
    return len(drawn)


def claim_remark(session: Session, actor: Actor, remark_id: UUID, *, now: datetime) -> Review:
    """Take a drawn piece; one's own again. Raises Conflict (held, read) or NotAllowed (as a claim does)."""
    remark = queries.remark(session, remark_id)
    submission = practice.submission(session, remark.submission_id, lock=True)
    session.refresh(remark)
    held = queries.open_review_of(session, submission.id, remark=True)
    if held is not None and held.reviewer_id == actor.id:
        held.lease_until = now + LEASE
        return held
    require_no_conflict(actor, piece_facts(session, submission, actor, now))
    if remark.review_id is not None:
        raise Conflict("This piece has been read again.", code="decided")
    if held is not None and held.lease_until is not None and held.lease_until > now:
        raise Conflict("Another instructor is reading this piece.", code="claimed")
    if held is not None:
        held.state, held.lease_until = "released", None
        session.flush()
    result = queries.result_of(session, submission.id)
    if result is None:
        raise NotFound
    review = queries.released_review_of(session, submission.id, actor.user_id) or Review(
        submission_id=submission.id, reviewer_id=actor.user_id, rubric_version_id=result.rubric_version_id
    )
    try:
        with session.begin_nested():
            review.kind, review.blind, review.state = Kind.REMARK.value, True, "open"
            review.claimed_at, review.lease_until = now, now + LEASE
            session.add(review)
    except IntegrityError as error:
        raise Conflict("Another instructor is reading this piece.", code="claimed") from error
    record(session, actor, AuditTag.REVIEW_CLAIMED, now=now, target_kind="submission", target_id=submission.id)
    return review


def compare_remark(session: Session, actor: Actor, review: Review, *, now: datetime) -> None:
    """Lay a re-mark beside the result as it is now. The result stays; a difference is reported to the academy."""
    remark = queries.remark_of(session, review.submission_id)
    result = queries.result_of(session, review.submission_id)
    if remark is None or result is None:
        raise NotFound
    ratings = queries.ratings_of(session, [review.id, result.id])
    levels, before = ({r.criterion: r.level for r in ratings[mark.id]} for mark in (review, result))
    remark.review_id = review.id
    remark.differs = differs(Result(review.outcome or ""), levels, Result(result.outcome or ""), before)
    session.flush()
    record(
        session,
        actor,
        AuditTag.REMARK_READ,
        now=now,
        target_kind="submission",
        target_id=review.submission_id,
        differs=remark.differs,
    )
    if remark.differs:
        for user_id in accounts.user_ids_with_role(session, Role.ADMIN):
            once = f"remark:{remark.id}"
            notify(session, user_id, "remark_differs", once_key=once, url="/admin/reviews", now=now)


def close_report(session: Session, actor: Actor, remark_id: UUID, answer: str, *, now: datetime) -> None:
    """The academy says what it makes of a re-mark that differs; again changes nothing. Raises Invalid without words."""
    remark = queries.remark(session, remark_id)
    if not remark.differs:
        raise NotFound
    if remark.closed_at is not None:
        return
    if not answer.strip() or len(answer) > 4000:
        sentence = "Write what you make of the difference, in at most 4,000 characters."
        raise Invalid("The report is still open.", [FieldProblem("answer", "answer", sentence)])
    remark.answer, remark.closed_by_id, remark.closed_at = answer.strip(), actor.user_id, now
    record(session, actor, AuditTag.REMARK_CLOSED, now=now, target_kind="submission", target_id=remark.submission_id)
