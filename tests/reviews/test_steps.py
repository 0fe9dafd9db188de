"""Every step that the workflow does not have is refused twice: by the rules, and by the database itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.domain.review.states import (
    APPEAL_STEPS,
    MARK_STEPS,
    OUTCOMES,
    SUBMISSION_STEPS,
    SUBMISSION_STEPS_BY_APPEAL,
    MarkState,
    require_step,
)
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import Appeal, CriterionRating, Pin, Review
from tests.conftest import Clock
from tests.factories.reviews import FAR_BELOW, decided_review

Send = Callable[..., Submission]
SUBMISSION_STATES = ("waiting", "in_review", *OUTCOMES)
MARKS = [(a.value, b.value) for a, b in product(MarkState, MarkState) if a is not b]
TRIES = [(a, b) for a, b in product(SUBMISSION_STATES, SUBMISSION_STATES) if a != b]
APPEALS = [(a, b) for a, b in product(("waiting", "upheld", "changed"), repeat=2) if a != b]


@contextmanager
def refused(session: Session) -> Iterator[None]:
    with pytest.raises(DBAPIError, match="the workflow has no such step"), session.begin_nested():
        yield


def mark_in(session: Session, state: str, piece: Submission, reviewer: Actor, clock: Clock) -> Review:
    """A mark written straight into a state, past the services."""
    rubric = queries.current_rubric(session).version_id
    is_open = state == "open"
    closed = state in ("marked", "decided", "superseded")
    review = Review(
        submission_id=piece.id,
        reviewer_id=reviewer.user_id,
        rubric_version_id=rubric,
        state=state,
        outcome="approved" if closed else None,
        decided_at=clock() if closed else None,
        claimed_at=clock(),
        lease_until=clock() if is_open else None,
    )
    session.add(review)
    session.flush()
    return review


def fitting(state: str, clock: Clock) -> dict:
    """The columns that the CHECKs ask of a mark in a state, so that only the step can be refused."""
    closed = state in ("marked", "decided", "superseded")
    return {
        "state": state,
        "lease_until": clock() if state == "open" else None,
        "outcome": "approved" if closed else None,
        "decided_at": clock() if closed else None,
    }


@pytest.mark.parametrize(("old", "new"), MARKS)
def test_a_mark_takes_only_the_steps_of_the_table(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, old: str, new: str
) -> None:
    review = mark_in(session, old, send(amara), ines, clock)
    change = update(Review).where(Review.id == review.id).values(**fitting(new, clock))
    if (old, new) in MARK_STEPS:
        require_step(MARK_STEPS, old, new)
        session.execute(change)
        return
    with pytest.raises(Conflict):
        require_step(MARK_STEPS, old, new)
    with refused(session):
        session.execute(change)


@pytest.mark.parametrize(("old", "new"), TRIES)
def test_a_try_takes_only_the_steps_of_the_table(
    session: Session, clock: Clock, send: Send, amara: Actor, old: str, new: str
) -> None:
    sent = send(amara)
    values = {c.name: getattr(sent, c.name) for c in Submission.__table__.columns}
    # Of another piece of hers, because one try of a piece waits at a time.
    twin_id, entry_id = uuid4(), send(amara).entry_id
    values |= {"id": twin_id, "entry_id": entry_id, "number": 2, "state": old}
    values["decided_at"] = clock() if old in OUTCOMES else None
    session.execute(update(Submission).where(Submission.entry_id == entry_id).values(state="in_review"))
    session.execute(
        update(Submission).where(Submission.entry_id == entry_id).values(state="failed", decided_at=clock())
    )
    session.execute(insert(Submission).values(**values))
    change = (
        update(Submission)
        .where(Submission.id == twin_id)
        .values(state=new, decided_at=clock() if new in OUTCOMES else None)
    )
    if (old, new) in SUBMISSION_STEPS:
        session.execute(change)
        return
    with pytest.raises(Conflict):
        require_step(SUBMISSION_STEPS, old, new)
    with refused(session):
        session.execute(change)


@pytest.mark.parametrize(("old", "new"), APPEALS)
def test_an_appeal_is_answered_once(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, old: str, new: str
) -> None:
    result = decided_review(session, ines, send(amara).id, now=clock(), good=False)

    def values(state: str) -> dict:
        decided = None if state == "waiting" else clock()
        return {"state": state, "decided_at": decided, "changed_id": result.id if state == "changed" else None}

    appeal = Appeal(
        submission_id=result.submission_id,
        review_id=result.id,
        user_id=amara.user_id,
        why="x",
        filed_at=clock(),
        **values(old),
    )
    session.add(appeal)
    session.flush()
    change = update(Appeal).where(Appeal.id == appeal.id).values(**values(new))
    if (old, new) in APPEAL_STEPS:
        session.execute(change)
        return
    with pytest.raises(Conflict):
        require_step(APPEAL_STEPS, old, new)
    with refused(session):
        session.execute(change)


@pytest.mark.parametrize("new", ["approved", "failed"])
def test_only_a_changed_appeal_moves_a_result_and_never_down(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, new: str
) -> None:
    result = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    change = update(Submission).where(Submission.id == result.submission_id).values(state=new)
    with refused(session):
        session.execute(change)
    decided = {"state": "changed", "decided_at": clock(), "changed_id": result.id}
    facts = {"submission_id": result.submission_id, "review_id": result.id, "user_id": amara.user_id}
    session.add(Appeal(why="x", filed_at=clock(), **facts, **decided))
    session.flush()
    if ("resubmit", new) in SUBMISSION_STEPS_BY_APPEAL:
        session.execute(change)
        return
    with refused(session):
        session.execute(change)


@pytest.mark.parametrize(
    "values",
    [
        {"score": 99},
        {"note": "Changed later."},
        {"critical": [{"code": "HYG"}]},
        {"report": {}},
        {"outcome": "approved"},
        {"kind": "second"},
        {"blind": True},
        {"decided_at": None, "outcome": None, "state": "released"},
    ],
)
def test_a_given_mark_never_changes(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, values: dict
) -> None:
    review = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    with refused(session):
        session.execute(update(Review).where(Review.id == review.id).values(**values))


def test_what_belongs_to_a_given_mark_never_changes(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor
) -> None:
    review = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    of_rating = CriterionRating.review_id == review.id
    assert len(queries.pins_of(session, [review.id])[review.id]) == len(FAR_BELOW)
    for change in (
        update(CriterionRating).where(of_rating).values(level=4),
        delete(CriterionRating).where(of_rating),
        update(Pin).where(Pin.review_id == review.id).values(x=0.9),
        delete(Pin).where(Pin.review_id == review.id),
        delete(Review).where(Review.id == review.id),
    ):
        with refused(session):
            session.execute(change)


def test_one_person_one_mark_and_one_result(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    review = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    common = {
        "submission_id": review.submission_id,
        "rubric_version_id": review.rubric_version_id,
        "outcome": "approved",
        "claimed_at": clock(),
        "decided_at": clock(),
    }
    for twin in (
        Review(reviewer_id=ines.user_id, kind="second", state="marked", **common),
        Review(reviewer_id=jun.user_id, kind="first", state="marked", **common),
        Review(reviewer_id=jun.user_id, kind="second", state="decided", **common),
        Review(reviewer_id=jun.user_id, kind="remark", state="decided", **common),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.add(twin)
            session.flush()
