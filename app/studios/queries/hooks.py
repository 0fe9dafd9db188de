"""Reads of webhooks and of what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.studios.models import Webhook, WebhookDelivery


def webhooks(session: Session, studio_id: UUID) -> Sequence[Webhook]:
    """The webhooks of a studio that were not removed, oldest first; one statement."""
    query = select(Webhook).where(Webhook.studio_id == studio_id, Webhook.removed_at.is_(None))
    return session.scalars(query.order_by(Webhook.created_at, Webhook.id)).all()


def webhook_for(session: Session, studio_ids: frozenset[UUID], webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """A webhook of one of these studios; raises NotFound for anybody else's and for one that was removed."""
    query = select(Webhook).where(
        Webhook.id == webhook_id, Webhook.studio_id.in_(studio_ids), Webhook.removed_at.is_(None)
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def webhook(session: Session, webhook_id: UUID, *, lock: bool = False) -> Webhook | None:
    """A webhook by id, for jobs."""
    return session.get(Webhook, webhook_id, with_for_update=lock or None, populate_existing=lock)


def delivery(session: Session, delivery_id: UUID, *, lock: bool = False) -> WebhookDelivery | None:
    """A message by id, for jobs."""
    return session.get(WebhookDelivery, delivery_id, with_for_update=lock or None, populate_existing=lock)


def delivery_for(session: Session, studio_ids: frozenset[UUID], delivery_id: UUID) -> WebhookDelivery:
    """A message to a webhook of one of these studios; raises NotFound for anybody else's."""
    query = (
        select(WebhookDelivery)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id == delivery_id, Webhook.studio_id.in_(studio_ids), Webhook.removed_at.is_(None))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def has_delivery(session: Session, webhook_id: UUID, once_key: str) -> bool:
    """True when a webhook was told of this happening before."""
    query = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.once_key == once_key
    )
    return session.scalar(query) is not None


def deliveries(
    session: Session, webhook_id: UUID, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> Sequence[WebhookDelivery]:
    """Messages to a webhook, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < tuple_(after[0], UUID(after[1])))
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is due, with where it goes."""

    delivery_id: UUID
    webhook_id: UUID
    url: str
    serial: int
    rotated_at: datetime | None
    body: str
    is_off: bool


def outgoing(session: Session, delivery_id: UUID, tries: int) -> Outgoing | None:
    """A message that waits for its try number `tries` + 1; None when it was sent, given up or is further along."""
    query = (
        select(
            WebhookDelivery.id,
            Webhook.id,
            Webhook.url,
            Webhook.serial,
            Webhook.rotated_at,
            WebhookDelivery.body,
            func.coalesce(Webhook.disabled_at, Webhook.removed_at).is_not(None),
        )
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state == "waiting", WebhookDelivery.tries == tries)
    )
    row = session.execute(query).first()
    return Outgoing(*row) if row else None
