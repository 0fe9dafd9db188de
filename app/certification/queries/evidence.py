"""Gather what a student has shown, in a fixed number of statements, and find proofs and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Decision, ExternalProof
from app.content.models import Definition, Kind, Release
from app.domain.assessment.grading import AttemptMark, final_mark
from app.domain.certification.evidence import Evidence, HeldCredential, PieceEvidence, ProofEvidence, QuizEvidence
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.errors import NotFound
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.infra.cache import Lru
from app.learning.models import Enrollment, LessonProgress
from app.practice import queries as practice
from app.practice.models import Submission
from app.quizzes import queries as quizzes
from app.quizzes.models import Attempt, Grade
from app.reviews.models import CriterionRating, Review

APPROVED = "approved"
DECIDED = (APPROVED, "resubmit", "failed")


@dataclass(frozen=True, slots=True)
class Policy:
    """A certification in its current version, with what it is called."""

    definition_id: UUID
    version: int
    rules: RequirementSet
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standards:
    """What is published now: the rubric, every certification (lowest tier first), and printed names by id."""

    rubric: Rubric
    policies: tuple[Policy, ...]
    titles: Mapping[str, str]


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
_release, _user, _enrollment = Release.__table__.c, User.__table__.c, Enrollment.__table__.c
_definition, _progress = Definition.__table__.c, LessonProgress.__table__.c
_attempt, _grade = Attempt.__table__.c, Grade.__table__.c
_submission, _review, _rating = Submission.__table__.c, Review.__table__.c, CriterionRating.__table__.c
_proof, _decision = ExternalProof.__table__.c, Decision.__table__.c
_person: ColumnElement[Any] = bindparam("person")

_LIVE_RELEASE = select(_release.id).order_by(_release.number.desc()).limit(1)
_standards: Lru[UUID, Standards] = Lru(4)


def standards(session: Session) -> Standards:
    """What is published now; one statement, and four more once for each release. Raises NotFound before the first."""
    release_id: UUID | None = session.scalar(_LIVE_RELEASE)
    if release_id is None:
        raise NotFound("No rubric is published yet.")
    return _standards.get(release_id, lambda: _read_standards(session))


def _read_standards(session: Session) -> Standards:
    rubric = rubric_from_dict(rubric_payload(session))
    kinds = (Kind.COURSE, Kind.QUIZ, Kind.EXERCISE, Kind.CERTIFICATION)
    named = select(_definition.key, _definition.title).where(
        _definition.kind.in_([kind.value for kind in kinds]), _definition.is_current
    )
    names = {row.key: row.title for row in session.execute(named)}
    return Standards(rubric, tuple(_read_policies(session, rubric)), MappingProxyType(names))


def policies(session: Session) -> Sequence[Policy]:
    """All certifications in their current versions, lowest tier first; raises NotFound before the first sync."""
    return standards(session).policies


def titles(session: Session) -> Mapping[str, str]:
    """Printed names of everything that a requirement can refer to, by id; raises NotFound before the first sync."""
    return standards(session).titles


def _read_policies(session: Session, rubric: Rubric) -> list[Policy]:
    query = (
        select(_definition.id, _definition.version, _definition.payload)
        .where(_definition.kind == Kind.CERTIFICATION.value, _definition.is_current)
        .order_by(_definition.position, _definition.key)
    )
    found = [
        Policy(row.id, row.version, policy_from_dict(row.payload, rubric.marks.get(row.payload["id"])), row.payload)
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


_ADULT = select(_user.adult_confirmed_at).where(_user.id == _person)
_FINISHED = select(_enrollment.course_key).where(_enrollment.user_id == _person, _enrollment.finished_at.is_not(None))
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
    select(_proof.kind, _proof.issued_on, _proof.expires_on, _proof.state, _proof.id)
    .where(_proof.user_id == _person, _proof.state != "refused")
    .order_by(_proof.sent_at)
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
    corrections = practice.piece_corrections(session, user_id) if rows else {}
    counted = {row.id: max(0, row.minutes + corrections.get(row.id, 0)) for row in rows if row.state == APPROVED}
    pieces, levels = _pieces(session, user_id, rubric, rows)
    piece_minutes = sum(counted.values())
    minutes, first_at = _minutes(session.execute(_MINUTES, person))
    _add_practice(minutes, piece_minutes)
    decisions = decisions_of(session, user_id)
    held = _held(decisions)
    evidence = Evidence(
        adult=session.scalar(_ADULT, person) is not None,
        courses_finished=frozenset(session.scalars(_FINISHED, person)),
        quizzes=_quizzes(session, user_id),
        minutes=minutes,
        minutes_since={c.certification: _minutes_since(session, user_id, c, rows, counted) for c in held if c.in_force},
        pieces=pieces,
        proofs=_proofs(session, user_id),
        credentials=held,
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
    session: Session, user_id: UUID, held: HeldCredential, pieces: Sequence[Any], counted: Mapping[UUID, int]
) -> dict[str, int]:
    since = held.issued_at
    minutes, _first = _minutes(session.execute(_MINUTES_SINCE, {"person": user_id, "since": since}))
    _add_practice(minutes, sum(counted.get(piece.id, 0) for piece in pieces if piece.sent_at >= since))
    return minutes


def _add_practice(minutes: dict[str, int], practice: int) -> None:
    """Approved pieces are practice, and practice is technique."""
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
    return QuizEvidence(key, mark.percent, mark.passed, behind.safety_missed, behind.attempt_id.hex)


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
            )
        )
    return tuple(pieces), best


def _proofs(session: Session, user_id: UUID) -> tuple[ProofEvidence, ...]:
    return tuple(
        ProofEvidence(p.kind, p.issued_on, p.expires_on, p.state == "accepted", p.id.hex)
        for p in session.execute(_PROOFS, {"person": user_id})
    )


def _held(decisions: Sequence[DecisionFace]) -> tuple[HeldCredential, ...]:
    return tuple(
        HeldCredential(d.certification_key, d.issued_at, d.valid_until, d.in_force, d.number)
        for d in decisions
        if d.issued_at is not None and d.valid_until is not None
    )


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
