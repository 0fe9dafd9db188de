"""Students who meet every requirement of the journey program, and who then get their decision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification import services
from app.certification.models import Decision, ExternalProof
from app.certification.services import ProofFacts
from app.content import queries as content
from app.content import services as content_services
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.content.schema_certification import Certification
from app.learning.models import LessonProgress
from app.practice.models import PracticeEntry, Submission
from app.quizzes.models import Attempt, Grade
from app.reviews.models import CriterionRating, Review
from tests.factories.content import JOURNEY, read_once
from tests.factories.learning import finish_course

COURSE, QUIZ, EXERCISE = "lip-blush-basics", "quiz-lip-blush-basics", "e08"
CHECKER = Actor(id=UUID(int=7), name="Ines Calloway", roles=frozenset({Role.INSTRUCTOR}))
REQUIREMENTS = ("age", "course", "quiz", "hours", "pieces", "exercise", "no_critical", "proof")


def publish_rules(session: Session, now: datetime, **changes: Any) -> None:
    """Publish the journey program with another version of its one certification."""
    journey = read_once(JOURNEY)
    payload = {**journey.certifications["certified"].payload, **changes}
    certified = Certification.model_validate(payload)
    content_services.sync_content(
        session, replace(journey, certifications={"certified": certified}), actor=SYSTEM, now=now
    )


def meet(
    session: Session, student: Actor, *, now: datetime, without: Collection[str] = (), reviewer: Actor | None = None
) -> None:
    """Give a student the evidence for every requirement of the journey program, except those named.

    The names are those of REQUIREMENTS. Lessons and proofs go through the services; the quiz and the piece are
    written as the rows that their slices leave behind, so that this works without photos.
    """
    if "age" in without:
        session.execute(update(User).where(User.id == student.user_id).values(adult_confirmed_at=None))
    if "course" not in without:
        finish_course(session, student, COURSE, now=now - timedelta(days=5))
    if "hours" in without:
        session.execute(update(LessonProgress).where(LessonProgress.user_id == student.user_id).values(minutes=1))
    if "quiz" not in without:
        pass_quiz(session, student, now=now - timedelta(days=4))
    reviewer_id = (reviewer or student).user_id
    if "pieces" not in without:
        exercise = "another" if "exercise" in without else EXERCISE
        # Without other hours the piece must not make up for them.
        minutes = 5 if "hours" in without else 90
        add_piece(session, student, reviewer_id, now=now - timedelta(days=3), exercise=exercise, minutes=minutes)
    if "no_critical" in without:
        add_piece(session, student, reviewer_id, now=now - timedelta(days=2), outcome="failed", critical=True)
    if "proof" not in without:
        add_proof(session, student, "bbp", now=now - timedelta(days=1))
    session.flush()


def pass_quiz(session: Session, student: Actor, *, now: datetime, percent: int = 100, passed: bool = True) -> Grade:
    """A submitted attempt with its grade."""
    quiz = content.quiz(session, QUIZ)
    assert quiz is not None
    attempt = Attempt(
        user_id=student.user_id,
        quiz_key=QUIZ,
        quiz_version_id=quiz.id,
        number=1,
        state="submitted",
        seed="seed",
        started_at=now,
        submitted_at=now,
    )
    session.add(attempt)
    session.flush()
    grade = Grade(
        attempt_id=attempt.id,
        user_id=student.user_id,
        quiz_key=QUIZ,
        percent=Decimal(percent),
        passed=passed,
        report={"percent": str(percent)},
        graded_at=now,
    )
    session.add(grade)
    return grade


def add_piece(
    session: Session,
    student: Actor,
    reviewer_id: UUID,
    *,
    now: datetime,
    exercise: str = EXERCISE,
    outcome: str = "approved",
    critical: bool = False,
    level: int = 4,
    minutes: int = 90,
) -> Submission:
    """A decided piece with its review and ratings."""
    version, rubric = content.exercise(session, EXERCISE), content.rubric(session)
    assert version is not None and rubric is not None
    number = session.query(PracticeEntry).filter_by(user_id=student.user_id).count() + 1
    entry = PracticeEntry(
        user_id=student.user_id,
        number=number,
        exercise_key=exercise,
        exercise_version_id=version.id,
        state="approved" if outcome == "approved" else "failed",
        piece_code=f"{student.user_id.hex[:8]}{number:04}",
        created_at=now,
        updated_at=now,
    )
    session.add(entry)
    session.flush()
    submission = Submission(
        entry_id=entry.id,
        user_id=student.user_id,
        number=1,
        exercise_key=exercise,
        exercise_version_id=version.id,
        state=outcome,
        frozen={},
        skin="lip_pad_flat",
        minutes=minutes,
        tier="certified",
        sent_at=now,
        decided_at=now,
    )
    session.add(submission)
    session.flush()
    review = Review(
        submission_id=submission.id,
        reviewer_id=reviewer_id,
        rubric_version_id=rubric.id,
        state="decided",
        critical=[{"code": "hygiene"}] if critical else [],
        outcome=outcome,
        score=Decimal({4: 100, 3: 80, 2: 55, 1: 0}[level]),
        note="canary-review-note",
        claimed_at=now,
        decided_at=now,
    )
    session.add(review)
    session.flush()
    for criterion in rubric.payload["criteria"]:
        session.add(CriterionRating(review_id=review.id, criterion=criterion["id"], level=level))
    session.flush()
    return submission


def add_proof(
    session: Session, student: Actor, kind: str, *, now: datetime, accept: bool | None = True
) -> ExternalProof:
    """A proof that was handed in, and accepted, refused or (None) left to wait."""
    facts = ProofFacts(kind, "Red Cross", "BBP-canary-77", (now - timedelta(days=30)).date(), None)
    proof = services.send_proof(session, student, facts, now=now)
    if accept is not None:
        note = "" if accept else "The name on it is not yours."
        services.check_proof(session, CHECKER, proof.id, accept=accept, note=note, now=now)
    return proof


def decided(session: Session, student: Actor, *, now: datetime) -> Decision:
    """A student who meets everything, and the decision that the rules make of it."""
    meet(session, student, now=now)
    made = services.record_decisions(session, SYSTEM, student.user_id, now=now)
    assert len(made) == 1, "the journey program has one certification"
    return made[0]
