"""Gather what a student has shown, in a fixed number of statements, and find proofs and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Decision, ExternalProof
from app.content.models import Definition, Kind
from app.domain.assessment.grading import AttemptMark, final_mark
from app.domain.assessment.quiz import AttemptPolicy
from app.domain.certification.evidence import Evidence, HeldCredential, PieceEvidence, ProofEvidence, QuizEvidence
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.errors import NotFound
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.learning.models import Enrollment, LessonProgress
from app.practice.models import Submission
from app.quizzes.models import Attempt, Grade
from app.reviews.models import CriterionRating, Review

DECIDED = ("approved", "resubmit", "failed")


@dataclass(frozen=True, slots=True)
class Policy:
    """A certification in its current version, with what it is called."""

    definition_id: UUID
    version: int
    rules: RequirementSet
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence with the rows behind it: what a certificate prints, and the decisions there are."""

    evidence: Evidence
    levels: Mapping[str, int]
    piece_minutes: int
    first_at: datetime | None
    decisions: Sequence[Decision] = ()


def policies(session: Session, rubric: Rubric | None = None) -> list[Policy]:
    """All certifications in their current versions, lowest tier first; one statement, one more without the rubric."""
    rubric = rubric or rubric_from_dict(rubric_payload(session))
    query = (
        select(Definition.id, Definition.version, Definition.payload)
        .where(Definition.kind == Kind.CERTIFICATION.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    found = [
        Policy(row.id, row.version, policy_from_dict(row.payload, _mark(rubric, row.payload["id"])), row.payload)
        for row in session.execute(query)
    ]
    return sorted(found, key=lambda p: len(p.rules.courses) if not p.rules.prerequisite else 1000 + _depth(p, found))


def _depth(policy: Policy, found: Sequence[Policy]) -> int:
    """How many tiers lie below; a circle of prerequisites is refused by the content check."""
    depth, by_id = 0, {p.rules.id: p for p in found}
    current: Policy | None = policy
    while current is not None and current.rules.prerequisite is not None and depth < len(found):
        depth += 1
        current = by_id.get(current.rules.prerequisite.certification)
    return depth


def _mark(rubric: Rubric, tier: str) -> Any:
    return rubric.marks.get(tier)


def rubric_payload(session: Session) -> dict[str, Any]:
    """The current rubric in its canonical form; raises NotFound before the first content sync."""
    query = select(Definition.payload).where(Definition.kind == Kind.RUBRIC.value, Definition.is_current)
    payload = session.scalar(query)
    if payload is None:
        raise NotFound("No rubric is published yet.")
    return dict(payload)


def policy_payload(session: Session, definition_id: UUID) -> dict[str, Any]:
    """A pinned version of a certification."""
    return dict(session.scalars(select(Definition.payload).where(Definition.id == definition_id)).one())


def policy_version(session: Session, definition_id: UUID) -> int:
    """Its version number."""
    return session.scalars(select(Definition.version).where(Definition.id == definition_id)).one()


def titles(session: Session) -> dict[str, str]:
    """Printed names of everything that a requirement can refer to, by id."""
    kinds = (Kind.COURSE, Kind.QUIZ, Kind.EXERCISE, Kind.CERTIFICATION)
    query = select(Definition.key, Definition.title).where(
        Definition.kind.in_([k.value for k in kinds]), Definition.is_current
    )
    return {row.key: row.title for row in session.execute(query)}


def gather(session: Session, user_id: UUID, rubric: Rubric) -> Gathered:
    """Everything that counts for a person."""
    pieces, levels, piece_minutes = _pieces(session, user_id, rubric)
    minutes, first_at = _minutes(session, user_id)
    minutes["practice"] = piece_minutes
    minutes["technique"] = minutes.get("technique", 0) + piece_minutes
    minutes["total"] = minutes["structured"] + piece_minutes
    adult = session.scalar(select(User.adult_confirmed_at).where(User.id == user_id)) is not None
    decisions = decisions_of(session, user_id)
    held = _held(decisions)
    evidence = Evidence(
        adult=adult,
        courses_finished=_courses_finished(session, user_id),
        quizzes=_quizzes(session, user_id),
        minutes=minutes,
        minutes_since={c.certification: _minutes_since(session, user_id, c.issued_at) for c in held if c.in_force},
        pieces=pieces,
        proofs=_proofs(session, user_id),
        credentials=held,
    )
    return Gathered(evidence, levels, piece_minutes, first_at, decisions)


def _courses_finished(session: Session, user_id: UUID) -> frozenset[str]:
    query = select(Enrollment.course_key).where(Enrollment.user_id == user_id, Enrollment.finished_at.is_not(None))
    return frozenset(session.scalars(query))


def _minutes(session: Session, user_id: UUID, since: datetime | None = None) -> tuple[dict[str, int], datetime | None]:
    query = (
        select(Definition.topic, func.sum(LessonProgress.minutes), func.min(LessonProgress.done_at))
        .join(Definition, Definition.id == LessonProgress.lesson_version_id)
        .where(LessonProgress.user_id == user_id, LessonProgress.done_at.is_not(None))
        .group_by(Definition.topic)
    )
    if since is not None:
        query = query.where(LessonProgress.done_at >= since)
    minutes: dict[str, int] = {"structured": 0}
    first: datetime | None = None
    for topic, total, began in session.execute(query):
        minutes[topic] = int(total or 0)
        minutes["structured"] += int(total or 0)
        first = began if first is None or (began is not None and began < first) else first
    return minutes, first


def _minutes_since(session: Session, user_id: UUID, since: datetime) -> dict[str, int]:
    minutes, _first = _minutes(session, user_id, since)
    practice = select(func.coalesce(func.sum(Submission.minutes), 0)).where(
        Submission.user_id == user_id, Submission.state == "approved", Submission.sent_at >= since
    )
    minutes["practice"] = int(session.scalar(practice) or 0)
    minutes["technique"] = minutes.get("technique", 0) + minutes["practice"]
    minutes["total"] = minutes["structured"] + minutes["practice"]
    return minutes


def _quizzes(session: Session, user_id: UUID) -> dict[str, QuizEvidence]:
    query = (
        select(Grade.quiz_key, Grade.report, Grade.passed, Grade.safety_missed, Grade.attempt_id, Definition.payload)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .join(Definition, Definition.id == Attempt.quiz_version_id)
        .where(Grade.user_id == user_id, Grade.is_current)
        .order_by(Grade.quiz_key, Attempt.number)
    )
    by_quiz: dict[str, list[Any]] = {}
    for row in session.execute(query):
        by_quiz.setdefault(row.quiz_key, []).append(row)
    return {key: evidence for key, rows in by_quiz.items() if (evidence := _quiz_evidence(key, rows)) is not None}


def _quiz_evidence(key: str, rows: Sequence[Any]) -> QuizEvidence | None:
    spec = rows[-1].payload
    marks = [AttemptMark(Fraction(row.report["percent"]), row.passed) for row in rows]
    mark = final_mark(AttemptPolicy(spec.get("policy", "best")), marks, Fraction(str(spec["pass_mark"])))
    if mark is None:
        return None
    behind = rows[marks.index(mark)] if mark in marks else rows[-1]
    return QuizEvidence(key, mark.percent, mark.passed, behind.safety_missed, behind.attempt_id.hex)


def _pieces(session: Session, user_id: UUID, rubric: Rubric) -> tuple[tuple[PieceEvidence, ...], dict[str, int], int]:
    query = (
        select(Submission, Review.id, Review.score, Review.critical)
        .join(Review, (Review.submission_id == Submission.id) & (Review.state == "decided"))
        .where(Submission.user_id == user_id, Submission.state.in_(DECIDED))
        .order_by(Submission.decided_at)
    )
    rows = session.execute(query).all()
    ratings: dict[UUID, dict[str, int]] = {}
    rated = select(CriterionRating).where(CriterionRating.review_id.in_([row[1] for row in rows]))
    for rating in session.scalars(rated) if rows else ():
        ratings.setdefault(rating.review_id, {})[rating.criterion] = rating.level
    core = {c.id for c in rubric.criteria if c.core}
    pieces, best, minutes = [], dict[str, int](), 0
    for submission, review_id, score, critical in rows:
        levels = ratings.get(review_id, {})
        approved = submission.state == "approved"
        if approved:
            minutes += submission.minutes
            for criterion, level in levels.items():
                step = rubric.criterion(criterion).step
                best[step] = max(level, best.get(step, 0))
        pieces.append(
            PieceEvidence(
                piece_id=submission.entry_id.hex,
                exercise=submission.exercise_key,
                skin=submission.skin,
                approved=approved,
                decided_at=submission.decided_at,
                score=Fraction(score or 0),
                core_levels={c: level for c, level in levels.items() if c in core},
                critical=bool(critical) and submission.state == "failed",
            )
        )
    return tuple(pieces), best, minutes


def _proofs(session: Session, user_id: UUID) -> tuple[ProofEvidence, ...]:
    query = select(ExternalProof).where(ExternalProof.user_id == user_id, ExternalProof.state != "refused")
    return tuple(
        ProofEvidence(p.kind, p.issued_on, p.expires_on, p.state == "accepted", p.id.hex)
        for p in session.scalars(query.order_by(ExternalProof.sent_at))
    )


def _held(decisions: Sequence[Decision]) -> tuple[HeldCredential, ...]:
    return tuple(
        HeldCredential(d.certification_key, d.issued_at, d.valid_until, d.in_force, d.number)
        for d in decisions
        if d.issued_at is not None and d.valid_until is not None
    )


def decisions_of(session: Session, user_id: UUID) -> Sequence[Decision]:
    """The person's decisions, oldest first."""
    return list(session.scalars(select(Decision).where(Decision.user_id == user_id).order_by(Decision.decided_at)))


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


def proofs_of(session: Session, user_id: UUID) -> Sequence[ExternalProof]:
    """The person's proofs, newest first."""
    query = select(ExternalProof).where(ExternalProof.user_id == user_id).order_by(ExternalProof.sent_at.desc())
    return list(session.scalars(query))


def proof(session: Session, proof_id: UUID) -> ExternalProof:
    """A proof by id, for staff; raises NotFound."""
    found = session.get(ExternalProof, proof_id)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class WaitingProof:
    """A proof that waits for a check, with the name of who sent it."""

    proof: ExternalProof
    name: str


def waiting_proofs(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 50
) -> Sequence[WaitingProof]:
    """Proofs to check, oldest first, one more than `size` when there are more."""
    query = (
        select(ExternalProof, User.name)
        .join(User, User.id == ExternalProof.user_id)
        .where(ExternalProof.state == "sent")
        .order_by(ExternalProof.sent_at, ExternalProof.id)
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(ExternalProof.sent_at, ExternalProof.id) > tuple_(after[0], UUID(after[1])))
    return [WaitingProof(row[0], row[1]) for row in session.execute(query)]


def waiting_proof_count(session: Session) -> int:
    """How many proofs wait, counted to 100 at most."""
    some = select(ExternalProof.id).where(ExternalProof.state == "sent").limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def people_with_activity(session: Session, after: UUID | None, size: int = 200) -> list[UUID]:
    """Ids of enrolled people in steady order, for a full re-evaluation."""
    query = select(Enrollment.user_id).distinct().order_by(Enrollment.user_id).limit(size)
    if after is not None:
        query = query.where(Enrollment.user_id > after)
    return list(session.scalars(query))
