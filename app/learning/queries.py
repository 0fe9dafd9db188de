"""Reads of courses and lessons together with a person's progress through them.

Progress is always counted against the lessons that are live now, so every page says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import RoleGrant, User
from app.content import queries as content
from app.content.models import Definition, Kind
from app.content.queries import CourseFace, Term
from app.domain import progress
from app.domain.access.actor import Role
from app.infra.cache import Lru
from app.learning.models import Enrollment, LessonProgress


@dataclass(frozen=True, slots=True)
class CourseLink:
    """A course that is named on a page about something else."""

    key: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in the catalog with the person's progress; `missing` are required courses not finished yet."""

    course: CourseFace
    done: int
    started_at: datetime | None
    finished_at: datetime | None
    last_at: datetime | None
    missing: tuple[CourseLink, ...]

    @property
    def is_enrolled(self) -> bool:
        """True when the person takes the course."""
        return self.started_at is not None


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in the outline of its course; `version_id` is the live version, `done_at` when it was done."""

    version_id: UUID
    key: str
    title: str
    position: int
    step: str
    minutes: int
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """A lesson with its number in the course and its neighbors."""

    line: LessonLine
    number: int
    before: LessonLine | None
    after: LessonLine | None


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """A live course with its lessons and the person's place in it."""

    version_id: UUID
    key: str
    title: str
    payload: Mapping[str, Any]
    glossary_id: UUID | None
    lessons: tuple[LessonLine, ...]
    started_at: datetime | None
    finished_at: datetime | None
    missing: tuple[CourseLink, ...]

    @property
    def done(self) -> int:
        """How many of the live lessons are done."""
        return sum(line.done_at is not None for line in self.lessons)

    @property
    def next_line(self) -> LessonLine | None:
        """The first lesson that is not done."""
        return next((line for line in self.lessons if line.done_at is None), None)

    def place(self, lesson_key: str) -> LessonPlace:
        """Where a lesson stands among the others; raises KeyError."""
        keys = [line.key for line in self.lessons]
        if lesson_key not in keys:
            raise KeyError(lesson_key)
        at = keys.index(lesson_key)
        before = self.lessons[at - 1] if at > 0 else None
        after = self.lessons[at + 1] if at + 1 < len(keys) else None
        return LessonPlace(self.lessons[at], at + 1, before, after)


@dataclass(frozen=True, slots=True)
class NextUp:
    """The lesson to go on with; `number` of `count` in its course, `is_first` when nothing was done in it yet."""

    course: CourseLink
    lesson: LessonLine
    number: int
    count: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """One course that a student takes, as the cohort page shows it."""

    course: CourseLink
    done: int
    lessons: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudentLine:
    """A student in the cohort; (`enrolled_at`, `enrollment_id`) is the key of the list."""

    user_id: UUID
    name: str
    enrolled_at: datetime
    enrollment_id: UUID
    last_at: datetime
    courses: tuple[Taken, ...]

    @property
    def done(self) -> int:
        """Lessons done in the courses taken."""
        return sum(course.done for course in self.courses)

    @property
    def lessons(self) -> int:
        """Lessons in the courses taken."""
        return sum(course.lessons for course in self.courses)

    @property
    def finished(self) -> int:
        """Courses finished."""
        return sum(course.finished_at is not None for course in self.courses)


def _live(kind: Kind) -> ColumnElement[bool]:
    return and_(Definition.kind == kind.value, Definition.is_current)


# --- one person ------------------------------------------------------------------------------------------------


def enrollments_of(session: Session, user_id: UUID) -> dict[str, tuple[datetime, datetime | None]]:
    """When the person enrolled in and finished each course."""
    rows = session.execute(_TAKEN, {"user": user_id})
    return {row.course_key: (row.started_at, row.finished_at) for row in rows}


def done_by_course(session: Session, user_id: UUID) -> dict[str, tuple[int, datetime]]:
    """For each course how many of its live lessons the person has done, and when the last of them."""
    rows = session.execute(_DONE_BY_COURSE, {"user": user_id})
    return {course: (count, last) for course, count, last in rows if last is not None}


