"""Webhooks: tell a studio's own program of every change, signed, until it says that it has heard.

Secrets are nowhere stored. They are derived from the key of the house, the id of the webhook and how often its secret
was changed, so a copy of the database signs nothing. A message is sent again after growing pauses for about three
days; then, or when the receiver says that it is gone, the webhook is switched off and its managers hear of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.studios import webhook as rules
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.infra.webhooks import Reply, WebhookRefused, target_of
from app.notifications.services import notify
from app.studios import queries
from app.studios.models import Webhook, WebhookDelivery
from app.studios.services.people import note_deed, require_manager

WEBHOOK_JOB = "studios.send_webhook"
MOST_WEBHOOKS = 5
GONE = 410


def key_of(secret_key: str, webhook_id: UUID, serial: int) -> bytes:
    """The secret bytes of a webhook after so many changes: 256 bits, derived from the key of the house."""
    named = f"vermilion.webhook.{webhook_id.hex}.{serial}"
    return hmac.digest(secret_key.encode(), named.encode(), hashlib.sha256)


def keys_now(secret_key: str, webhook_id: UUID, serial: int, rotated_at: datetime | None, now: datetime) -> list[bytes]:
    """The secrets to sign with: the present one, and for a day after a change the one before."""
    keys = [key_of(secret_key, webhook_id, serial)]
    if rotated_at is not None and now < rotated_at + rules.OVERLAP:
        keys.append(key_of(secret_key, webhook_id, serial - 1))
    return keys


def add_webhook(
    session: Session, actor: Actor, studio_id: UUID, url: str, *, allow_private: bool, now: datetime
) -> Webhook:
    """Send changes to an address from now on. Raises Invalid for an address that nothing is sent to, or a sixth one."""
    require_manager(actor, studio_id)
    url = url.strip()
    try:
        target_of(url, allow_private=allow_private)
    except WebhookRefused as refusal:
        raise Invalid(refusal.sentence, [FieldProblem("url", "refused", refusal.sentence)]) from refusal
    known = queries.webhooks(session, studio_id)
    if any(each.url == url for each in known):
        text = "This address is in the list already."
        raise Invalid(text, [FieldProblem("url", "known", text)])
    if len(known) >= MOST_WEBHOOKS:
        text = f"A studio has at most {MOST_WEBHOOKS} webhooks. Remove one first."
        raise Invalid(text, [FieldProblem("url", "full", text)])
    hook = Webhook(studio_id=studio_id, url=url, serial=1, created_at=now)
    session.add(hook)
    session.flush()  # its secret is derived from its id
    _note(session, actor, hook, AuditTag.WEBHOOK_ADDED, "webhook_added", now)
    return hook


def rotate_secret(session: Session, actor: Actor, webhook_id: UUID, *, now: datetime) -> Webhook:
    """Give a webhook a new secret; messages carry the signature of the old one, too, for 24 hours.

    Raises Conflict while an earlier change is that fresh: two old secrets are one too many.
    """
    hook = _own(session, actor, webhook_id)
    if hook.rotated_at is not None and now < hook.rotated_at + rules.OVERLAP:
        raise Conflict("The secret was changed within the last 24 hours. Change it again after that.")
    hook.serial, hook.rotated_at = hook.serial + 1, now
    _note(session, actor, hook, AuditTag.WEBHOOK_ROTATED, "webhook_rotated", now)
    return hook


def switch_webhook(session: Session, actor: Actor, webhook_id: UUID, *, on: bool, now: datetime) -> None:
    """Switch a webhook on or off. Switching to what it is already changes nothing."""
    hook = _own(session, actor, webhook_id)
    if (hook.disabled_at is None) == on:
        return
    hook.disabled_at, hook.disabled_why, hook.failures = (None if on else now), "", 0
    facts: dict[str, Any] = {"on": on}
    _note(session, actor, hook, AuditTag.WEBHOOK_SWITCHED, "webhook_on" if on else "webhook_off", now, **facts)


def remove_webhook(session: Session, actor: Actor, webhook_id: UUID, *, now: datetime) -> None:
    """Remove a webhook; what waits is not sent any more."""
    hook = _own(session, actor, webhook_id)
    hook.removed_at = now
    _note(session, actor, hook, AuditTag.WEBHOOK_REMOVED, "webhook_removed", now)


def send_test(session: Session, actor: Actor, webhook_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Send a message that says nothing, to see whether it arrives. Raises Conflict for one that is switched off."""
    hook = _own(session, actor, webhook_id)
    _must_be_on(hook)
    data = {"text": "This is a test. Nothing has changed."}
    return _queue(session, hook, "test", data, once_key=f"test:{now.isoformat()}", now=now)


