"""Reads for the first pages of each audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.certification import queries as certification_queries
from app.certification import services as certification
from app.certification.services import Evaluation
from app.content import queries as content
from app.content.models import Definition, Kind
from app.credentials import queries as credentials
from app.domain.access.actor import Actor, Role
from app.domain.certification.decision import RequirementLine
from app.domain.occasions import Occasion
from app.domain.practice.trend import Direction, Point, direction_of, points_of
from app.domain.procedure import Step
from app.learning import queries as learning
from app.learning.queries import NextUp
from app.practice import queries as practice
from app.practice.models import PracticeEntry, Submission
from app.practice.queries import EntryLine
from app.quizzes import queries as quizzes
from app.reviews import queries as reviews
from app.reviews.models import CriterionRating, Review
from app.reviews.queries import QueueFigures, QueueLine
from app.studios import queries as studios
from app.studios.queries import AlertLine, WatchLine
from app.training import queries as training
from app.training.queries import Tally

CERTIFIED = "certified"
LAST_PIECES = 5
CALENDAR_PAST = timedelta(days=90)
STEPS = frozenset(step.value for step in Step)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the main certificate asks for, from its own rules: courses, quizzes, hours and approved pieces."""

    title: str
    courses: int
    quizzes: int
    hours: float
    pieces: int
    validity_months: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is published now; `asked` is None until a certification is."""

    courses: int
    lessons: int
    exercises: int
    asked: Asked | None


def program(session: Session) -> Program:
    """The size of the program as it is live, for the first page; two statements."""
    kinds = (Kind.COURSE, Kind.LESSON, Kind.EXERCISE)
    query = (
        select(Definition.kind, func.count())
        .where(Definition.kind.in_([kind.value for kind in kinds]), Definition.is_current)
        .group_by(Definition.kind)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    return Program(
        courses=counts.get(Kind.COURSE.value, 0),
        lessons=counts.get(Kind.LESSON.value, 0),
        exercises=counts.get(Kind.EXERCISE.value, 0),
        asked=_asked(session),
    )


def _asked(session: Session) -> Asked | None:
    found = content.certification(session, CERTIFIED)
    if found is None:
        return None
    rules = found.payload
    return Asked(
        title=rules["title"],
        courses=len(rules["courses"]),
        quizzes=len(rules["quizzes"]),
        hours=rules["hours"].get("total", 0),
        pieces=rules["pieces"]["total"],
        validity_months=rules["validity_months"],
    )


@dataclass(frozen=True, slots=True)
class Feedback:
    """The newest decided review of a student; `reviewer` is empty where the review was blind."""

    entry_id: UUID
    piece: int
    outcome: str
    note: str
    reviewer: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PathGroup:
    """One kind of requirement on the way to the next certificate: how many lines are met."""

    code: str
    met: int
    total: int


@dataclass(frozen=True, slots=True)
class StudentHome:
    """A student's first page."""

    next_lesson: NextUp | None
    feedback: Feedback | None
    target: Evaluation | None
    groups: tuple[PathGroup, ...]
    missing: tuple[RequirementLine, ...]
    scores: dict[str, float]
    pieces: Sequence[EntryLine]
    training: Tally


def student_home(session: Session, user_id: UUID, now: datetime) -> StudentHome:
    """Everything on a student's first page, in a fixed number of statements."""
    cards = learning.catalog(session, user_id)
    target = certification.next_evaluation(session, user_id, now=now)
    lines = target.outcome.lines if target else ()
    return StudentHome(
        next_lesson=learning.next_up(session, cards, user_id),
        feedback=newest_feedback(session, user_id),
        target=target,
        groups=_groups(lines),
        missing=target.outcome.missing[:4] if target else (),
        scores=step_scores(session, user_id),
        pieces=practice.log(session, user_id, size=3)[:3],
        training=training.glance(session, user_id, now),
    )


def _groups(lines: Sequence[RequirementLine]) -> tuple[PathGroup, ...]:
    counts: dict[str, list[bool]] = {}
    for line in lines:
        counts.setdefault(line.group, []).append(line.met)
    return tuple(PathGroup(code, sum(met), len(met)) for code, met in counts.items() if code != "age")


# Built once, and on tables: putting statements together costs more than running them.
_entry, _submission = PracticeEntry.__table__.c, Submission.__table__.c
_review, _rating, _user = Review.__table__.c, CriterionRating.__table__.c, User.__table__.c
_decided = Submission.__table__.join(
    Review.__table__, (_review.submission_id == _submission.id) & (_review.state == "decided")
)
# The newest is found first, so that only its piece and its reviewer are looked up.
_said = (
    select(
        _submission.entry_id,
        _review.outcome,
        _review.note,
        _review.blind,
        _review.reviewer_id,
        _review.decided_at,
    )
    .select_from(_decided)
    .where(_submission.user_id == bindparam("person"))
    .order_by(_review.decided_at.desc())
    .limit(1)
    .subquery()
)
_FEEDBACK = select(
    _entry.id,
    _entry.number,
    _said.c.outcome,
    _said.c.note,
    case((_said.c.blind, ""), else_=_user.name),
    _said.c.decided_at,
).select_from(
    _said.join(PracticeEntry.__table__, _entry.id == _said.c.entry_id).join(
        User.__table__, _user.id == _said.c.reviewer_id
    )
)
_last = (
    select(_review.id)
    .select_from(_decided)
    .where(_submission.user_id == bindparam("person"))
    .order_by(_review.decided_at.desc())
    .limit(LAST_PIECES)
    .subquery()
)
_LEVELS = select(_rating.criterion, _rating.level).where(_rating.review_id.in_(select(_last.c.id)))


