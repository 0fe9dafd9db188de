"""Who is away takes no new piece, and what they hold goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice.models import Submission
from app.reviews import services
from app.reviews.models import Review
from tests.conftest import Clock
from tests.factories.reviews import full_draft


def leave(session: Session, actor: Actor, clock: Clock, *, in_days: int = 0) -> None:
    day = clock().date() + timedelta(days=in_days)
    accounts.enter_absence(session, actor, actor.user_id, first_day=day, last_day=day, now=clock())
    session.commit()


def sweep(session: Session, runtime: Runtime, clock: Clock) -> None:
    enqueue(session, "reviews.return_absent", {}, now=clock())
    session.commit()
    work_off(runtime)
    session.expire_all()


def test_who_is_away_takes_no_new_piece(
    session: Session, clock: Clock, send: Callable[..., Submission], ines: Actor, jun: Actor, amara: Actor
) -> None:
    submission = send(amara)
    leave(session, ines, clock)
    with pytest.raises(Conflict, match="away until November 22") as refused:
        services.claim_review(session, ines, submission.id, now=clock())
    assert refused.value.code == "away"
    assert services.claim_review(session, jun, submission.id, now=clock()).reviewer_id == jun.user_id
    session.flush()
    clock.tick(days=1)
    assert services.claim_review(session, ines, submission.id, now=clock()).reviewer_id == ines.user_id


def test_what_they_hold_goes_back_on_the_first_day_and_nothing_is_lost(
    session: Session, runtime: Runtime, clock: Clock, held: Review, ines: Actor, amara: Actor
) -> None:
    services.save_review(session, ines, held.id, full_draft(session, held, note="Half done."), now=clock())
    leave(session, ines, clock, in_days=1)
    sweep(session, runtime, clock)
    assert session.get(Review, held.id).state == "open", "the first day away has not begun"
    clock.tick(hours=12)
    session.get(Review, held.id).lease_until = clock() + timedelta(hours=1)
    session.commit()
    for _ in range(2):  # a second run finds nothing to do
        sweep(session, runtime, clock)
    found = session.get(Review, held.id)
    assert (found.state, found.note) == ("released", "Half done.")
    assert session.get(Submission, held.submission_id).state == "waiting"
    clock.tick(days=1)
    assert services.claim_review(session, ines, held.submission_id, now=clock()).id == held.id
