"""A decision waits for a few seconds before it takes effect, so that it can be taken back.

The held decision is a row and a job, written in one transaction. Whatever dies after that, browser or worker, the job
is still there and makes the decision take effect; nobody is told anything before it does.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Actor
from app.domain.desk.hold import HOLD, KEPT, can_be_taken_back
from app.domain.errors import Conflict
from app.domain.review import LEASE
from app.domain.rubric.scoring import Result
from app.infra.jobs.outbox import enqueue
from app.reviews import queries
from app.reviews.models import HeldDecision, Review
from app.reviews.services.decisions import complete_review, require_complete
from app.reviews.services.drafts import DraftInput
from app.reviews.services.versions import keep_draft

JOB = "reviews.decide_held"


def hold_decision(
    session: Session, actor: Actor, review_id: UUID, draft: DraftInput, result: Result, *, tab: str = "", now: datetime
) -> HeldDecision | None:
    """Save what is on the page and decide by it, to take effect after HOLD; asking again changes nothing.

    Returns None when the same decision has taken effect already. Raises Invalid with everything that the decision
    still needs, and what keep_draft raises.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    held = queries.held_decision(session, review.id)
    if held is not None and held.result == result.value:
        return held
    if review.state in ("marked", "decided") and review.outcome == result.value:
        return None
    saved = keep_draft(session, actor, review_id, draft, tab=tab, now=now)
    require_complete(session, saved.review, saved.sheet, saved.draft, result)
    held = HeldDecision(
        review_id=review.id,
        reviewer_id=actor.user_id,
        result=result.value,
        decided_at=now,
        effective_at=now + HOLD,
    )
    session.add(held)
    saved.review.lease_until = now + KEPT
    enqueue(session, JOB, {"review_id": review.id.hex}, now=now, run_at=held.effective_at)
    session.flush()
    return held


def take_back(session: Session, actor: Actor, review_id: UUID, *, now: datetime) -> Review:
    """Take a held decision back: the review is a draft again, with all that was entered. Again is no error.

    Raises Conflict when the decision has taken effect.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    held = queries.held_decision(session, review.id)
    if held is None and review.state == "open":
        return review
    if held is None or not can_be_taken_back(held.effective_at, now):
        raise Conflict("It is too late to take this decision back: it has taken effect.", code="in_effect")
    session.delete(held)
    review.lease_until = now + LEASE
    session.flush()
    return review


def make_effective(session: Session, review_id: UUID, *, now: datetime) -> bool:
    """Let a held decision take effect once its time is over; False when there is none or it is not due."""
    held = queries.held_decision(session, review_id)
    if held is None:
        return False
    # The lock that whoever takes it back needs as well; only then is what was read true.
    _review, submission = queries.own_review(session, held.reviewer_id, review_id, lock=True)
    held = queries.held_decision(session, review_id)
    if held is None or can_be_taken_back(held.effective_at, now):
        return False
    actor = accounts.actor_by_id(session, held.reviewer_id) or Actor(held.reviewer_id)
    session.delete(held)
    session.flush()
    if submission.stopped_at is not None:  # the committee was faster; what was entered stays with the review
        return False
    complete_review(session, actor, review_id, Result(held.result), now=now)
    return True
