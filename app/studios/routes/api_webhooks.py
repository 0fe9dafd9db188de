"""Webhooks for programs: set one up, change its secret, switch it, remove it, and see what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Response
from pydantic import Field

from app.domain.access.scopes import Scope
from app.domain.credentials.instants import iso
from app.domain.errors import NotFound
from app.domain.studios.webhook import secret_text
from app.studios import queries, services
from app.web.access import current_actor, current_key, current_session, request_now, runtime, with_key
from app.web.api import (
    Extra,
    Paging,
    Policy,
    Shape,
    answer,
    body_of,
    cursor_in,
    documented,
    once,
    query_of,
    spend,
)
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import page_of

if TYPE_CHECKING:
    from app.studios.models import Webhook, WebhookDelivery

bp = AudienceBlueprint("studios_webhooks", Audience.API)
TAG = "Webhooks"
KEYED = Policy("api", 600, 60)
LIMITED = Extra(policy=KEYED)
NAMED = {"webhook_id": "`id` of the webhook."}


class WebhookShown(Shape):
    """Where messages go. `disabled_why` says why it was switched off by itself; `failures` counts tries in a row."""

    id: str
    url: str
    is_on: bool
    disabled_why: str
    failures: int
    created_at: str


class Webhooks(Shape):
    """Every webhook of the studio, oldest first."""

    items: list[WebhookShown]


class NewWebhook(Shape):
    """Where to send messages."""

    url: str = Field(max_length=500, description="https, on the open net.", examples=["https://studio.example/hook"])


class WebhookSecret(Shape):
    """A webhook with its secret, which is shown once. Messages are signed with it as Standard Webhooks says."""

    id: str
    url: str
    secret: str


class Switch(Shape):
    """Whether messages are sent."""

    is_on: bool = Field(examples=[True])


class Delivery(Shape):
    """A message: what it was about, how it went, and when it is tried next."""

    id: str
    kind: str
    state: str
    tries: int
    said: str
    created_at: str
    tried_at: str | None
    next_at: str | None


class Deliveries(Shape):
    """A page of messages, newest first. `next` is empty on the last page."""

    items: list[Delivery]
    next: str


@bp.get("/webhooks")
@with_key(Scope.WEBHOOKS)
@documented("listWebhooks", TAG, answers={200: Webhooks}, extra=LIMITED)
def index() -> Response:
    """List the webhooks of the studio."""
    studio_id = _studio()
    found = queries.webhooks(current_session(), studio_id)
    return answer(Webhooks(items=[_shown(hook) for hook in found]))


@bp.post("/webhooks")
@with_key(Scope.WEBHOOKS)
@documented("addWebhook", TAG, answers={201: WebhookSecret}, problems=[422], body=NewWebhook, extra=LIMITED)
def add() -> Response:
    """Set up a webhook.

    From now on every change of a followed certificate is sent there. The secret is in this answer and nowhere else;
    an address that is in the list already is refused, so a repeated request sets up nothing twice.
    """
    asked, studio_id = body_of(NewWebhook), _studio()
    private = runtime().settings.webhook_private == "allow"
    hook = services.add_webhook(
        current_session(), current_actor(), studio_id, asked.url, allow_private=private, now=request_now()
    )
    return answer(_secret(hook), 201)


@bp.post("/webhooks/<uuid:webhook_id>/secret")
@with_key(Scope.WEBHOOKS)
@documented(
    "rotateWebhookSecret", TAG, answers={201: WebhookSecret}, problems=[404, 409], extra=LIMITED, paths=NAMED
)  # fmt: skip
def rotate(webhook_id: UUID) -> Response:
    """Change the secret of a webhook.

    For 24 hours messages carry the signatures of both secrets.
    """
    _studio()
    hook = services.rotate_secret(current_session(), current_actor(), webhook_id, now=request_now())
    return answer(_secret(hook), 201)


@bp.put("/webhooks/<uuid:webhook_id>")
@with_key(Scope.WEBHOOKS)
@documented(
    "switchWebhook", TAG, answers={200: WebhookShown}, problems=[404, 422], body=Switch, extra=LIMITED, paths=NAMED
)  # fmt: skip
def switch(webhook_id: UUID) -> Response:
    """Switch a webhook on or off."""
    _studio()
    session, actor = current_session(), current_actor()
    services.switch_webhook(session, actor, webhook_id, on=body_of(Switch).is_on, now=request_now())
    return answer(_shown(queries.webhook_for(session, actor.studio_ids, webhook_id)))


@bp.delete("/webhooks/<uuid:webhook_id>")
@with_key(Scope.WEBHOOKS)
@documented("removeWebhook", TAG, answers={204: None}, problems=[404], extra=LIMITED, paths=NAMED)
def remove(webhook_id: UUID) -> Response:
    """Remove a webhook. What waits is not sent any more."""
    _studio()
    services.remove_webhook(current_session(), current_actor(), webhook_id, now=request_now())
    return Response(status=204)


@bp.post("/webhooks/<uuid:webhook_id>/test")
@with_key(Scope.WEBHOOKS)
@documented("testWebhook", TAG, answers={202: Delivery}, problems=[404, 409], extra=LIMITED, paths=NAMED)
@once
def test(webhook_id: UUID) -> Response:
    """Send a message that says nothing, to see whether it arrives."""
    _studio()
    session = current_session()
    sent = services.send_test(session, current_actor(), webhook_id, now=request_now())
    return answer(_delivery(sent), 202)


@bp.get("/webhooks/<uuid:webhook_id>/deliveries")
@with_key(Scope.WEBHOOKS)
@documented(
    "listDeliveries", TAG, answers={200: Deliveries}, problems=[404, 422], query=Paging, extra=LIMITED, paths=NAMED
)  # fmt: skip
def deliveries(webhook_id: UUID) -> Response:
    """Read what was sent to a webhook.

    Newest first, page by page.
    """
    _studio()
    asked, session = query_of(Paging), current_session()
    hook = queries.webhook_for(session, current_actor().studio_ids, webhook_id)
    rows = queries.deliveries(session, hook.id, after=cursor_in(asked.after), size=asked.limit)
    page = page_of(rows, asked.limit, lambda each: (each.created_at, str(each.id)))
    return answer(Deliveries(items=[_delivery(each) for each in page.rows], next=page.next_cursor))


def _studio() -> UUID:
    """The studio of the key that asks, whose maker has to be one who manages; counted against the key's limit."""
    key = current_key()
    if key is None:
        raise NotFound  # the access rule lets nobody in without one
    spend(KEYED, str(key.id))
    services.require_manager(current_actor(), key.studio_id)
    return key.studio_id


def _shown(hook: Webhook) -> WebhookShown:
    return WebhookShown(
        id=str(hook.id),
        url=hook.url,
        is_on=hook.disabled_at is None,
        disabled_why=hook.disabled_why,
        failures=hook.failures,
        created_at=iso(hook.created_at),
    )


def _secret(hook: Webhook) -> WebhookSecret:
    key = services.key_of(runtime().settings.secret_key, hook.id, hook.serial)
    return WebhookSecret(id=str(hook.id), url=hook.url, secret=secret_text(key))


def _delivery(found: WebhookDelivery) -> Delivery:
    return Delivery(
        id=str(found.id),
        kind=found.kind,
        state=found.state,
        tries=found.tries,
        said=found.said,
        created_at=iso(found.created_at),
        tried_at=iso(found.tried_at) if found.tried_at else None,
        next_at=iso(found.next_at) if found.next_at else None,
    )
