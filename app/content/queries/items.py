"""One item, or one quiz, with its history, for those who write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.content.models import Kind
from app.content.queries.banks import VersionFace, history, payloads_at, quizzes_drawing
from app.content.queries.courses import lesson_faces
from app.content.queries.faces import LessonFace, QuizFace, Version
from app.content.queries.program import quiz
from app.domain.assessment.selection import ItemRef
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class ItemPage:
    """An item at one version, its history, the live quizzes that may draw it as it is, and the lesson behind it."""

    key: str
    bank: str
    payload: Mapping[str, Any]
    version: VersionFace
    versions: tuple[VersionFace, ...]
    quizzes: tuple[QuizFace, ...]
    lessons: Mapping[str, LessonFace]

    @property
    def live(self) -> VersionFace | None:
        """The live version; None for a retired item."""
        return next((one for one in self.versions if one.is_current), None)


@dataclass(frozen=True, slots=True)
class QuizSource:
    """A live quiz as its builder opens it, with its history."""

    quiz: Version
    versions: tuple[VersionFace, ...]


def item_page(session: Session, key: str, version: int | None = None) -> ItemPage:
    """An item, live or (without a version that is) at its newest one; four statements. Raises NotFound."""
    versions = history(session, Kind.ITEM, key)
    shown = next((one for one in versions if one.version == version or (version is None and one.is_current)), None)
    shown = shown or (versions[0] if versions and version is None else None)
    if shown is None:
        raise NotFound
    payload = payloads_at(session, Kind.ITEM, key, [shown.version])[shown.version]
    item = ItemRef(
        id=key,
        version_id=str(shown.id),
        bank=payload["bank"],
        step=payload["step"],
        difficulty=payload["difficulty"],
        safety=payload["safety"],
        topic=payload["topic"],
        objective=payload["objective"],
        lesson=payload["lesson"],
        type=payload["type"],
    )
    quizzes = quizzes_drawing(session, item) if shown.is_current else []
    lessons = lesson_faces(session, [payload["lesson"]])
    return ItemPage(key, payload["bank"], payload, shown, tuple(versions), tuple(quizzes), lessons)


def item_versions(session: Session, key: str, old: int, new: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The payloads of two versions of an item, to compare; raises NotFound when one is missing."""
    found = payloads_at(session, Kind.ITEM, key, {old, new})
    if not {old, new} <= set(found):
        raise NotFound
    return found[old], found[new]


def quiz_source(session: Session, key: str) -> QuizSource:
    """A live quiz and its history; two statements. Raises NotFound."""
    found = quiz(session, key)
    if found is None:
        raise NotFound
    return QuizSource(found, tuple(history(session, Kind.QUIZ, key)))
