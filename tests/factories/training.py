"""Training with something in it, made by the services that the pages use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor
from app.training import queries, services
from app.training.models import TrainingItem


def rows_of(session: Session, actor: Actor) -> dict[str, TrainingItem]:
    """A person's training as it is in the database, by item."""
    query = select(TrainingItem).where(TrainingItem.user_id == actor.user_id).order_by(TrainingItem.item_key)
    return {row.item_key: row for row in session.scalars(query.execution_options(populate_existing=True))}


def answer_item(session: Session, actor: Actor, row: TrainingItem, *, right: bool, now: datetime) -> queries.Sheet:
    """Answer one item as its page would."""
    found = queries.sheet(session, actor.user_id, row.id, now)
    assert found.version_id is not None
    item = queries.asked(session, row, found.version_id, row.answers)
    raw = right_answer(item) if right else wrong_answer(item)
    return services.answer(session, actor, row.id, raw, revision=row.revision, now=now)


def remember(session: Session, actor: Actor, row: TrainingItem, recall: str, *, now: datetime) -> None:
    """Answer one item rightly and say how it was remembered."""
    answer_item(session, actor, row, right=True, now=now)
    services.rate(session, actor, row.id, recall, revision=row.revision, now=now)
