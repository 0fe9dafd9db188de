"""Reads of quizzes, attempts, their items and grades.

Definitions never change once published, so items and quiz rules are built once per process and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.content import queries as content
from app.content.models import Definition, Kind
from app.content.queries import LessonFace
from app.domain.assessment.exact import floor_text
from app.domain.assessment.grading import AttemptMark, SectionScore, final_mark
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import QuizKind, QuizSpec, quiz_from_dict
from app.domain.assessment.release import Shown, item_view, shown
from app.domain.assessment.timing import NETWORK_GRACE, AttemptClock, PastAttempt, StartVerdict, may_start
from app.domain.errors import NotFound
from app.infra.cache import Lru
from app.learning.models import Enrollment
from app.quizzes.models import Attempt, AttemptItem, Grade

# Every item of the academy fits in; one is a few kilobytes, its drawing included.
KEPT_ITEMS = 1_000
_items: Lru[UUID, Item[Any]] = Lru(KEPT_ITEMS)
_specs: Lru[UUID, QuizSpec] = Lru(200)


@dataclass(frozen=True, slots=True)
class Sitting:
    """An attempt as its pages see it."""

    id: UUID
    spec: QuizSpec
    number: int
    state: str
    seed: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    closed_by_time: bool

    @property
    def is_open(self) -> bool:
        """True until it is handed in, whatever the clock says."""
        return self.state == "open"

    def is_over(self, now: datetime) -> bool:
        """True when the time that the student sees is over."""
        return self.deadline_at is not None and now > self.deadline_at

    def accepts(self, now: datetime) -> bool:
        """True while an answer may still arrive: the deadline and a little for the network."""
        return self.deadline_at is None or now <= self.deadline_at + NETWORK_GRACE

    def seconds_left(self, now: datetime) -> int | None:
        """What the clock shows, in whole seconds; None without a limit."""
        return None if self.deadline_at is None else max(0, int((self.deadline_at - now).total_seconds()))

    @property
    def allowed(self) -> timedelta | None:
        """The time of this attempt, the person's own factor included."""
        return None if self.deadline_at is None else self.deadline_at - self.started_at

    @property
    def used(self) -> timedelta | None:
        """How long it took; None while it runs."""
        return None if self.submitted_at is None else self.submitted_at - self.started_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of an attempt with what is saved; `revision` counts the saves."""

    id: UUID
    position: int
    item: Item[Any]
    response: Mapping[str, Any] | None
    revision: int
    is_flagged: bool
    saved_at: datetime | None

    def form(self) -> dict[str, list[str]]:
        """The saved answer as form fields."""
        return self.item.to_form(self.item.response_from_json(self.response or {}))


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in the question navigator."""

    position: int
    section: str
    answered: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class AttemptFace:
    """One attempt in a list; `percent`, `passed` and the exact `share` (of 100) once it is graded."""

    id: UUID
    quiz_key: str
    number: int
    state: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    percent: Decimal | None
    passed: bool | None
    share: Fraction | None

    @property
    def is_open(self) -> bool:
        """True until it is handed in."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with a quiz: the attempts (newest first), the mark that counts, what may come next."""

    attempts: tuple[AttemptFace, ...]
    mark: AttemptMark | None
    next: StartVerdict

    @property
    def running(self) -> AttemptFace | None:
        """The attempt that is not handed in."""
        return next((face for face in self.attempts if face.is_open), None)

    @property
    def passed(self) -> bool:
        """True when any attempt passed."""
        return any(face.passed for face in self.attempts)

    @property
    def still_to_come(self) -> int | None:
        """Attempts that may still change something: those left and the running one; None without a limit."""
        left = self.next.attempts_left
        return None if left is None else left + (self.running is not None)


