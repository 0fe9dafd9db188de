"""Reads of definitions: what is live now, and what a record was pinned to.

Everything returned is a plain value; payloads are the canonical form that the content files were turned into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, literal, select
from sqlalchemy.orm import Session, aliased, undefer

from app.content.models import Definition, Kind, Release
from app.domain.assessment.selection import ItemRef
from app.domain.content.schema_lessons import term_slug
from app.domain.practice.client import ClientCard, ClientKey, card_from_dict, key_from_dict
from app.infra.cache import Lru


@dataclass(frozen=True, slots=True)
class Version:
    """One definition at one version. `id` is what records pin; `key` is the id of the files."""

    id: UUID
    kind: str
    key: str
    version: int
    title: str
    parent: str
    payload: Mapping[str, Any]
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class LessonFace:
    """A lesson as a list shows it."""

    id: UUID
    key: str
    version: int
    title: str
    course: str
    position: int
    step: str
    topic: str
    minutes: int


@dataclass(frozen=True, slots=True)
class CourseFace:
    """A course as the catalog shows it; minutes is the sum of its lessons, hours what the course counts for."""

    id: UUID
    key: str
    version: int
    title: str
    code: str
    tier: str
    topic: str
    hours: float
    summary: str
    requires: tuple[str, ...]
    quiz: str | None
    lesson_count: int
    minutes: int


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A course with its lessons in order."""

    course: Version
    lessons: tuple[LessonFace, ...]


@dataclass(frozen=True, slots=True)
class QuizFace:
    """A quiz as a list shows it; `kind` is formative, graded or exam; minutes 0 means no limit."""

    id: UUID
    key: str
    version: int
    title: str
    course: str
    kind: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary term with the fragment by which it is linked."""

    slug: str
    term: str
    aliases: tuple[str, ...]
    meaning: str
    see: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReleaseFace:
    """A release as the list of releases shows it."""

    id: UUID
    number: int
    created_at: datetime
    actor_id: UUID | None
    note: str
    counts: Mapping[str, Any]


def _version(row: Definition) -> Version:
    return Version(row.id, row.kind, row.key, row.version, row.title, row.parent, row.payload, row.is_current)


def current(session: Session, kind: Kind, key: str) -> Version | None:
    """The live version of a definition, or None."""
    query = select(Definition).where(Definition.kind == kind.value, Definition.key == key, Definition.is_current)
    row = session.scalar(query.options(undefer(Definition.payload)))
    return _version(row) if row is not None else None


def currents(session: Session, kind: Kind) -> list[Version]:
    """All live definitions of a kind in the order of the files."""
    query = (
        select(Definition)
        .where(Definition.kind == kind.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
        .options(undefer(Definition.payload))
    )
    return [_version(row) for row in session.scalars(query)]


def pinned(session: Session, version_id: UUID) -> Version | None:
    """The very version that a record points at, live or not; None for an unknown id."""
    found = pinned_many(session, [version_id])
    return found.get(version_id)


def pinned_many(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Version]:
    """Many pinned versions in one statement, by id."""
    wanted = list(version_ids)
    if not wanted:
        return {}
    query = select(Definition).where(Definition.id.in_(wanted)).options(undefer(Definition.payload))
    return {row.id: _version(row) for row in session.scalars(query)}


def versions_of(session: Session, kind: Kind, key: str) -> list[Version]:
    """Every version of a definition, the newest first."""
    query = (
        select(Definition)
        .where(Definition.kind == kind.value, Definition.key == key)
        .order_by(Definition.version.desc())
        .options(undefer(Definition.payload))
    )
    return [_version(row) for row in session.scalars(query)]


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
    return _version(row) if row is not None else None


def quiz(session: Session, quiz_id: str) -> Version | None:
    """A live quiz, or None."""
    return current(session, Kind.QUIZ, quiz_id)


def quiz_faces(session: Session) -> list[QuizFace]:
    """All live quizzes."""
    query = (
        select(
            Definition.id,
            Definition.key,
            Definition.version,
            Definition.title,
            Definition.parent,
            Definition.subtype,
            Definition.minutes,
        )
        .where(Definition.kind == Kind.QUIZ.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    return [QuizFace(*row) for row in session.execute(query)]


def item_pool(session: Session, banks: Collection[str], *, tags: bool = True) -> list[ItemRef]:
    """The live items of some banks, as far as drawing needs to know them; one statement, no whole payload.

    Objective and lesson are read out of each payload, which doubles the time; leave `tags` out when no draw asks.
    """
    if not banks:
        return []
    tag_columns = [
        (Definition.payload[name].as_string() if tags else literal("")).label(name) for name in ("objective", "lesson")
    ]
    query = (
        select(
            Definition.key,
            Definition.id,
            Definition.parent,
            Definition.step,
            Definition.difficulty,
            Definition.is_safety,
            Definition.topic,
            Definition.subtype,
            *tag_columns,
        )
        .where(Definition.kind == Kind.ITEM.value, Definition.is_current, Definition.parent.in_(banks))
        .order_by(Definition.parent, Definition.position)
    )
    return [
        ItemRef(
            id=row.key,
            version_id=str(row.id),
            bank=row.parent,
            step=row.step,
            difficulty=row.difficulty,
            safety=row.is_safety,
            topic=row.topic,
            objective=row.objective,
            lesson=row.lesson,
            type=row.subtype,
        )
        for row in session.execute(query)
    ]


def exercises(session: Session) -> list[Version]:
    """All live exercises in order."""
    return currents(session, Kind.EXERCISE)


def exercise(session: Session, exercise_id: str) -> Version | None:
    """A live exercise, or None."""
    return current(session, Kind.EXERCISE, exercise_id)


def rubric(session: Session) -> Version | None:
    """The live rubric, or None before the first release."""
    found = currents(session, Kind.RUBRIC)
    return found[0] if found else None


def defects(session: Session) -> Version | None:
    """The live defect codes, or None."""
    return current(session, Kind.DEFECTS, "defects")


def certification(session: Session, tier: str) -> Version | None:
    """The live requirements of a tier, or None."""
    return current(session, Kind.CERTIFICATION, tier)


def certifications(session: Session) -> list[Version]:
    """The live requirements of all tiers, the lowest first."""
    return currents(session, Kind.CERTIFICATION)


def glossary(session: Session) -> list[Term]:
    """All live terms in alphabetical order."""
    found = current(session, Kind.GLOSSARY, "glossary")
    rows = found.payload["terms"] if found is not None else []
    names = {name.casefold(): row["term"] for row in rows for name in (row["term"], *row["aliases"])}
    terms = [
        Term(
            slug=term_slug(row["term"]),
            term=row["term"],
            aliases=tuple(row["aliases"]),
            meaning=row["meaning"],
            see=tuple((term_slug(names[s.casefold()]), names[s.casefold()]) for s in row["see"]),
        )
        for row in rows
    ]
    return sorted(terms, key=lambda term: term.term.casefold())


def glossary_index(terms: Iterable[Term]) -> dict[str, tuple[str, str]]:
    """Each name and alias with slug and meaning, what lessons link by: in lower case, abbreviations as written."""
    names = ((name if name.isupper() else name.casefold(), t) for t in terms for name in (t.term, *t.aliases))
    return {name: (t.slug, t.meaning) for name, t in names}


def clients(session: Session) -> list[ClientCard]:
    """The open halves of all live client cards, by number: what students may read. The keys stay behind."""
    found = current(session, Kind.CLIENTS, "clients")
    cards = [card_from_dict(row) for row in found.payload["clients"]] if found is not None else []
    return sorted(cards, key=lambda card: card.number)


def client_keys(session: Session) -> dict[str, ClientKey]:
    """The hidden halves of all live client cards by id: for reviewers and for scoring, never for a student's page."""
    found = current(session, Kind.CLIENTS, "clients")
    return {row["id"]: key_from_dict(row) for row in found.payload["clients"]} if found is not None else {}