def catalog(session: Session, user_id: UUID) -> list[CourseCard]:
    """All live courses in order with the person's progress; three statements."""
    faces = content.catalog(session)
    taken = enrollments_of(session, user_id)
    done = done_by_course(session, user_id)
    links = {face.key: CourseLink(face.key, face.code, face.title) for face in faces}
    finished = {key for key, (_started, finished_at) in taken.items() if finished_at is not None}
    return [
        CourseCard(
            course=face,
            done=done[face.key][0] if face.key in done else 0,
            started_at=taken[face.key][0] if face.key in taken else None,
            finished_at=taken[face.key][1] if face.key in taken else None,
            last_at=done[face.key][1] if face.key in done else None,
            missing=_links(progress.missing(face.requires, finished), links),
        )
        for face in faces
    ]


def _links(keys: Iterable[str], known: dict[str, CourseLink]) -> tuple[CourseLink, ...]:
    return tuple(known[key] for key in keys if key in known)


def next_up(session: Session, cards: Sequence[CourseCard], user_id: UUID) -> NextUp | None:
    """The lesson to go on with: in the course used last, else in the first one that is open; one statement.

    `cards` is the person's catalog. None when there is nothing left to read.
    """
    open_cards = [c for c in cards if not c.missing and c.finished_at is None and c.done < c.course.lesson_count]
    taken = [card for card in open_cards if card.started_at is not None]
    used = max(taken, key=lambda card: max(filter(None, (card.started_at, card.last_at))), default=None)
    card = used or next(iter(open_cards), None)
    if card is None:
        return None
    lines = outline_lines(session, user_id, card.course.key)
    number, line = next((n, line) for n, line in enumerate(lines, start=1) if line.done_at is None)
    link = CourseLink(card.course.key, card.course.code, card.course.title)
    return NextUp(link, line, number, len(lines), card.done == 0)


# The page of a lesson is the one that is opened most. Its statements are built once, on tables instead of entities:
# putting a statement together costs more than running it.
_lesson = Definition.__table__.alias("lesson")
_home = Definition.__table__.alias("home")
_course = Definition.__table__.alias("course")
_words = Definition.__table__.alias("words")
_done = LessonProgress.__table__.alias("done")
_taken_by_me = Enrollment.__table__.alias("taken")

_TAKEN = select(_taken_by_me.c.course_key, _taken_by_me.c.started_at, _taken_by_me.c.finished_at).where(
    _taken_by_me.c.user_id == bindparam("user")
)
_DONE_BY_COURSE = (
    select(_lesson.c.parent, func.count(), func.max(_done.c.done_at))
    .join_from(_lesson, _done, _done.c.lesson_key == _lesson.c.key)
    .where(
        _lesson.c.kind == Kind.LESSON.value,
        _lesson.c.is_current,
        _done.c.user_id == bindparam("user"),
        _done.c.done_at.is_not(None),
    )
    .group_by(_lesson.c.parent)
)

_COURSE: ColumnElement[str] = bindparam("course", type_=String)
_COURSE_OF_LESSON: ColumnElement[str] = (
    select(_home.c.parent)
    .where(_home.c.kind == Kind.LESSON.value, _home.c.key == bindparam("lesson"), _home.c.is_current)
    .scalar_subquery()
)


def _lines(course: ColumnElement[str]) -> Select[Any]:
    mine = and_(_done.c.user_id == bindparam("user"), _done.c.lesson_key == _lesson.c.key)
    columns = (_lesson.c[name] for name in ("id", "key", "title", "position", "step", "minutes"))
    return (
        select(*columns, _done.c.done_at)
        .select_from(_lesson.outerjoin(_done, mine))
        .where(_lesson.c.kind == Kind.LESSON.value, _lesson.c.is_current, _lesson.c.parent == course)
        .order_by(_lesson.c.position)
    )


def _place(course: ColumnElement[str]) -> Select[Any]:
    """One row for each course that the person takes (at least one), each with the course asked for."""
    glossary = (
        select(_words.c.id)
        .where(_words.c.kind == Kind.GLOSSARY.value, _words.c.key == "glossary", _words.c.is_current)
        .scalar_subquery()
    )
    facts = (_course.c.id, _course.c.key, _course.c.title, glossary.label("glossary_id"))
    return (
        select(*facts, _taken_by_me.c.course_key, _taken_by_me.c.started_at, _taken_by_me.c.finished_at)
        .select_from(_course.outerjoin(_taken_by_me, _taken_by_me.c.user_id == bindparam("user")))
        .where(_course.c.kind == Kind.COURSE.value, _course.c.is_current, _course.c.key == course)
    )


_LINES_OF_COURSE, _LINES_AROUND_LESSON = _lines(_COURSE), _lines(_COURSE_OF_LESSON)
_PLACE_IN_COURSE, _PLACE_AROUND_LESSON = _place(_COURSE), _place(_COURSE_OF_LESSON)
# A version of a course never changes, so its payload is read once for each process.
_payloads: Lru[UUID, Mapping[str, Any]] = Lru(200)


