"""A definition as a row: the columns that queries filter by are lifted out of the payload."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.content.models import Kind, Origin
from app.domain.content import schema
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_certification import Certification
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_lessons import Course, Lesson
from app.domain.content.schema_practice import Exercise
from app.domain.content.schema_quizzes import Quiz

_TITLES = {
    Kind.GLOSSARY.value: "Glossary",
    Kind.DEFECTS.value: "Defect codes",
    Kind.CLIENTS.value: "Fictional clients",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a definition stands: in what, and at which place."""

    parent: str = ""
    position: int = 0


def places_of(content: ContentSet) -> dict[tuple[str, str], Spot]:
    """Parent and position of everything that stands in an order. They are not part of the digest."""
    spots: dict[tuple[str, str], Spot] = {}
    for course in content.courses.values():
        spots["course", course.id] = Spot("", course.position)
        for number, lesson_id in enumerate(course.lessons, start=1):
            spots["lesson", lesson_id] = Spot(course.id, number)
    counted: Counter[str] = Counter()
    for item in content.items.values():
        counted[item.bank] += 1
        spots["item", item.id] = Spot(item.bank, counted[item.bank])
    for number, quiz in enumerate(content.quizzes.values(), start=1):
        spots["quiz", quiz.id] = Spot(quiz.course or "", number)
    for number, exercise in enumerate(content.exercises.values(), start=1):
        spots["exercise", exercise.id] = Spot("", number)
    for certification in content.certifications.values():
        spots["certification", certification.id] = Spot("", schema.TIERS.index(certification.id))
    return spots


def row_of(
    definition: schema.Definition,
    version: int,
    spot: Spot,
    release: UUID,
    now: datetime,
    *,
    file_digest: str | None = None,
) -> dict[str, Any]:
    """The columns of a new live version; with `file_digest` one that is published on the web."""
    payload = definition.payload
    title = payload.get("title") or payload.get("prompt") or _TITLES.get(definition.kind, definition.id)
    return {
        "id": uuid4(),
        "kind": definition.kind,
        "key": definition.id,
        "version": version,
        "digest": definition.digest,
        "origin": (Origin.FILES if file_digest is None else Origin.WEB).value,
        "file_digest": file_digest,
        "title": " ".join(title.split())[:300],
        "parent": spot.parent,
        "position": spot.position,
        "step": payload.get("step") or "",
        "topic": payload.get("topic") or "",
        "subtype": subtype_of(definition),
        "difficulty": payload.get("difficulty"),
        "is_safety": bool(payload.get("safety", False)),
        "minutes": _minutes(definition),
        "payload": payload,
        "is_current": True,
        "release_id": release,
        "retired_at": None,
        "created_at": now,
    }


def subtype_of(definition: schema.Definition) -> str:
    """The type of an item, the kind of a quiz, the tier of a course, the code of an exercise."""
    if isinstance(definition, ItemBase):
        return str(definition.payload["type"])
    if isinstance(definition, Quiz):
        return definition.quiz_kind
    if isinstance(definition, Course):
        return definition.tier
    if isinstance(definition, Exercise):
        return definition.code
    return str(definition.id) if isinstance(definition, Certification) else ""


def _minutes(definition: schema.Definition) -> int:
    if isinstance(definition, Lesson | Exercise):
        return definition.minutes
    if isinstance(definition, Quiz):
        return definition.time_limit_minutes or 0
    return round(definition.hours * 60) if isinstance(definition, Course) else 0
