"""Gather what a student has shown, in a fixed number of statements, and find proofs and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Application, Complaint, Decision, ExternalProof, Waiver
from app.content.models import Definition
from app.domain.assessment.grading import AttemptMark, final_mark
from app.domain.certification import evidence as shown
from app.domain.certification.evidence import (
    CreditEvidence,
    Evidence,
    HeldCredential,
    PieceEvidence,
    ProofEvidence,
    QuizEvidence,
)
from app.domain.errors import NotFound
from app.domain.rubric.rubric import Rubric
from app.learning.models import Enrollment, LessonProgress
from app.practice import queries as practice
from app.practice.models import Submission
from app.practice.queries import SignedTime
from app.quizzes import queries as quizzes
from app.quizzes.models import Attempt, Grade
from app.reviews.models import CriterionRating, Review

APPROVED = "approved"
DECIDED = (APPROVED, "resubmit", "failed")
EDUCATION = "ce"
"""The kind of a proof that stands for hours of continuing education."""


@dataclass(frozen=True, slots=True)
class DecisionFace:
    """A decision with the standing of the credential that it led to, without its lines and evidence."""

    id: UUID
    certification_key: str
    decided_at: datetime
    number: str
    issued_at: datetime | None
    valid_until: datetime | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence with the rows behind it: what a certificate prints, and the decisions there are."""

    evidence: Evidence
    levels: Mapping[str, int]
    piece_minutes: int
    first_at: datetime | None
    decisions: Sequence[DecisionFace] = ()


# The path and the first page of a student ask for all of this, so the statements are built once, and on tables:
# putting one together, or loading entities by it, costs several times as much as running it.
_user, _enrollment = User.__table__.c, Enrollment.__table__.c
_definition, _progress = Definition.__table__.c, LessonProgress.__table__.c
_attempt, _grade = Attempt.__table__.c, Grade.__table__.c
_submission, _review, _rating = Submission.__table__.c, Review.__table__.c, CriterionRating.__table__.c
_proof, _decision = ExternalProof.__table__.c, Decision.__table__.c
_waiver, _application, _complaint = Waiver.__table__.c, Application.__table__.c, Complaint.__table__.c
_second = Review.__table__.alias("second_mark")
_person: ColumnElement[Any] = bindparam("person")

# One row for each finished course, and one row without a course for a person who has finished none.
_PERSON = (
    select(
        _user.adult_confirmed_at,
        _enrollment.course_key,
        exists().where(_complaint.user_id == _person, _complaint.closed_at.is_(None)).label("complained_of"),
    )
    .select_from(
        User.__table__.outerjoin(
            Enrollment.__table__, (_enrollment.user_id == _user.id) & _enrollment.finished_at.is_not(None)
        )
    )
    .where(_user.id == _person)
)
_MINUTES = (
    select(_definition.topic, func.sum(_progress.minutes), func.min(_progress.done_at))
    .join_from(LessonProgress.__table__, Definition.__table__, _definition.id == _progress.lesson_version_id)
    .where(_progress.user_id == _person, _progress.done_at.is_not(None))
    .group_by(_definition.topic)
)
_MINUTES_SINCE = _MINUTES.where(_progress.done_at >= bindparam("since"))
_GRADES = (
    select(
        _grade.quiz_key,
        _grade.report["percent"].as_string().label("share"),
        _grade.passed,
        _grade.safety_missed,
        _grade.attempt_id,
        _grade.report["sections"].label("sections"),
        _grade.graded_at,
        _attempt.quiz_version_id,
    )
    .join_from(Grade.__table__, Attempt.__table__, _attempt.id == _grade.attempt_id)
    .where(_grade.user_id == _person, _grade.is_current)
    .order_by(_grade.quiz_key, _attempt.number)
)
_DECIDED_PIECES = (
    select(
        _submission.id,
        _submission.entry_id,
        _submission.exercise_key,
        _submission.skin,
        _submission.state,
        _submission.minutes,
        _submission.sent_at,
        _submission.decided_at,
        _review.id.label("review_id"),
        _review.score,
        _review.critical,
        exists()
        .where(_second.c.submission_id == _submission.id, _second.c.kind == "second", _second.c.outcome.is_not(None))
        .label("double_marked"),
    )
    .join_from(Submission.__table__, Review.__table__, _review.submission_id == _submission.id)
    .where(_submission.user_id == _person, _submission.state.in_(DECIDED), _review.state == "decided")
    .order_by(_submission.decided_at)
)
_RATINGS = (
    select(_rating.review_id, _rating.criterion, _rating.level)
    .join_from(CriterionRating.__table__, Review.__table__, _review.id == _rating.review_id)
    .join(Submission.__table__, _submission.id == _review.submission_id)
    .where(_submission.user_id == _person, _submission.state.in_(DECIDED), _review.state == "decided")
)
_PROOFS = (
    select(
        _proof.kind,
        _proof.issued_on,
        _proof.expires_on,
        _proof.state,
        _proof.id,
        _proof.answer,
        _proof.minutes,
        _proof.topic,
    )
    .where(_proof.user_id == _person, _proof.state != "refused")
    .order_by(_proof.sent_at)
)
_WAIVERS = select(_waiver.certification_key, _waiver.code, _waiver.reason, _waiver.until).where(
    _waiver.user_id == _person, _waiver.ended_at.is_(None)
)
_RENEWALS = (
    select(_application.certification_key, func.count(), func.max(_application.answered_at))
    .where(_application.user_id == _person, _application.kind == "renewal", _application.state == "approved")
    .group_by(_application.certification_key)
)
_DECISIONS = (
    select(
        _decision.id,
        _decision.certification_key,
        _decision.decided_at,
        _decision.number,
        _decision.issued_at,
        _decision.valid_until,
        _decision.in_force,
    )
    .where(_decision.user_id == _person)
    .order_by(_decision.decided_at)
)