def outline_lines(session: Session, user_id: UUID, course_key: str) -> tuple[LessonLine, ...]:
    """The live lessons of a course in order, with when the person did each; one statement."""
    rows = session.execute(_LINES_OF_COURSE, {"user": user_id, "course": course_key})
    return tuple(LessonLine(*row) for row in rows)


def course_outline(session: Session, user_id: UUID, course_key: str) -> CourseOutline | None:
    """A live course with the person's place in it, or None; two statements, four when courses are missing or new."""
    lines = outline_lines(session, user_id, course_key)
    rows = session.execute(_PLACE_IN_COURSE, {"user": user_id, "course": course_key})
    return _outline(session, rows.all(), lines)


def outline_around(session: Session, user_id: UUID, lesson_key: str) -> CourseOutline | None:
    """The course of a live lesson, or None when there is no such lesson; as many statements, no lesson text."""
    values = {"user": user_id, "lesson": lesson_key}
    lines = tuple(LessonLine(*row) for row in session.execute(_LINES_AROUND_LESSON, values))
    return _outline(session, session.execute(_PLACE_AROUND_LESSON, values).all(), lines) if lines else None


def _outline(session: Session, rows: Sequence[Row[Any]], lines: tuple[LessonLine, ...]) -> CourseOutline | None:
    if not rows:
        return None
    course = rows[0]
    payload = _payloads.get(course.id, lambda: content.pinned_many(session, [course.id])[course.id].payload)
    own = next((row for row in rows if row.course_key == course.key), None)
    finished = {row.course_key for row in rows if row.finished_at is not None}
    return CourseOutline(
        version_id=course.id,
        key=course.key,
        title=course.title,
        payload=payload,
        glossary_id=course.glossary_id,
        lessons=lines,
        started_at=own.started_at if own is not None else None,
        finished_at=own.finished_at if own is not None else None,
        missing=course_links(session, progress.missing(payload["requires"], finished)),
    )


def course_links(session: Session, keys: Sequence[str]) -> tuple[CourseLink, ...]:
    """Live courses by id in the order asked for; no statement for none."""
    if not keys:
        return ()
    query = select(Definition.key, Definition.payload["code"].as_string(), Definition.title)
    rows = session.execute(query.where(_live(Kind.COURSE), Definition.key.in_(keys)))
    return _links(keys, {row[0]: CourseLink(*row) for row in rows})