def newest_feedback(session: Session, user_id: UUID) -> Feedback | None:
    """The newest decided review of the person's pieces; one statement."""
    row = session.execute(_FEEDBACK, {"person": user_id}).first()
    if row is None:
        return None
    return Feedback(row[0], row[1], row[2] or "", row[3], row[4], row[5])


def step_scores(session: Session, user_id: UUID) -> dict[str, float]:
    """The mean level (1 to 4) of each step over the person's last five decided pieces."""
    levels: dict[str, list[int]] = {}
    for criterion, level in session.execute(_LEVELS, {"person": user_id}):
        if criterion in STEPS:
            levels.setdefault(criterion, []).append(level)
    return {step: sum(found) / len(found) for step, found in levels.items()}


@dataclass(frozen=True, slots=True)
class StepTrend:
    """The levels of one step over the last pieces, oldest first, and where they are going."""

    step: str
    points: tuple[Point, ...]
    direction: Direction


TRENDS = 24
_newest = (
    select(_review.id, _entry.number, _review.decided_at)
    .select_from(_decided.join(PracticeEntry.__table__, _entry.id == _submission.entry_id))
    .where(_submission.user_id == bindparam("person"))
    .order_by(_review.decided_at.desc())
    .limit(TRENDS)
    .subquery()
)
_TRENDS = (
    select(_newest.c.number, _rating.criterion, _rating.level)
    .join_from(_newest, CriterionRating.__table__, _rating.review_id == _newest.c.id)
    .order_by(_newest.c.decided_at)
)


def step_trends(session: Session, user_id: UUID) -> tuple[StepTrend, ...]:
    """How the person's levels move, step by step, over the last 24 decided tries; one statement."""
    levels: dict[str, list[tuple[int, int]]] = {step.value: [] for step in Step}
    for number, criterion, level in session.execute(_TRENDS, {"person": user_id}):
        if criterion in STEPS:
            levels[criterion].append((number, level))
    return tuple(
        StepTrend(step, points_of(found), direction_of([level for _piece, level in found]))
        for step, found in levels.items()
        if found
    )


@dataclass(frozen=True, slots=True)
class InstructorHome:
    """An instructor's first page."""

    queue: QueueFigures
    held: Sequence[QueueLine]
    waiting: Sequence[QueueLine]
    proofs: int
    essays: int
    decided_this_week: int


def instructor_home(session: Session, actor: Actor, now: datetime) -> InstructorHome:
    """Everything on an instructor's first page, in a fixed number of statements."""
    user_id = actor.user_id
    lines = reviews.queue(session, now=now, size=20, not_by=user_id, not_held_by=user_id)
    return InstructorHome(
        queue=reviews.queue_figures(session),
        held=reviews.held_by(session, user_id),
        waiting=[line for line in lines if not line.is_held(now)][:5],
        proofs=certification_queries.waiting_proof_count(session),
        essays=quizzes.markings_waiting(session, actor),
        decided_this_week=reviews.decided_by(session, user_id, now - timedelta(days=7)),
    )


@dataclass(frozen=True, slots=True)
class StudioHome:
    """A studio's first page."""

    name: str
    watched: Sequence[WatchLine]
    alerts: Sequence[AlertLine]
    unseen: int


def studio_home(session: Session, studio_id: UUID, now: datetime) -> StudioHome:
    """Everything on a studio's first page, in a fixed number of statements."""
    return StudioHome(
        name=studios.studio(session, studio_id).name,
        watched=studios.watchlist(session, studio_id, now=now, size=8)[:8],
        alerts=studios.alerts(session, studio_id, size=5)[:5],
        unseen=studios.unseen_count(session, studio_id),
    )


def occasions(session: Session, user_id: UUID, now: datetime) -> list[Occasion]:
    """What stands in a person's calendar: all that is ahead and what was within the last 90 days, by time."""
    actor = accounts.actor_by_id(session, user_id)
    if actor is None or not actor.has(Role.STUDENT):
        return []  # the other roles have nothing that runs out
    found = [
        *quizzes.occasions_of(session, user_id, now),
        *reviews.occasions_of(session, user_id),
        *certification_queries.occasions_of(session, user_id),
        *credentials.occasions_of(session, user_id),
    ]
    kept = [each for each in found if _moment(each.at) >= now - CALENDAR_PAST]
    return sorted(kept, key=lambda each: (_moment(each.at), each.key))


def _moment(at: datetime | date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time.min, UTC)