def gather(session: Session, user_id: UUID, rubric: Rubric) -> Gathered:
    """Everything that counts for a person."""
    person = {"person": user_id}
    rows = session.execute(_DECIDED_PIECES, person).all()
    signed = practice.signed_time(session, user_id)
    taken_off = signed.corrections
    counted = {row.id: max(0, row.minutes + taken_off.get(row.id, 0)) for row in rows if row.state == APPROVED}
    pieces, levels = _pieces(session, user_id, rubric, rows)
    piece_minutes = sum(counted.values())
    minutes, first_at = _minutes(session.execute(_MINUTES, person))
    _add_practice(minutes, piece_minutes, signed.supervised())
    decisions = decisions_of(session, user_id)
    held = _held(decisions, session.execute(_RENEWALS, person).all() if decisions else ())
    proofs, credits = _proofs(session, user_id)
    about = session.execute(_PERSON, person).all()
    evidence = Evidence(
        adult=any(row.adult_confirmed_at is not None for row in about),
        courses_finished=frozenset(row.course_key for row in about if row.course_key is not None),
        quizzes=_quizzes(session, user_id),
        minutes=minutes,
        minutes_since={
            c.certification: _minutes_since(session, user_id, c, rows, counted, signed) for c in held if c.in_force
        },
        pieces=pieces,
        proofs=proofs,
        credentials=held,
        waivers=tuple(shown.Waiver(*row) for row in session.execute(_WAIVERS, person)),
        credits=credits,
        open_complaint=any(row.complained_of for row in about),
    )
    return Gathered(evidence, levels, piece_minutes, first_at, decisions)


def _minutes(rows: Iterable[Any]) -> tuple[dict[str, int], datetime | None]:
    minutes: dict[str, int] = {"structured": 0}
    first: datetime | None = None
    for topic, total, began in rows:
        minutes[topic] = int(total or 0)
        minutes["structured"] += int(total or 0)
        first = began if first is None or (began is not None and began < first) else first
    return minutes, first


def _minutes_since(
    session: Session,
    user_id: UUID,
    held: HeldCredential,
    pieces: Sequence[Any],
    counted: Mapping[UUID, int],
    signed: SignedTime,
) -> dict[str, int]:
    since = held.issued_at
    minutes, _first = _minutes(session.execute(_MINUTES_SINCE, {"person": user_id, "since": since}))
    of_pieces = sum(counted.get(piece.id, 0) for piece in pieces if piece.sent_at >= since)
    _add_practice(minutes, of_pieces, signed.supervised(since.date()))
    return minutes


def _add_practice(minutes: dict[str, int], pieces: int, supervised: int) -> None:
    """Approved pieces and sessions that somebody signed for are practice, and practice is technique."""
    practice = pieces + max(0, supervised)
    minutes["practice"] = practice
    minutes["technique"] = minutes.get("technique", 0) + practice
    minutes["total"] = minutes["structured"] + practice


def _quizzes(session: Session, user_id: UUID) -> dict[str, QuizEvidence]:
    by_quiz: dict[str, list[Any]] = {}
    for row in session.execute(_GRADES, {"person": user_id}):
        by_quiz.setdefault(row.quiz_key, []).append(row)
    found = {key: _quiz_evidence(session, key, rows) for key, rows in by_quiz.items()}
    return {key: evidence for key, evidence in found.items() if evidence is not None}


