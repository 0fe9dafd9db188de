"""Quizzes and items at one version. They never change once published: built once per process and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import QuizSpec, quiz_from_dict
from app.domain.errors import NotFound
from app.infra.cache import Lru

# Every item of the academy fits in; one is a few kilobytes, its drawing included.
KEPT_ITEMS = 1_000
_items: Lru[UUID, Item[Any]] = Lru(KEPT_ITEMS)
_specs: Lru[UUID, QuizSpec] = Lru(200)


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


def pinned_specs(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, QuizSpec]:
    """Many versions of quizzes by id; one statement at first, then none."""

    def make(missing: Sequence[UUID]) -> dict[UUID, QuizSpec]:
        query = select(Definition.id, Definition.payload).where(Definition.id.in_(missing))
        return {row.id: quiz_from_dict(row.payload) for row in session.execute(query)}

    return _specs.get_many(list(version_ids), make)


def pinned_item(session: Session, version_id: UUID) -> Item[Any]:
    """An item at one version, ready to show or grade; one statement at first, then none."""

    def make() -> Item[Any]:
        return item_from_dict(session.scalars(select(Definition.payload).where(Definition.id == version_id)).one())

    return _items.get(version_id, make)


def definitions_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Item[Any]]:
    """Many pinned items by version id; one statement."""
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(set(version_ids)))
    return {row.id: item_from_dict(row.payload) for row in session.execute(query)}
