"""What is live, as specs: what an edit is checked against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.domain.content import schema
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_clients import ClientBank
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_lessons import Course, Lesson
from app.domain.content.schema_quizzes import Quiz
from app.infra.cache import Lru

# A version never changes, so each is validated once per process; more than every live definition fits in.
_specs: Lru[UUID, Any] = Lru(3_000)
_KINDS = (Kind.COURSE, Kind.LESSON, Kind.ITEM, Kind.QUIZ, Kind.CLIENTS)
_CHUNK = 500


def live_content(session: Session) -> ContentSet:
    """The live courses, lessons, items, quizzes and clients as specs; one statement, and one per 500 new ones."""
    query = (
        select(Definition.id, Definition.kind, Definition.key)
        .where(Definition.kind.in_([kind.value for kind in _KINDS]), Definition.is_current)
        .order_by(Definition.parent, Definition.position, Definition.key)
    )
    rows = session.execute(query).all()
    specs = _specs.get_many([row.id for row in rows], lambda ids: _read(session, ids))
    found = ContentSet()
    places: Mapping[str, dict[str, Any]] = {
        Kind.COURSE.value: found.courses,
        Kind.LESSON.value: found.lessons,
        Kind.ITEM.value: found.items,
        Kind.QUIZ.value: found.quizzes,
    }
    for row in rows:
        if row.kind == Kind.CLIENTS:
            found.clients = specs[row.id]
        else:
            places[row.kind][row.key] = specs[row.id]
    return found


def _read(session: Session, ids: Sequence[UUID]) -> dict[UUID, schema.Definition]:
    made: dict[UUID, schema.Definition] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(Definition.id, Definition.kind, Definition.payload).where(
            Definition.id.in_(ids[start : start + _CHUNK])
        )
        made |= {row.id: spec_of(row.kind, row.payload) for row in session.execute(query)}
    return made


def spec_of(kind: str, payload: Mapping[str, Any]) -> schema.Definition:
    """A payload of the database as the spec that it was made from."""
    if kind == Kind.ITEM:
        return item_adapter.validate_python(payload)
    models: Mapping[str, type[schema.Definition]] = {
        Kind.COURSE.value: Course,
        Kind.LESSON.value: Lesson,
        Kind.QUIZ.value: Quiz,
        Kind.CLIENTS.value: ClientBank,
    }
    return models[kind].model_validate(payload)
