"""Keep a kit: add what one works with, let it go, and learn from the pieces that were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid
from app.domain.practice.kit import LONGEST_CODE, LONGEST_NAME, KitKind, expiry_of, problems_of, read_day
from app.domain.procedure import Step
from app.practice import queries
from app.practice.models import KitItem

MOST_THINGS = 200
"""In one kit, those that left it not counted."""


@dataclass(frozen=True, slots=True)
class KitFacts:
    """A thing as it was typed."""

    kind: KitKind
    name: str
    code: str = ""
    lot: str = ""
    expires: str = ""


def add_to_kit(session: Session, actor: Actor, facts: KitFacts, *, now: datetime) -> KitItem:
    """Put a thing into the kit; one that is there already stays one. Raises Invalid with a sentence at each field."""
    session.get_one(User, actor.user_id, with_for_update=True)  # a form that is sent twice must not make two of it
    problems = problems_of(facts.kind, facts.name, facts.lot, facts.expires, now.date())
    if problems:
        found = [FieldProblem(problem.field, problem.code, problem.sentence) for problem in problems]
        raise Invalid("This was not added to your kit.", found)
    return _put(session, actor, facts, now)


def _put(session: Session, actor: Actor, facts: KitFacts, now: datetime) -> KitItem:
    values = {
        "kind": facts.kind.value,
        "name": _line(facts.name, LONGEST_NAME),
        "code": _line(facts.code, LONGEST_CODE),
        "lot": _line(facts.lot, LONGEST_CODE),
        "expires_on": read_day(facts.expires),
    }
    same = select(KitItem).where(
        KitItem.user_id == actor.user_id,
        *(getattr(KitItem, name).is_not_distinct_from(value) for name, value in values.items()),
    )
    found = session.scalars(same.limit(1)).first()
    if found is not None:
        found.retired_at = None
        return found
    count = select(func.count(KitItem.id)).where(KitItem.user_id == actor.user_id, KitItem.retired_at.is_(None))
    if (session.scalar(count) or 0) >= MOST_THINGS:
        text = f"A kit holds {MOST_THINGS} things. Take out what you no longer use."
        raise Invalid(text, [FieldProblem("", "full", text)], code="full")
    item = KitItem(user_id=actor.user_id, added_at=now, **values)
    session.add(item)
    session.flush()  # the page goes to it
    return item


def retire_from_kit(session: Session, actor: Actor, item_id: UUID, *, now: datetime) -> KitItem:
    """Take a thing out of the kit; pieces that name it keep their words. Doing it again changes nothing."""
    item = queries.kit_item(session, actor.user_id, item_id)
    item.retired_at = item.retired_at or now
    return item


def keep_what_was_used(session: Session, actor: Actor, records: Mapping[str, Any], *, now: datetime) -> None:
    """Put into the kit what a piece that is sent was made with, so that it is a choice next time.

    Nobody is stopped from sending a piece by a kit that is full, and what is typed in a way that no kit takes stays
    in the log alone.
    """
    made = records.get(Step.PIGMENT_APPLICATION.value, {})
    known = queries.kit_words(session, actor.user_id)
    used = [
        KitFacts(KitKind.MACHINE, str(made.get("machine", ""))),
        KitFacts(KitKind.CARTRIDGE, str(made.get("cartridge", ""))),
        KitFacts(
            KitKind.PIGMENT,
            str(made.get("pigment", "")),
            str(made.get("pigment_ci", "")),
            str(made.get("pigment_lot", "")),
            str(made.get("pigment_expiry", "")),
        ),
    ]
    for facts in used:
        is_new = facts.name not in known and expiry_of(facts.name) is None
        if is_new and not problems_of(facts.kind, facts.name, facts.lot, facts.expires, now.date()):
            try:
                _put(session, actor, facts, now)
            except Invalid:
                return


def _line(text: str, longest: int) -> str:
    return " ".join(text.replace("\0", "").split())[:longest]
