"""Banks of items for those who write them: counts, search, filters, history, and who draws what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.content.models import Definition, Kind, Release
from app.content.queries.faces import QuizFace
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.assessment.selection import ItemRef, matches

WORDS = 8


@dataclass(frozen=True, slots=True)
class BankFace:
    """A bank in the list: its items in all, by difficulty 1 to 3, about safety, and edited only on the web."""

    key: str
    title: str
    items: int
    easy: int
    middle: int
    hard: int
    safety: int
    only_on_web: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in its bank; the title is the beginning of the prompt."""

    id: UUID
    key: str
    version: int
    title: str
    step: str
    topic: str
    type: str
    difficulty: int
    is_safety: bool
    only_on_web: bool
    position: int


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a page of a bank asks for; empty means all. `keys` limits to some ids (what another slice knows)."""

    words: str = ""
    step: str = ""
    topic: str = ""
    type: str = ""
    difficulty: int | None = None
    safety: bool | None = None
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    """What a bank has to filter by."""

    steps: tuple[str, ...]
    topics: tuple[str, ...]
    types: tuple[str, ...]
    difficulties: tuple[int, ...]
    items: int


@dataclass(frozen=True, slots=True)
class VersionFace:
    """One version of a definition in its history. `origin` is files or web."""

    id: UUID
    version: int
    created_at: datetime
    release: int
    note: str
    author_id: UUID | None
    origin: str
    only_on_web: bool
    is_current: bool
    retired_at: datetime | None


_ITEM = (Definition.kind == Kind.ITEM.value, Definition.is_current)
_only_on_web = and_(Definition.file_digest.is_not(None), Definition.file_digest != Definition.digest)


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def banks(session: Session) -> list[BankFace]:
    """All banks with live items, by title; one statement. A bank is named like its course, where it has one."""
    course = aliased(Definition)
    is_course = and_(course.kind == Kind.COURSE.value, course.key == Definition.parent, course.is_current)
    query = (
        select(
            Definition.parent,
            func.max(course.title).label("title"),
            func.count().label("items"),
            *(_count(Definition.difficulty == level) for level in (1, 2, 3)),
            _count(Definition.is_safety),
            _count(_only_on_web),
        )
        .outerjoin(course, is_course)
        .where(*_ITEM)
        .group_by(Definition.parent)
        .order_by(func.min(course.position), Definition.parent)
    )
    return [BankFace(row[0], row[1] or bank_title(row[0]), *map(int, row[2:])) for row in session.execute(query)]


def bank_title(key: str) -> str:
    """The name of a bank that has no course of its name."""
    return key.replace("-", " ").capitalize()


def facets(session: Session, bank: str) -> Facets | None:
    """What the live items of a bank can be filtered by, or None for a bank without any; one statement."""
    columns = (Definition.step, Definition.topic, Definition.subtype, Definition.difficulty)
    query = select(*columns, func.count()).where(*_ITEM, Definition.parent == bank).group_by(*columns)
    rows = session.execute(query).all()
    if not rows:
        return None

    def values(index: int) -> tuple[Any, ...]:
        return tuple(sorted({row[index] for row in rows}))

    return Facets(values(0), values(1), values(2), values(3), sum(row[4] for row in rows))


def bank_items(
    session: Session, bank: str, asked: ItemFilter, *, after: tuple[int, str] | None, size: int
) -> list[ItemLine]:
    """Live items of a bank in the order of the file, one more than `size`; `after` is the last place seen.

    Words are looked for in the prompt and in the id; the index of the bank bounds what is read.
    """
    columns: tuple[Any, ...] = (
        Definition.id,
        Definition.key,
        Definition.version,
        Definition.title,
        Definition.step,
        Definition.topic,
        Definition.subtype,
        Definition.difficulty,
        Definition.is_safety,
        _only_on_web,
        Definition.position,
    )
    query = select(*columns).where(*_ITEM, Definition.parent == bank)
    if after is not None:
        place, key = after
        beyond = and_(Definition.position == place, Definition.key > key)
        query = query.where(or_(Definition.position > place, beyond))
    query = _filtered(query, asked).order_by(Definition.position, Definition.key).limit(size + 1)
    return [ItemLine(*row) for row in session.execute(query)]


def _filtered(query: Select[Any], asked: ItemFilter) -> Select[Any]:
    exact = {
        Definition.step: asked.step,
        Definition.topic: asked.topic,
        Definition.subtype: asked.type,
        Definition.difficulty: asked.difficulty,
    }
    query = query.where(*(column == value for column, value in exact.items() if value))
    if asked.safety is not None:
        query = query.where(Definition.is_safety.is_(asked.safety))
    if asked.keys is not None:
        query = query.where(Definition.key.in_(asked.keys))
    for word in asked.words.split()[:WORDS]:
        prompt = Definition.payload["prompt"].as_string()
        query = query.where(
            or_(prompt.icontains(word, autoescape=True), Definition.key.icontains(word, autoescape=True))
        )
    return query


def bank_of_item(session: Session, key: str) -> str | None:
    """The bank of a live item, or None for an id that no live item has."""
    return session.scalar(select(Definition.parent).where(*_ITEM, Definition.key == key))


def history(session: Session, kind: Kind, key: str) -> list[VersionFace]:
    """Every version of a definition, the newest first, without payloads; one statement."""
    columns: tuple[Any, ...] = (
        Definition.id,
        Definition.version,
        Definition.created_at,
        Release.number,
        Release.note,
        Release.actor_id,
        Definition.origin,
        and_(Definition.is_current, _only_on_web),
        Definition.is_current,
        Definition.retired_at,
    )
    query = (
        select(*columns)
        .join(Release, Release.id == Definition.release_id)
        .where(Definition.kind == kind.value, Definition.key == key)
        .order_by(Definition.version.desc())
    )
    return [VersionFace(*row) for row in session.execute(query)]


def payloads_at(session: Session, kind: Kind, key: str, versions: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The payloads of some versions of a definition, by version; one statement."""
    query = select(Definition.version, Definition.payload).where(
        Definition.kind == kind.value, Definition.key == key, Definition.version.in_(versions)
    )
    return {row.version: row.payload for row in session.execute(query)}


def quizzes_drawing(session: Session, item: ItemRef) -> list[QuizFace]:
    """The live quizzes with a draw that may take the item; one statement."""
    query = (
        select(
            Definition.id,
            Definition.key,
            Definition.version,
            Definition.title,
            Definition.parent,
            Definition.subtype,
            Definition.minutes,
            Definition.payload,
        )
        .where(Definition.kind == Kind.QUIZ.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    found = []
    for *face, payload in session.execute(query):
        if any(matches(draw, item) for draw in quiz_from_dict(payload).draws):
            found.append(QuizFace(*face))
    return found


def edits_on_web(session: Session) -> list[Definition]:
    """The live rows that were edited on the web and that the files do not contain; payloads stay in the database."""
    query = select(Definition).where(Definition.is_current, _only_on_web).order_by(Definition.kind, Definition.key)
    return list(session.scalars(query))