def send_again(session: Session, actor: Actor, delivery_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Send a message again under its own id, with all its tries before it. One that waits already is left alone.

    Raises NotFound for another studio's, Conflict when its webhook is switched off.
    """
    found = queries.delivery_for(session, actor.studio_ids, delivery_id)
    _must_be_on(_own(session, actor, found.webhook_id))
    if found.state != "waiting":
        found.state, found.tries, found.next_at = "waiting", 0, now
        enqueue(session, WEBHOOK_JOB, {"delivery_id": found.id.hex, "tries": 0}, now=now)
    return found


def queue_messages(
    session: Session, studio_id: UUID, kind: str, data: dict[str, Any], *, once_key: str, now: datetime
) -> None:
    """Put a message about a happening on its way to every webhook of a studio that is on; each is told once."""
    for hook in queries.webhooks(session, studio_id):
        if hook.disabled_at is None and not queries.has_delivery(session, hook.id, once_key):
            _queue(session, hook, kind, data, once_key=once_key, now=now)


def note_sent(session: Session, delivery_id: UUID, tries: int, reply: Reply, *, now: datetime) -> None:
    """Write down how a try went, and ask for the next one or give up. Repeating it changes nothing."""
    found = queries.delivery(session, delivery_id, lock=True)
    if found is None or found.state != "waiting" or found.tries != tries:
        return
    hook = queries.webhook(session, found.webhook_id, lock=True)
    assert hook is not None  # webhooks are never deleted
    found.tries, found.tried_at, found.next_at = tries + 1, now, None
    found.status, found.said, found.milliseconds = reply.status, reply.said[:300], reply.milliseconds
    if reply.ok:
        found.state, hook.failures = "delivered", 0
        return
    hook.failures += 1
    pause = rules.pause_after(found.tries)
    if pause is not None and reply.status != GONE:
        found.next_at = now + pause
        payload = {"delivery_id": found.id.hex, "tries": found.tries}
        enqueue(session, WEBHOOK_JOB, payload, now=now, run_at=found.next_at)
        return
    found.state = "failed"
    why = "The receiver says that it is gone." if reply.status == GONE else "Nothing was accepted there for three days."
    _switch_off(session, hook, why, now)


def note_not_sent(session: Session, delivery_id: UUID) -> None:
    """A message whose webhook was switched off or removed meanwhile is not sent."""
    found = queries.delivery(session, delivery_id, lock=True)
    if found is not None and found.state == "waiting":
        found.state, found.next_at, found.said = "failed", None, "The webhook was switched off."


def _switch_off(session: Session, hook: Webhook, why: str, now: datetime) -> None:
    if hook.disabled_at is not None or hook.removed_at is not None:
        return
    hook.disabled_at, hook.disabled_why = now, why
    for user_id in queries.managers(session, hook.studio_id):
        once = f"webhook_off:{hook.id.hex}:{now.isoformat()}"
        notify(session, user_id, "webhook_off", once_key=once, url="/studio/webhooks", now=now, address=hook.url)


def _queue(
    session: Session, hook: Webhook, kind: str, data: dict[str, Any], *, once_key: str, now: datetime
) -> WebhookDelivery:
    named = rules.TYPES.get(kind, f"certificate.{kind}")
    body = json.dumps({"type": named, "timestamp": now.isoformat(), "data": data}, separators=(",", ":"))
    found = WebhookDelivery(
        webhook_id=hook.id, kind=named, once_key=once_key, body=body, created_at=now, next_at=now, tries=0
    )
    session.add(found)
    session.flush()  # the job names it
    enqueue(session, WEBHOOK_JOB, {"delivery_id": found.id.hex, "tries": 0}, now=now)
    return found


def _own(session: Session, actor: Actor, webhook_id: UUID) -> Webhook:
    hook = queries.webhook_for(session, actor.studio_ids, webhook_id, lock=True)
    require_manager(actor, hook.studio_id)
    return hook


def _must_be_on(hook: Webhook) -> None:
    if hook.disabled_at is not None:
        raise Conflict("This webhook is switched off. Switch it on first.")


def _note(session: Session, actor: Actor, hook: Webhook, tag: AuditTag, deed: str, now: datetime, **facts: Any) -> None:
    record(session, actor, tag, now=now, target_kind="webhook", target_id=hook.id, **facts)
    note_deed(session, actor, hook.studio_id, deed, now=now, address=hook.url)
