"""Published banks with their items, and the objectives that an imported question can be put under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind


@dataclass(frozen=True, slots=True)
class BankFace:
    """A bank in a list."""

    id: str
    title: str
    items: int


@dataclass(frozen=True, slots=True)
class LessonObjectives:
    """The objectives of a lesson, as (id, sentence)."""

    title: str
    objectives: tuple[tuple[str, str], ...]


_BANKS = (
    select(Definition.parent, func.count())
    .where(Definition.kind == Kind.ITEM.value, Definition.is_current)
    .group_by(Definition.parent)
    .order_by(Definition.parent)
)


def bank_title(bank: str) -> str:
    """What a bank is called: it is published by its items, which know its id only."""
    return bank.replace("-", " ").capitalize()


def bank_faces(session: Session) -> list[BankFace]:
    """All banks that have live items, with their number."""
    return [BankFace(bank, bank_title(bank), count) for bank, count in session.execute(_BANKS) if bank]


def bank_items(session: Session, bank: str) -> list[dict[str, Any]]:
    """The live items of a bank in order, as they were published; none when there is no such bank."""
    ids = [UUID(ref.version_id) for ref in content.item_pool(session, [bank], tags=False)]
    versions = content.pinned_many(session, ids)
    return [dict(versions[one].payload) for one in ids]


def lesson_objectives(session: Session) -> list[LessonObjectives]:
    """The objectives of all live lessons, by lesson; one statement."""
    return [
        LessonObjectives(
            str(lesson.payload["title"]), tuple((o["id"], o["text"]) for o in lesson.payload.get("objectives", ()))
        )
        for lesson in content.currents(session, Kind.LESSON)
    ]