@dataclass(frozen=True, slots=True)
class QuizLine:
    """A quiz in the student's list."""

    spec: QuizSpec
    course_title: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Overview:
    """What a student is told before the start; `allowed` includes the own time factor (percent)."""

    spec: QuizSpec
    course_title: str
    is_enrolled: bool
    standing: Standing
    allowed: timedelta | None
    time_factor: int
    resume_at: int

    @property
    def is_locked(self) -> bool:
        """True when the course of the quiz has to be joined first."""
        return not (self.is_enrolled or is_free(self.spec))


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a graded attempt, with nothing in it that may not be shown yet."""

    sitting: Sitting
    grade: Grade
    standing: Standing
    shown: Shown
    is_live: bool
    views: tuple[dict[str, Any], ...]
    lessons: Mapping[str, LessonFace]

    @property
    def share(self) -> Fraction:
        """The exact percentage."""
        return Fraction(self.grade.report["percent"])

    @property
    def sections(self) -> list[SectionScore]:
        """The sub-scores in the order of the attempt."""
        return [SectionScore(**{**row, "earned": Fraction(row["earned"])}) for row in self.grade.report["sections"]]


def is_free(spec: QuizSpec) -> bool:
    """True for a quiz that needs no enrollment: one without a course, and exams (certification weighs those)."""
    return spec.kind is QuizKind.EXAM or not spec.course


# --- definitions -----------------------------------------------------------------------------------------------


def current_quiz(session: Session, quiz_key: str) -> tuple[UUID, QuizSpec]:
    """The live version of a quiz, its id first; raises NotFound."""
    found = content.quiz(session, quiz_key)
    if found is None:
        raise NotFound
    return found.id, quiz_from_dict(found.payload)


def pinned_spec(session: Session, version_id: UUID) -> QuizSpec:
    """The version of a quiz that an attempt was started under; one statement at first, then none."""

    def make() -> QuizSpec:
        return quiz_from_dict(session.scalars(select(Definition.payload).where(Definition.id == version_id)).one())

    return _specs.get(version_id, make)


def pinned_item(session: Session, version_id: UUID) -> Item[Any]:
    """An item at one version, ready to show or grade; one statement at first, then none."""

    def make() -> Item[Any]:
        return item_from_dict(session.scalars(select(Definition.payload).where(Definition.id == version_id)).one())

    return _items.get(version_id, make)


def definitions_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Item[Any]]:
    """Many pinned items by version id; one statement."""
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(set(version_ids)))
    return {row.id: item_from_dict(row.payload) for row in session.execute(query)}


# --- one attempt -----------------------------------------------------------------------------------------------


# The statements of the hot pages are built once, over plain tables: building them costs more than running them.
_attempt, _slot, _definition = (cast("Table", model.__table__) for model in (Attempt, AttemptItem, Definition))
_SITTING = select(
    _attempt.c.id,
    _attempt.c.quiz_version_id,
    _attempt.c.number,
    _attempt.c.state,
    _attempt.c.seed,
    _attempt.c.started_at,
    _attempt.c.deadline_at,
    _attempt.c.submitted_at,
    _attempt.c.closed_by_time,
).where(_attempt.c.id == bindparam("attempt"), _attempt.c.user_id == bindparam("person"))
_ENTRY = (
    _SITTING.add_columns(
        _slot.c.id.label("slot"),
        _slot.c.item_version_id,
        _slot.c.response,
        _slot.c.revision,
        _slot.c.is_flagged,
        _slot.c.saved_at,
    )
    .join(_slot, _slot.c.attempt_id == _attempt.c.id)
    .where(_slot.c.position == bindparam("place"))
)
_ENTRY_LOCKED = _ENTRY.with_for_update(of=(_attempt, _slot))
_SLOTS = (
    select(_slot.c.position, _definition.c.step, _slot.c.saved_at.is_not(None), _slot.c.is_flagged)
    .join(_definition, _definition.c.id == _slot.c.item_version_id)
    .where(_slot.c.attempt_id == bindparam("attempt"))
    .order_by(_slot.c.position)
)


def _sitting(session: Session, row: Any) -> Sitting:
    spec = pinned_spec(session, row.quiz_version_id)
    times = (row.started_at, row.deadline_at, row.submitted_at)
    return Sitting(row.id, spec, row.number, row.state, row.seed, *times, row.closed_by_time)


def sitting(session: Session, user_id: UUID, attempt_id: UUID) -> Sitting:
    """The person's own attempt; raises NotFound for anybody else's."""
    row = session.execute(_SITTING, {"attempt": attempt_id, "person": user_id}).first()
    if row is None:
        raise NotFound
    return _sitting(session, row)


def entry(
    session: Session, user_id: UUID, attempt_id: UUID, position: int, *, lock: bool = False
) -> tuple[Sitting, Entry]:
    """The person's own attempt and the item at a place (from 1); raises NotFound.

    `lock` makes saves, and the hand-in, of one attempt stand in line. Both rows are locked: a row that is only
    joined would be read as it was before the wait.
    """
    wanted = {"attempt": attempt_id, "person": user_id, "place": position}
    row = session.execute(_ENTRY_LOCKED if lock else _ENTRY, wanted).first()
    if row is None:
        raise NotFound
    item = pinned_item(session, row.item_version_id)
    found = Entry(row.slot, position, item, row.response, row.revision, row.is_flagged, row.saved_at)
    return _sitting(session, row), found


def slots(session: Session, attempt_id: UUID) -> list[Slot]:
    """Every place of an attempt in order, for the navigator; one statement, no answers."""
    return [Slot(*row) for row in session.execute(_SLOTS, {"attempt": attempt_id})]


def attempt_for(session: Session, user_id: UUID, attempt_id: UUID, *, lock: bool = False) -> Attempt:
    """The row of the person's own attempt, for changes; raises NotFound for anybody else's."""
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def attempt_by_id(session: Session, attempt_id: UUID) -> Attempt | None:
    """The row of any attempt, locked, for the job that closes it."""
    return session.scalar(select(Attempt).where(Attempt.id == attempt_id).with_for_update())


def items_of(session: Session, attempt_id: UUID) -> Sequence[AttemptItem]:
    """The drawn items in their order, with the answers as they are saved now."""
    query = select(AttemptItem).where(AttemptItem.attempt_id == attempt_id).order_by(AttemptItem.position)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def current_grade(session: Session, attempt_id: UUID) -> Grade | None:
    """The grade that counts now."""
    return session.scalar(select(Grade).where(Grade.attempt_id == attempt_id, Grade.is_current))


# --- what a person did with a quiz -----------------------------------------------------------------------------


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


def standing_of(spec: QuizSpec, attempts: Sequence[AttemptFace], now: datetime) -> Standing:
    """What a person's attempts at a quiz (newest first) amount to under its rules."""
    oldest_first = attempts[::-1]
    marks = [AttemptMark(a.share, bool(a.passed)) for a in oldest_first if a.share is not None]
    past = [PastAttempt(a.started_at, a.submitted_at) for a in oldest_first]
    return Standing(tuple(attempts), final_mark(spec.policy, marks, spec.pass_mark), may_start(past, spec, now))


