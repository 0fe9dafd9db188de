"""What pages are told of definitions: plain values; payloads are the canonical form of the content files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


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