def _quiz_evidence(session: Session, key: str, rows: Sequence[Any]) -> QuizEvidence | None:
    spec = quizzes.pinned_spec(session, rows[-1].quiz_version_id)
    marks = [AttemptMark(Fraction(row.share), row.passed) for row in rows]
    mark = final_mark(spec.policy, marks, spec.pass_mark)
    if mark is None:
        return None
    behind = rows[marks.index(mark)] if mark in marks else rows[-1]
    areas = {
        area["section"]: Fraction(area["earned"]) * 100 / area["possible"]
        for area in behind.sections or ()
        if area["possible"]
    }
    passed_at = max((row.graded_at for row in rows if row.passed), default=None)
    return QuizEvidence(
        key, mark.percent, mark.passed, behind.safety_missed, behind.attempt_id.hex, areas=areas, passed_at=passed_at
    )


def _pieces(
    session: Session, user_id: UUID, rubric: Rubric, rows: Sequence[Any]
) -> tuple[tuple[PieceEvidence, ...], dict[str, int]]:
    ratings: dict[UUID, dict[str, int]] = {}
    for review_id, criterion, level in session.execute(_RATINGS, {"person": user_id}) if rows else ():
        ratings.setdefault(review_id, {})[criterion] = level
    steps = {c.id: c.step for c in rubric.criteria}
    core = {c.id for c in rubric.criteria if c.core}
    pieces, best = [], dict[str, int]()
    for row in rows:
        levels = ratings.get(row.review_id, {})
        approved = row.state == APPROVED
        if approved:
            for criterion, level in levels.items():
                best[steps[criterion]] = max(level, best.get(steps[criterion], 0))
        pieces.append(
            PieceEvidence(
                piece_id=row.entry_id.hex,
                exercise=row.exercise_key,
                skin=row.skin,
                approved=approved,
                decided_at=row.decided_at,
                score=Fraction(*(row.score or Decimal(0)).as_integer_ratio()),
                core_levels={c: level for c, level in levels.items() if c in core},
                critical=bool(row.critical) and row.state == "failed",
                double_marked=bool(row.double_marked),
            )
        )
    return tuple(pieces), best


def _proofs(session: Session, user_id: UUID) -> tuple[tuple[ProofEvidence, ...], tuple[CreditEvidence, ...]]:
    rows = session.execute(_PROOFS, {"person": user_id}).all()
    proofs = (
        ProofEvidence(p.kind, p.issued_on, p.expires_on, p.state == "accepted", p.id.hex, p.answer)
        for p in rows
        if p.kind != EDUCATION
    )
    credits = (
        CreditEvidence(p.minutes, p.issued_on, p.topic, p.state == "accepted") for p in rows if p.kind == EDUCATION
    )
    return tuple(proofs), tuple(credits)


def _held(decisions: Sequence[DecisionFace], renewals: Sequence[Any]) -> tuple[HeldCredential, ...]:
    renewed = {key: (count, at) for key, count, at in renewals}
    held = []
    for d in decisions:
        if d.issued_at is not None and d.valid_until is not None:
            count, at = renewed.get(d.certification_key, (0, None))
            facts = (d.certification_key, d.issued_at, d.valid_until, d.in_force, d.number)
            held.append(HeldCredential(*facts, renewed_at=at, renewals=count))
    return tuple(held)


def decisions_of(session: Session, user_id: UUID) -> Sequence[DecisionFace]:
    """The person's decisions, oldest first."""
    return [DecisionFace(*row) for row in session.execute(_DECISIONS, {"person": user_id})]


def decision(session: Session, decision_id: UUID) -> Decision:
    """A decision by id; raises NotFound."""
    found = session.get(Decision, decision_id)
    if found is None:
        raise NotFound
    return found


def last_sequence(session: Session, user_id: UUID, certification_key: str) -> int:
    """The number of the person's newest decision on a certification; 0 before the first."""
    query = select(func.max(Decision.sequence)).where(
        Decision.user_id == user_id, Decision.certification_key == certification_key
    )
    return session.scalar(query) or 0


def people_with_activity(session: Session, after: UUID | None, size: int = 200) -> list[UUID]:
    """Ids of enrolled people in steady order, for a full re-evaluation."""
    query = select(Enrollment.user_id).distinct().order_by(Enrollment.user_id).limit(size)
    if after is not None:
        query = query.where(Enrollment.user_id > after)
    return list(session.scalars(query))


def activity_count(session: Session) -> int:
    """How many people are enrolled in anything."""
    return session.scalar(select(func.count(Enrollment.user_id.distinct()))) or 0
