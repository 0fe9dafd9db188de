"""Instructors who meet, on real databases: one holds a piece, one draft wins, one decision stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict
from app.domain.review.appeal import Answer, Subject
from app.domain.rubric.scoring import Result
from app.infra.db import Database
from app.infra.jobs.models import Job
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import Remark, Review
from app.reviews.services import DraftInput, StaleDraft
from tests.conftest import NOW
from tests.factories.content import publish_journey
from tests.factories.practice import submitted_piece
from tests.factories.reviews import FAR_BELOW, decided_review, full_draft
from tests.support.databases import at_once

ROUNDS = 20


@dataclass
class Academy:
    """Two instructors and a student on a database where threads meet."""

    database: Database
    ines: Actor
    jun: Actor
    amara: Actor

    def piece(self) -> UUID:
        with self.database.transaction() as session:
            return submitted_piece(session, self.amara, now=NOW).id

    def held(self) -> UUID:
        """A piece that Ines holds with a complete draft; the id of her review."""
        submission_id = self.piece()
        with self.database.transaction() as session:
            review = services.claim_review(session, self.ines, submission_id, now=NOW)
            services.save_review(session, self.ines, review.id, full_draft(session, review, 4), now=NOW)
            return review.id


@pytest.fixture
def academy(shared_database: Database) -> Academy:
    with shared_database.transaction() as session:
        publish_journey(session, NOW)
        people = [_person(session, name, role) for name, role in (("Ines", True), ("Jun", True), ("Amara", False))]
    return Academy(shared_database, *people)


def _person(session: Session, name: str, instructs: bool) -> Actor:
    email = f"{name.lower()}@example.com"
    user = account_services.sign_up(session, email=email, name=name, password_hash="x", now=NOW)
    if instructs:
        account_services.grant_role(session, SYSTEM, user.id, Role.INSTRUCTOR, studio_id=None, now=NOW)
    session.flush()
    found = accounts.actor_by_id(session, user.id)
    assert found is not None
    return found


def _claim(actor: Actor, submission_id: UUID, session: Session) -> UUID:
    return services.claim_review(session, actor, submission_id, now=NOW).reviewer_id


def test_two_instructors_never_both_win_a_piece(academy: Academy) -> None:
    winners = set()
    for _round in range(ROUNDS):
        piece = academy.piece()
        results = at_once(academy.database, partial(_claim, academy.ines, piece), partial(_claim, academy.jun, piece))
        won = [result for result in results if isinstance(result, UUID)]
        lost = [result for result in results if isinstance(result, Conflict)]
        assert (len(won), [refusal.code for refusal in lost]) == (1, ["claimed"])
        winners.add(won[0])
    with academy.database.reading() as session:
        assert session.scalar(select(func.count(Review.id)).where(Review.state == "open")) == ROUNDS
        assert session.scalar(select(func.count(Review.id))) == ROUNDS
    assert winners <= {academy.ines.id, academy.jun.id}


def test_of_two_windows_one_is_told_that_it_is_stale(academy: Academy) -> None:
    for _round in range(5):
        review_id = academy.held()

        def save(session: Session, words: str, review_id: UUID = review_id) -> int:
            draft = DraftInput(revision=1, note=words)
            return services.save_review(session, academy.ines, review_id, draft, now=NOW).review.revision

        results = at_once(academy.database, lambda s: save(s, "left"), lambda s: save(s, "right"))
        assert sorted(type(result).__name__ for result in results) == ["StaleDraft", "int"]
        stale = next(result for result in results if isinstance(result, StaleDraft))
        assert (stale.sent, stale.saved) == (1, 2)


def test_a_decision_at_once_is_made_once(academy: Academy) -> None:
    review_id = academy.held()

    def decide(session: Session) -> str | None:
        return services.complete_review(session, academy.ines, review_id, Result.APPROVED, now=NOW).outcome

    assert at_once(academy.database, *[decide] * 6) == ["approved"] * 6
    with academy.database.reading() as session:
        told = select(func.count(Job.id)).where(Job.handler == "reviews.tell_student")
        assert session.scalar(told) == 1


def test_a_late_decision_and_a_new_claim_end_with_one_of_them(academy: Academy) -> None:
    later = NOW + timedelta(hours=2)
    for _round in range(8):
        review_id = academy.held()
        with academy.database.reading() as session:
            submission_id = session.get_one(Review, review_id).submission_id

        def decide(session: Session, review_id: UUID = review_id) -> str:
            services.complete_review(session, academy.ines, review_id, Result.APPROVED, now=later)
            return "decided"

        def claim(session: Session, submission_id: UUID = submission_id) -> str:
            services.claim_review(session, academy.jun, submission_id, now=later)
            return "claimed"

        def sweep(session: Session, review_id: UUID = review_id) -> bool:
            return services.release_expired(session, review_id, academy.ines.user_id, now=later)

        decided, claimed, _swept = at_once(academy.database, decide, claim, sweep)
        with academy.database.reading() as session:
            state = session.scalar(select(Submission.state).where(Submission.id == submission_id))
            holders = select(Review.reviewer_id).where(Review.submission_id == submission_id, Review.state == "open")
            held_by = session.scalar(holders)
        if decided == "decided":
            assert isinstance(claimed, Conflict)
            assert (claimed.code, state, held_by) == ("decided", "approved", None)
        else:
            assert isinstance(decided, Conflict)
            assert (decided.code, claimed, state, held_by) == ("not_claimed", "claimed", "in_review", academy.jun.id)


def _person_more(academy: Academy, name: str) -> Actor:
    with academy.database.transaction() as session:
        return _person(session, name, True)


def _first_mark(academy: Academy) -> UUID:
    """A piece with a first mark near the line, which waits for the second one."""
    review_id = academy.held()
    with academy.database.transaction() as session:
        review = session.get_one(Review, review_id)
        near = full_draft(session, review, 3, {"lip-mapping": 2, "building-layers": 2}, note="Near.")
        services.decide_review(session, academy.ines, review_id, near, Result.APPROVED, now=NOW)
        return review.submission_id


def test_two_double_markers_at_once_are_one(academy: Academy) -> None:
    mara = _person_more(academy, "Mara")
    for _round in range(5):
        piece = _first_mark(academy)
        results = at_once(
            academy.database,
            partial(_claim, academy.jun, piece),
            partial(_claim, mara, piece),
            partial(_claim, academy.ines, piece),
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "NotAllowed", "UUID"]
        with academy.database.reading() as session:
            held = queries.open_review_of(session, piece)
            assert held is not None
            assert (held.kind, held.revision) == ("second", 0)
            assert [mark.kind for mark in queries.marks_of(session, piece)] == ["first"]


def test_two_second_marks_handed_in_at_once_count_once(academy: Academy) -> None:
    piece = _first_mark(academy)
    with academy.database.transaction() as session:
        review = services.claim_review(session, academy.jun, piece, now=NOW)
        near = full_draft(session, review, 3, {"lip-mapping": 2}, note="Near, too.")
        services.save_review(session, academy.jun, review.id, near, now=NOW)
        review_id = review.id

    def decide(session: Session) -> str:
        return services.complete_review(session, academy.jun, review_id, Result.APPROVED, now=NOW).state

    assert at_once(academy.database, *[decide] * 4) == ["marked"] * 4
    with academy.database.reading() as session:
        kinds = select(Review.kind).where(Review.submission_id == piece).order_by(Review.kind)
        assert list(session.scalars(kinds)) == ["combined", "first", "second"]
        assert session.scalar(select(func.count(Job.id)).where(Job.handler == "reviews.tell_student")) == 1


def test_an_appeal_during_a_re_mark_loses_nothing(academy: Academy) -> None:
    mara = _person_more(academy, "Mara")
    piece = academy.piece()
    with academy.database.transaction() as session:
        result = decided_review(session, academy.ines, piece, now=NOW, good=False)
        result_id = result.id
        session.add(drawn := Remark(submission_id=piece, month="2026-10", drawn_at=NOW))
        subject = Subject(tuple(FAR_BELOW), (), "Both peaks are within one millimeter of the axis.")
        appeal_id = services.file_appeal(session, academy.amara, piece, subject, now=NOW).id
        services.claim_appeal(session, mara, appeal_id, now=NOW)
        session.flush()
        again = services.claim_remark(session, academy.jun, drawn.id, now=NOW)
        services.save_review(session, academy.jun, again.id, full_draft(session, again, 4), now=NOW)
        again_id, remark_id = again.id, drawn.id

    def answer(session: Session) -> str:
        answers = {name: Answer("Within a millimeter.", 3) for name in FAR_BELOW}
        return services.decide_appeal(session, mara, appeal_id, answers, now=NOW).state

    def read_again(session: Session) -> str:
        return services.complete_review(session, academy.jun, again_id, Result.APPROVED, now=NOW).state

    assert at_once(academy.database, answer, read_again, answer, read_again) == ["changed", "marked"] * 2
    with academy.database.reading() as session:
        new, old = queries.results_so_far(session, piece)
        assert (new.kind, new.outcome, old.id, old.outcome, old.score) == (
            "appeal",
            "approved",
            result_id,
            "resubmit",
            52,
        )
        assert (session.get_one(Remark, remark_id).review_id, session.get_one(Review, again_id).score) == (
            again_id,
            100,
        )
        assert session.get_one(Submission, piece).state == "approved"
        told = select(Job.payload).where(Job.handler == "certification.after_review").order_by(Job.created_at)
        assert sorted(payload["outcome"] for payload in session.scalars(told)) == ["approved", "resubmit"]
