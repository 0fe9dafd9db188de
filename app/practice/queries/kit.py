"""Reads of a student's kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.practice.kit import KitKind, KitThing, in_words
from app.practice.models import KitItem


def kit(session: Session, user_id: UUID) -> list[KitItem]:
    """What is in the kit now, by kind and name; one statement."""
    query = (
        select(KitItem)
        .where(KitItem.user_id == user_id, KitItem.retired_at.is_(None))
        .order_by(KitItem.kind, KitItem.name, KitItem.id)
    )
    return list(session.scalars(query))


def kit_item(session: Session, user_id: UUID, item_id: UUID) -> KitItem:
    """A thing of the person's own kit; raises NotFound for anybody else's."""
    found = session.scalar(select(KitItem).where(KitItem.id == item_id, KitItem.user_id == user_id))
    if found is None:
        raise NotFound
    return found


def thing_of(item: KitItem) -> KitThing:
    """The thing as the rules see it."""
    return KitThing(KitKind(item.kind), item.name, item.code, item.lot, item.expires_on)


def kit_choices(session: Session, user_id: UUID, day: date) -> Mapping[str, Sequence[str]]:
    """What the log offers of the kit, in words, by kind; nothing that had expired on `day`. One statement."""
    found: dict[str, list[str]] = {kind.value: [] for kind in KitKind}
    for item in kit(session, user_id):
        thing = thing_of(item)
        if not thing.is_expired(day):
            found[item.kind].append(in_words(thing))
    return found


def kit_words(session: Session, user_id: UUID) -> frozenset[str]:
    """The names and the words of everything in the kit."""
    items = kit(session, user_id)
    return frozenset(item.name for item in items if item.kind != KitKind.PIGMENT) | {
        in_words(thing_of(item)) for item in items
    }
