"""Enroll, finish lessons and courses, and turn lesson text into what is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Kind
from app.domain import progress
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.events import LessonCompleted
from app.infra.audit import AuditTag, record
from app.infra.cache import Lru
from app.infra.jobs.outbox import publish
from app.infra.markdown import render_lesson
from app.learning import queries
from app.learning.models import Enrollment, LessonProgress
from app.learning.queries import CourseLink, CourseOutline

# All lessons of the program fit in several times over; a text is about 50 kB.
KEPT_LESSONS = 400


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact of a lesson comes from; `as_read` is the day on which it was read there."""

    title: str
    ref: str
    url: str
    note: str
    as_read: date | None


@dataclass(frozen=True, slots=True)
class LessonText:
    """What a lesson says: its front matter and its body as safe HTML."""

    html: str
    objectives: tuple[str, ...]
    summary: tuple[str, ...]
    sources: tuple[Source, ...]
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Locks:
    """What has to be finished before a lesson can be done; empty when it is open."""

    courses: tuple[CourseLink, ...] = ()
    lessons: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.courses or self.lessons)

    @property
    def sentence(self) -> str:
        """The reason in words."""
        first = [course.title for course in self.courses] or [title for _key, title in self.lessons]
        return f"This lesson opens when you have finished: {', '.join(first)}."


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of finishing a lesson; `following` is the lesson after it, `left` the lessons still to do."""

    course_key: str
    course_title: str
    following: str | None
    left: int
    finished_course: bool


_texts: Lru[tuple[UUID, UUID | None], LessonText] = Lru(KEPT_LESSONS)


def lesson_text(
    session: Session,
    version_id: UUID,
    glossary_id: UUID | None,
    *,
    lesson_url: Callable[[str], str],
    glossary_url: Callable[[str], str],
) -> LessonText:
    """Return the text of a lesson version, with the terms of a version of the glossary linked.

    Versions never change, so it is rendered once and kept; then no statement runs. Raises NotFound.
    """

    def make() -> LessonText:
        lesson = content.pinned(session, version_id)
        if lesson is None:
            raise NotFound
        payload = lesson.payload
        body = render_lesson(
            payload["body"],
            figures=payload["figures"],
            glossary=content.glossary_index(content.glossary(session)),
            lesson_url=lesson_url,
            glossary_url=glossary_url,
        )
        return LessonText(
            html=body,
            objectives=tuple(objective["text"] for objective in payload["objectives"]),
            summary=tuple(payload["summary"]),
            sources=tuple(_source(source) for source in payload["sources"]),
            requires=tuple(payload["requires"]),
        )

    return _texts.get((version_id, glossary_id), make)


def _source(data: dict[str, Any]) -> Source:
    as_read = date.fromisoformat(data["as_read"]) if data.get("as_read") else None
    return Source(data["title"], data.get("ref") or "", data.get("url") or "", data.get("note") or "", as_read)


def locks_of(session: Session, actor: Actor, outline: CourseOutline, requires: Sequence[str]) -> Locks:
    """Say what keeps a lesson closed to a person: required courses not finished, required lessons not done."""
    if not outline.missing and not requires:
        return Locks()
    here = {line.key for line in outline.lessons if line.done_at is not None}
    left = progress.missing(requires, here)
    left = progress.missing(left, queries.done_lessons(session, actor.user_id, left))
    return Locks(outline.missing, queries.lesson_links(session, left))


def enroll(session: Session, actor: Actor, course_key: str, *, now: datetime) -> Enrollment:
    """Enroll the person in a course, in the version that is live; twice is once. Raises NotFound.

    Enrolling is allowed always: what a course requires locks its lessons, not the decision to take it.
    """
    outline = queries.course_outline(session, actor.user_id, course_key)
    if outline is None:
        raise NotFound
    return _enroll(session, actor, outline, now)


def _enroll(session: Session, actor: Actor, outline: CourseOutline, now: datetime) -> Enrollment:
    """Return the enrollment, new or old, locked until the end of the transaction."""
    found = queries.enrollment(session, actor.user_id, outline.key, lock=True)
    if found is not None:
        return found
    fresh = Enrollment(
        user_id=actor.user_id, course_key=outline.key, course_version_id=outline.version_id, started_at=now
    )
    try:
        with session.begin_nested():
            session.add(fresh)
            session.flush()  # asks the unique index now, while only this row can be undone
    except IntegrityError:
        found = queries.enrollment(session, actor.user_id, outline.key, lock=True)
        if found is None:
            raise
        return found
    record(
        session,
        actor,
        AuditTag.ENROLLED,
        now=now,
        target_kind="enrollment",
        target_id=fresh.id,
        course=outline.key,
    )
    return fresh


def complete_lesson(session: Session, actor: Actor, lesson_key: str, *, now: datetime) -> Completion:
    """Mark a lesson as done and credit its hours; the last one finishes the course. Twice is once.

    Enrolls by itself. Raises NotFound for a lesson that is not live, Conflict while it is locked.
    """
    outline = queries.outline_around(session, actor.user_id, lesson_key)
    if outline is None:
        raise NotFound
    place = outline.place(lesson_key)
    lesson = content.pinned(session, place.line.version_id)
    if lesson is None:
        raise NotFound
    locks = locks_of(session, actor, outline, lesson.payload["requires"])
    if locks and place.line.done_at is None:
        raise Conflict(locks.sentence, code="locked")
    enrollment = _enroll(session, actor, outline, now)
    # Read again under the lock: another tab may have finished lessons since the outline was read.
    rows = queries.progress_in_course(session, actor.user_id, outline.key)
    done = {row.lesson_key for row in rows} | {line.key for line in outline.lessons if line.done_at is not None}
    left = sum(line.key not in done for line in outline.lessons if line.key != lesson_key)
    if lesson_key not in done:
        _write_progress(session, actor, outline, place.line, left == 0 or enrollment.finished_at is not None, rows, now)
    just_finished = left == 0 and enrollment.finished_at is None
    if just_finished:
        enrollment.finished_at = now
    if just_finished or lesson_key not in done:
        publish(session, LessonCompleted(actor.user_id.hex, place.line.version_id.hex), now=now)
    following = place.after.key if place.after is not None else None
    return Completion(outline.key, outline.title, following, left, just_finished)


def _write_progress(
    session: Session,
    actor: Actor,
    outline: CourseOutline,
    line: queries.LessonLine,
    settles: bool,
    before: Sequence[LessonProgress],
    now: datetime,
) -> None:
    hours = outline.payload["hours"]
    if settles:
        minutes = progress.settled_minutes(hours, line.minutes, sum(row.minutes for row in before))
    else:
        minutes = progress.credited_minutes(hours, line.minutes, sum(other.minutes for other in outline.lessons))
    session.add(
        LessonProgress(
            user_id=actor.user_id,
            lesson_key=line.key,
            course_key=outline.key,
            lesson_version_id=line.version_id,
            minutes=minutes,
            opened_at=now,
            done_at=now,
        )
    )


def finish_after_release(session: Session, *, now: datetime) -> int:
    """Finish the courses whose last open lesson was retired by a release; return how many, at most 200.

    Nobody could finish them any more by reading. The lesson done last gets the hours that are left.
    """
    found = queries.complete_but_open(session)
    courses = {key: content.current(session, Kind.COURSE, key) for key in {e.course_key for e in found}}
    for enrollment in found:
        course = courses[enrollment.course_key]
        rows = queries.progress_in_course(session, enrollment.user_id, enrollment.course_key)
        enrollment.finished_at = now
        if course is None or not rows:
            continue
        last = rows[-1]
        before = sum(row.minutes for row in rows[:-1])
        last.minutes = progress.settled_minutes(course.payload["hours"], last.minutes, before)
        publish(session, LessonCompleted(enrollment.user_id.hex, last.lesson_version_id.hex), now=now)
    return len(found)