def lesson_links(session: Session, keys: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Live lessons by id as (id, title) in the order asked for; no statement for none."""
    faces = content.lesson_faces(session, keys)
    return tuple((key, faces[key].title) for key in keys if key in faces)


def done_lessons(session: Session, user_id: UUID, keys: Sequence[str]) -> frozenset[str]:
    """Which of some lessons the person has done, live or not; no statement for none."""
    if not keys:
        return frozenset()
    query = select(LessonProgress.lesson_key).where(
        LessonProgress.user_id == user_id, LessonProgress.lesson_key.in_(keys), LessonProgress.done_at.is_not(None)
    )
    return frozenset(session.scalars(query))


def glossary_by_letter(session: Session) -> list[tuple[str, list[Term]]]:
    """All live terms in alphabetical order under their first letter; "#" for what begins with none."""
    found: dict[str, list[Term]] = {}
    for term in content.glossary(session):
        first = next((c for c in term.term if c.isalnum()), "#").upper()
        found.setdefault(first if first.isalpha() else "#", []).append(term)
    return sorted(found.items())


# --- for changes -----------------------------------------------------------------------------------------------


def enrollment(session: Session, user_id: UUID, course_key: str, *, lock: bool = False) -> Enrollment | None:
    """The person's enrollment in a course, or None; `lock` makes changes to one course stand in line."""
    query = select(Enrollment).where(Enrollment.user_id == user_id, Enrollment.course_key == course_key)
    return session.scalar(query.with_for_update() if lock else query)


def progress_in_course(session: Session, user_id: UUID, course_key: str) -> list[LessonProgress]:
    """What the person has done in a course, also in lessons that have gone since, the last one last."""
    query = (
        select(LessonProgress)
        .where(
            LessonProgress.user_id == user_id,
            LessonProgress.course_key == course_key,
            LessonProgress.done_at.is_not(None),
        )
        .order_by(LessonProgress.done_at, LessonProgress.id)
    )
    return list(session.scalars(query))


def complete_but_open(session: Session, size: int = 200) -> list[Enrollment]:
    """Enrollments not finished although every live lesson of the course is done: a lesson was retired."""
    same = and_(
        LessonProgress.user_id == Enrollment.user_id,
        LessonProgress.lesson_key == Definition.key,
        LessonProgress.done_at.is_not(None),
    )
    of_course = and_(_live(Kind.LESSON), Definition.parent == Enrollment.course_key)
    is_done = select(LessonProgress.id).where(same).correlate(Definition, Enrollment).exists()
    query = (
        select(Enrollment)
        .where(
            Enrollment.finished_at.is_(None),
            select(Definition.id).where(of_course).exists(),
            ~select(Definition.id).where(of_course, ~is_done).correlate(Enrollment).exists(),
        )
        .order_by(Enrollment.id)
        .limit(size)
        .with_for_update()
    )
    return list(session.scalars(query))


# --- the cohort ------------------------------------------------------------------------------------------------


def cohort(session: Session, *, after: tuple[datetime, str] | None = None, size: int = 30) -> list[StudentLine]:
    """Students by their newest enrollment, newest first, one more than `size` when there are more; four statements."""
    rows = session.execute(_students(after, size)).all()
    ids = [row.user_id for row in rows]
    courses, last = _taken(session, ids)
    return [
        StudentLine(
            user_id=row.user_id,
            name=row.name,
            enrolled_at=row.started_at,
            enrollment_id=row.id,
            last_at=max(row.started_at, last.get(row.user_id, row.started_at)),
            courses=tuple(courses[row.user_id]),
        )
        for row in rows
    ]


def _students(after: tuple[datetime, str] | None, size: int) -> Any:
    """One row for each student: the enrollment that no newer one of the same person follows."""
    newer = aliased(Enrollment)
    is_student = select(RoleGrant.id).where(
        RoleGrant.user_id == User.id, RoleGrant.role == Role.STUDENT.value, RoleGrant.ended_at.is_(None)
    )
    follows = select(newer.id).where(
        newer.user_id == Enrollment.user_id,
        tuple_(newer.started_at, newer.id) > tuple_(Enrollment.started_at, Enrollment.id),
    )
    query = (
        select(Enrollment.id, Enrollment.user_id, Enrollment.started_at, User.name)
        .join(User, User.id == Enrollment.user_id)
        .where(User.disabled_at.is_(None), is_student.exists(), ~follows.exists())
        .order_by(Enrollment.started_at.desc(), Enrollment.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Enrollment.started_at, Enrollment.id) < tuple_(after[0], UUID(after[1])))
    return query


def _taken(session: Session, ids: Sequence[UUID]) -> tuple[dict[UUID, list[Taken]], dict[UUID, datetime]]:
    """The courses that each of some people takes, in order, and when each was last active; three statements."""
    courses: dict[UUID, list[Taken]] = {user_id: [] for user_id in ids}
    last: dict[UUID, datetime] = {}
    if not ids:
        return courses, last
    counted = (
        select(LessonProgress.user_id, Definition.parent, func.count(), func.max(LessonProgress.done_at))
        .join(Definition, and_(_live(Kind.LESSON), Definition.key == LessonProgress.lesson_key))
        .where(LessonProgress.user_id.in_(ids), LessonProgress.done_at.is_not(None))
        .group_by(LessonProgress.user_id, Definition.parent)
    )
    done: dict[tuple[UUID, str], int] = {}
    for user_id, course, count, at in session.execute(counted):
        done[user_id, course] = count
        last[user_id] = max(filter(None, (at, last.get(user_id))))
    totals = select(Definition.parent, func.count()).where(_live(Kind.LESSON)).group_by(Definition.parent)
    lessons: dict[str, int] = {row[0]: row[1] for row in session.execute(totals)}
    taken = (
        select(
            Enrollment.user_id,
            Enrollment.finished_at,
            Definition.key,
            Definition.payload["code"].as_string().label("code"),
            Definition.title,
        )
        .join(Definition, and_(_live(Kind.COURSE), Definition.key == Enrollment.course_key))
        .where(Enrollment.user_id.in_(ids))
        .order_by(Definition.position, Definition.key)
    )
    for row in session.execute(taken):
        link = CourseLink(row.key, row.code, row.title)
        count = done.get((row.user_id, row.key), 0)
        courses[row.user_id].append(Taken(link, count, lessons.get(row.key, 0), row.finished_at))
    return courses, last
