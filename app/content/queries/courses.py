"""Courses and lessons that are live now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import Session, aliased, undefer

from app.content.models import Definition, Kind
from app.content.queries.faces import CourseFace, CoursePage, LessonFace, Version
from app.content.queries.versions import current, version_of_row
from app.infra.cache import Lru

_course = Definition.__table__.alias("course")


_lesson = Definition.__table__.alias("lesson")


_totals = (
    select(
        _lesson.c.parent,
        func.count().label("lesson_count"),
        func.sum(_lesson.c.minutes).label("minutes"),
    )
    .where(_lesson.c.kind == Kind.LESSON.value, _lesson.c.is_current)
    .group_by(_lesson.c.parent)
    .subquery()
)


# Built once, and on tables: every student's first page asks for it.
_CATALOG = (
    select(_course.c.id, _course.c.key, _course.c.version, _course.c.title, _totals.c.lesson_count, _totals.c.minutes)
    .select_from(_course.outerjoin(_totals, _totals.c.parent == _course.c.key))
    .where(_course.c.kind == Kind.COURSE.value, _course.c.is_current)
    .order_by(_course.c.position, _course.c.key)
)


_COURSE_PAYLOADS = select(_course.c.id, _course.c.payload).where(
    _course.c.id.in_(bindparam("ids", expanding=True, type_=Uuid()))
)


# A version of a course never changes, so its payload is read once for each process.
_course_payloads: Lru[UUID, Mapping[str, Any]] = Lru(200)


def catalog(session: Session) -> list[CourseFace]:
    """All live courses in order, each with the number and the minutes of its lessons; one statement, two at first."""
    rows = session.execute(_CATALOG).all()
    payloads = _course_payloads.get_many([row.id for row in rows], lambda ids: _payloads_of(session, ids))
    return [_course_face(row, payloads[row.id]) for row in rows]


def _payloads_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    return {row.id: row.payload for row in session.execute(_COURSE_PAYLOADS, {"ids": ids})}


def _course_face(row: Any, data: Mapping[str, Any]) -> CourseFace:
    return CourseFace(
        id=row.id,
        key=row.key,
        version=row.version,
        title=row.title,
        code=data["code"],
        tier=data["tier"],
        topic=data["topic"],
        hours=data["hours"],
        summary=data["summary"],
        requires=tuple(data["requires"]),
        quiz=data["quiz"],
        lesson_count=row.lesson_count or 0,
        minutes=int(row.minutes or 0),
    )


def course_by_slug(session: Session, slug: str) -> CoursePage | None:
    """A live course and its lessons, or None; two statements."""
    course = current(session, Kind.COURSE, slug)
    return CoursePage(course, tuple(outline(session, slug))) if course is not None else None


def outline(session: Session, course: str) -> list[LessonFace]:
    """The live lessons of a course in order."""
    return _lesson_faces(session, [course])


def lessons_of(session: Session, courses: Collection[str]) -> dict[str, list[LessonFace]]:
    """The live lessons of several courses, in order, by course; one statement."""
    found: dict[str, list[LessonFace]] = {course: [] for course in courses}
    for face in _lesson_faces(session, courses):
        found[face.course].append(face)
    return found


_LESSON_COLUMNS = (
    Definition.id,
    Definition.key,
    Definition.version,
    Definition.title,
    Definition.parent,
    Definition.position,
    Definition.step,
    Definition.topic,
    Definition.minutes,
)


def _lesson_faces(session: Session, courses: Collection[str]) -> list[LessonFace]:
    if not courses:
        return []
    query = (
        select(*_LESSON_COLUMNS)
        .where(Definition.kind == Kind.LESSON.value, Definition.is_current, Definition.parent.in_(courses))
        .order_by(Definition.parent, Definition.position)
    )
    return [LessonFace(*row) for row in session.execute(query)]


def lesson_faces(session: Session, keys: Collection[str]) -> dict[str, LessonFace]:
    """Live lessons by id, for links to them (what to read again, what comes first)."""
    if not keys:
        return {}
    query = select(*_LESSON_COLUMNS).where(
        Definition.kind == Kind.LESSON.value, Definition.is_current, Definition.key.in_(keys)
    )
    return {row.key: LessonFace(*row) for row in session.execute(query)}


def first_lessons(session: Session, sections: Collection[str]) -> dict[str, LessonFace]:
    """For each step or area, the first live lesson about it in the order of the courses: where to read again."""
    course = aliased(Definition)
    query = (
        select(*_LESSON_COLUMNS)
        .join(course, (course.key == Definition.parent) & (course.kind == Kind.COURSE.value) & course.is_current)
        .where(Definition.kind == Kind.LESSON.value, Definition.is_current, Definition.step.in_(sections))
        .order_by(course.position, Definition.position)
    )
    found: dict[str, LessonFace] = {}
    for row in session.execute(query) if sections else ():
        found.setdefault(row.step, LessonFace(*row))
    return found


def lesson(session: Session, lesson_id: str, version: int | None = None) -> Version | None:
    """A lesson, live or at a given version, or None. Its payload has the body and the checked figures."""
    if version is None:
        return current(session, Kind.LESSON, lesson_id)
    query = select(Definition).where(
        Definition.kind == Kind.LESSON.value, Definition.key == lesson_id, Definition.version == version
    )
    row = session.scalar(query.options(undefer(Definition.payload)))
    return version_of_row(row) if row is not None else None