def quiz_lines(session: Session, user_id: UUID, now: datetime) -> list[QuizLine]:
    """The live quizzes of the person's courses, those without a course, and the exams; two statements."""
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
    lines = []
    for payload, course_title in rows:
        spec = quiz_from_dict(payload)
        lines.append(QuizLine(spec, course_title or "", standing_of(spec, by_quiz.get(spec.id, []), now)))
    return lines


def overview(session: Session, user_id: UUID, quiz_key: str, now: datetime) -> Overview:
    """A live quiz with the person's place in it; raises NotFound."""
    _version, spec = current_quiz(session, quiz_key)
    standing = standing_of(spec, attempts_of(session, user_id, [quiz_key]), now)
    course = aliased(Definition)
    live_course = and_(course.kind == Kind.COURSE.value, course.key == spec.course, course.is_current)
    own = and_(Enrollment.user_id == user_id, Enrollment.course_key == spec.course)
    row = session.execute(
        select(User.time_factor_percent, course.title, Enrollment.id)
        .select_from(User)
        .outerjoin(course, live_course)
        .outerjoin(Enrollment, own)
        .where(User.id == user_id)
    ).one()
    clock = AttemptClock(now, spec.time_limit, Fraction(row.time_factor_percent, 100))
    running = standing.running
    return Overview(
        spec=spec,
        course_title=row.title or "",
        is_enrolled=row.id is not None,
        standing=standing,
        allowed=clock.allowed,
        time_factor=row.time_factor_percent,
        resume_at=first_unanswered(session, running.id) if running else 1,
    )


def first_unanswered(session: Session, attempt_id: UUID) -> int:
    """The first place without an answer, or 1 when all have one."""
    own = AttemptItem.attempt_id == attempt_id
    return session.scalar(select(func.min(AttemptItem.position)).where(own, AttemptItem.saved_at.is_(None))) or 1


def result(session: Session, user_id: UUID, found: Sitting, now: datetime) -> Result:
    """The outcome of the person's own attempt; raises NotFound while it is not graded."""
    grade = current_grade(session, found.id)
    if grade is None:
        raise NotFound
    live = content.quiz(session, grade.quiz_key)
    spec = quiz_from_dict(live.payload) if live is not None else found.spec
    standing = standing_of(spec, attempts_of(session, user_id, [grade.quiz_key]), now)
    # A retired quiz cannot be started again, so only a running attempt is left to protect.
    left = standing.still_to_come if live is not None else int(standing.running is not None)
    allowed = shown(found.spec, submitted=not found.is_open, passed=standing.passed, attempts_left=left)
    views = _views(session, found, grade, allowed) if allowed.correctness else ()
    lessons = content.lesson_faces(session, {view["item"].get("lesson") for view in views} - {None, ""})
    return Result(found, grade, standing, allowed, live is not None, views, lessons)


def _views(session: Session, found: Sitting, grade: Grade, allowed: Shown) -> tuple[dict[str, Any], ...]:
    rows = items_of(session, found.id)
    items = definitions_of(session, [row.item_version_id for row in rows])
    views = []
    for row in rows:
        item = items[row.item_version_id]
        response = item.response_from_json(row.response or {})
        view = item_view(item, response, item.grade(response), allowed, found.seed)
        # What an item earned is what the grade says: a correction may have changed it since.
        earned = Fraction(grade.report["items"][item.id]["fraction"]) * item.points
        views.append({"position": row.position, "earned": floor_text(earned, 2), **view})
    return tuple(views)


def overdue(session: Session, before: datetime, limit: int = 1_000) -> list[UUID]:
    """Open attempts whose deadline lies before an instant, oldest deadline first."""
    query = (
        select(Attempt.id)
        .where(Attempt.state == "open", Attempt.deadline_at < before)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    )
    return list(session.scalars(query))
