"""What a person did with quizzes, and what they may do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.content.models import Definition, Kind
from app.domain.assessment.grading import AttemptMark, final_mark
from app.domain.assessment.quiz import QuizKind, QuizSpec, quiz_from_dict
from app.domain.assessment.release import shown
from app.domain.assessment.timing import PastAttempt, clock_of, may_start
from app.learning.models import Enrollment
from app.quizzes.models import Attempt, AttemptItem, Grade
from app.quizzes.queries.attempts import closed_among, first_unanswered, is_closed
from app.quizzes.queries.definitions import current_quiz
from app.quizzes.queries.faces import AttemptFace, Overview, QuizLine, Standing


def past_attempts(session: Session, user_id: UUID, quiz_key: str) -> list[PastAttempt]:
    """Earlier attempts as the rules of time see them, oldest first."""
    query = (
        select(Attempt.started_at, Attempt.submitted_at)
        .where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key)
        .order_by(Attempt.number)
    )
    return [PastAttempt(row.started_at, row.submitted_at) for row in session.execute(query)]


def open_attempt(session: Session, user_id: UUID, quiz_key: str) -> Attempt | None:
    """The attempt that is running."""
    query = select(Attempt).where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key, Attempt.state == "open")
    return session.scalar(query)


def seen_items(session: Session, user_id: UUID, quiz_key: str) -> set[str]:
    """Keys of the items that the person has met in this quiz."""
    query = (
        select(AttemptItem.item_key)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.user_id == user_id, Attempt.quiz_key == quiz_key)
        .distinct()
    )
    return set(session.scalars(query))


def attempts_of(session: Session, user_id: UUID, quiz_keys: Sequence[str] | None = None) -> list[AttemptFace]:
    """The person's attempts (of these quizzes), newest first, with their current grades; one statement."""
    query = (
        select(
            Attempt.id,
            Attempt.quiz_key,
            Attempt.number,
            Attempt.state,
            Attempt.started_at,
            Attempt.deadline_at,
            Attempt.submitted_at,
            Attempt.paused_until,
            Grade.percent,
            Grade.passed,
            Grade.report["percent"].as_string().label("share"),
        )
        .outerjoin(Grade, (Grade.attempt_id == Attempt.id) & Grade.is_current)
        .where(Attempt.user_id == user_id)
        .order_by(Attempt.started_at.desc(), Attempt.number.desc())
    )
    if quiz_keys is not None:
        query = query.where(Attempt.quiz_key.in_(quiz_keys))
    faces = (row._asdict() for row in session.execute(query))
    return [AttemptFace(**{**face, "share": face["share"] and Fraction(face["share"])}) for face in faces]


def standing_of(spec: QuizSpec, attempts: Sequence[AttemptFace], now: datetime, *, closed: bool = False) -> Standing:
    """What a person's attempts at a quiz (newest first) amount to under its rules.

    `closed` says that the quiz is closed for everybody. A score that is not released is left out.
    """
    oldest_first = attempts[::-1]
    marks = [AttemptMark(a.share, bool(a.passed)) for a in oldest_first if a.share is not None]
    past = [PastAttempt(a.started_at, a.submitted_at) for a in oldest_first]
    found = Standing(
        tuple(attempts),
        final_mark(spec.policy, marks, spec.pass_mark),
        may_start(past, spec, now),
        passed=any(face.passed for face in attempts),
    )
    left = found.still_to_come
    if shown(spec, submitted=True, passed=found.passed, attempts_left=left, closed=closed).score:
        return found
    silent = tuple(replace(face, percent=None, passed=None, share=None) for face in attempts)
    return replace(found, attempts=silent, mark=None, shows_score=False)


def quiz_lines(session: Session, user_id: UUID, now: datetime) -> list[QuizLine]:
    """The live quizzes of the person's courses, those without a course, and the exams; two or three statements."""
    course = aliased(Definition)
    query = (
        select(Definition.payload, course.title)
        .outerjoin(Enrollment, and_(Enrollment.user_id == user_id, Enrollment.course_key == Definition.parent))
        .outerjoin(course, and_(course.kind == Kind.COURSE.value, course.key == Definition.parent, course.is_current))
        .where(Definition.kind == Kind.QUIZ.value, Definition.is_current)
        .where(or_(Enrollment.id.is_not(None), Definition.parent == "", Definition.subtype == QuizKind.EXAM.value))
        .order_by(course.position.nulls_last(), Definition.position, Definition.key)
    )
    rows = session.execute(query).all()
    by_quiz: dict[str, list[AttemptFace]] = {}
    for face in attempts_of(session, user_id):
        by_quiz.setdefault(face.quiz_key, []).append(face)
    specs = [(quiz_from_dict(payload), course_title or "") for payload, course_title in rows]
    closed = closed_among(session, (spec for spec, _title in specs), now)
    return [
        QuizLine(spec, title, standing_of(spec, by_quiz.get(spec.id, []), now, closed=spec.id in closed))
        for spec, title in specs
    ]


def overview(session: Session, user_id: UUID, quiz_key: str, now: datetime) -> Overview:
    """A live quiz with the person's place in it; raises NotFound."""
    _version, spec = current_quiz(session, quiz_key)
    closed = is_closed(session, spec, now)
    standing = standing_of(spec, attempts_of(session, user_id, [quiz_key]), now, closed=closed)
    course = aliased(Definition)
    live_course = and_(course.kind == Kind.COURSE.value, course.key == spec.course, course.is_current)
    own = and_(Enrollment.user_id == user_id, Enrollment.course_key == spec.course)
    row = session.execute(
        select(User.time_factor_percent, User.pause_minutes, course.title, Enrollment.id)
        .select_from(User)
        .outerjoin(course, live_course)
        .outerjoin(Enrollment, own)
        .where(User.id == user_id)
    ).one()
    clock = clock_of(spec, now, factor_percent=row.time_factor_percent)
    running = standing.running
    return Overview(
        spec=spec,
        course_title=row.title or "",
        is_enrolled=row.id is not None,
        standing=standing,
        allowed=clock.allowed,
        time_factor=row.time_factor_percent,
        resume_at=first_unanswered(session, running.id) if running else 1,
        pause_minutes=row.pause_minutes if clock.deadline is not None else 0,
        closes_at=spec.closes_at + clock.granted if spec.closes_at is not None else None,
    )