def client(session: Session, client_id: str) -> tuple[ClientCard, ClientKey] | None:
    """Both halves of one live client card, or None when there is no such card: for reviews, never for a draft."""
    found = current(session, Kind.CLIENTS, "clients")
    row = next((row for row in found.payload["clients"] if row["id"] == client_id), None) if found is not None else None
    return (card_from_dict(row), key_from_dict(row)) if row is not None else None


def live_release(session: Session) -> ReleaseFace | None:
    """The newest release, or None before the first."""
    found = releases(session, limit=1)
    return found[0] if found else None


def releases(session: Session, limit: int = 50, *, before: int | None = None) -> list[ReleaseFace]:
    """The newest releases (of those before a number), the newest first."""
    query = select(Release).order_by(Release.number.desc()).limit(limit)
    if before is not None:
        query = query.where(Release.number < before)
    return [ReleaseFace(r.id, r.number, r.created_at, r.actor_id, r.note, r.counts) for r in session.scalars(query)]


def newest_rows(session: Session) -> dict[tuple[str, str], Definition]:
    """The newest row of every definition, live or retired, by kind and id; payloads stay in the database."""
    newest = (
        select(Definition.kind, Definition.key, func.max(Definition.version).label("version"))
        .group_by(Definition.kind, Definition.key)
        .subquery()
    )
    query = select(Definition).join(
        newest,
        (newest.c.kind == Definition.kind)
        & (newest.c.key == Definition.key)
        & (newest.c.version == Definition.version),
    )
    return {(row.kind, row.key): row for row in session.scalars(query)}
