"""Webhooks of a studio: where its own program hears of changes, and what was sent there."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.domain.studios.webhook import secret_text
from app.studios import queries, services
from app.studios.forms import WebhookForm
from app.studios.routes.studio import chosen, studio_facts, studio_id_now
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("studios_webhooks", Audience.STUDIO)
PAGE = 30


@bp.get("/webhooks")
@requires(Permission.STUDIO_USE)
def index() -> ResponseReturnValue:
    """The webhooks of the studio; only managers see and change them."""
    return _index(WebhookForm(formdata=None))


@bp.post("/webhooks")
@requires(Permission.STUDIO_USE)
def add() -> ResponseReturnValue:
    """Send changes to an address from now on; its secret is shown on the next page, and only there."""
    form = WebhookForm()
    if form.validate_on_submit():
        private = runtime().settings.webhook_private == "allow"
        url = form.url.data or ""
        try:
            hook = services.add_webhook(
                current_session(), current_actor(), studio_id_now(), url, allow_private=private, now=request_now()
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            return _secret(hook.id, hook.serial, hook.url)
    return _index(form), 422


@bp.get("/webhooks/<uuid:webhook_id>")
@requires(Permission.STUDIO_USE)
def one(webhook_id: UUID) -> ResponseReturnValue:
    """One webhook and the messages that were sent to it, newest first."""
    session, actor = current_session(), current_actor()
    hook = queries.webhook_for(session, actor.studio_ids, webhook_id)
    services.require_manager(actor, hook.studio_id)
    rows = queries.deliveries(session, webhook_id, after=decode_cursor(request.args.get("after")), size=PAGE)
    return render_template(
        "studios/studio_webhook.html",
        hook=hook,
        page=page_of(rows, PAGE, lambda each: (each.created_at, str(each.id))),
        **studio_facts(hook.studio_id),
    )


@bp.post("/webhooks/<uuid:webhook_id>/secret")
@requires(Permission.STUDIO_USE)
def rotate(webhook_id: UUID) -> ResponseReturnValue:
    """A new secret, shown once; the old one is good for another day."""
    hook = services.rotate_secret(current_session(), current_actor(), webhook_id, now=request_now())
    return _secret(hook.id, hook.serial, hook.url)


@bp.post("/webhooks/<uuid:webhook_id>/test")
@requires(Permission.STUDIO_USE)
def test(webhook_id: UUID) -> ResponseReturnValue:
    """Send a message that says nothing."""
    services.send_test(current_session(), current_actor(), webhook_id, now=request_now())
    flash(_("A test is on its way. Look at the log below in a moment."), "info")
    return redirect(url_for(".one", webhook_id=webhook_id, **chosen()), 303)


@bp.post("/webhooks/<uuid:webhook_id>/switch")
@requires(Permission.STUDIO_USE)
def switch(webhook_id: UUID) -> ResponseReturnValue:
    """Switch a webhook on or off."""
    on = request.form.get("on") == "1"
    services.switch_webhook(current_session(), current_actor(), webhook_id, on=on, now=request_now())
    flash(_("The webhook is on.") if on else _("The webhook is off. Nothing is sent to it."), "success")
    return redirect(url_for(".one", webhook_id=webhook_id, **chosen()), 303)


@bp.post("/webhooks/<uuid:webhook_id>/remove")
@requires(Permission.STUDIO_USE)
def remove(webhook_id: UUID) -> ResponseReturnValue:
    """Remove a webhook."""
    services.remove_webhook(current_session(), current_actor(), webhook_id, now=request_now())
    flash(_("The webhook is removed."), "success")
    return redirect(url_for(".index", **chosen()), 303)


@bp.post("/webhooks/messages/<uuid:delivery_id>/again")
@requires(Permission.STUDIO_USE)
def again(delivery_id: UUID) -> ResponseReturnValue:
    """Send a message again under its own id."""
    sent = services.send_again(current_session(), current_actor(), delivery_id, now=request_now())
    flash(_("The message is on its way again, with the same id."), "info")
    return redirect(url_for(".one", webhook_id=sent.webhook_id, **chosen()), 303)


def _index(form: WebhookForm) -> str:
    studio_id = studio_id_now()
    services.require_manager(current_actor(), studio_id)
    hooks = queries.webhooks(current_session(), studio_id)
    return render_template("studios/studio_webhooks.html", hooks=hooks, form=form, **studio_facts(studio_id))


def _secret(webhook_id: UUID, serial: int, address: str) -> ResponseReturnValue:
    """The page with the secret; it answers the POST itself, because a secret is shown once and stands in no address."""
    secret = secret_text(services.key_of(runtime().settings.secret_key, webhook_id, serial))
    page = render_template(
        "studios/studio_webhook_secret.html",
        secret=secret,
        address=address,
        webhook_id=webhook_id,
        is_new=serial == 1,
        **studio_facts(studio_id_now()),
    )
    return page, 200, {"Cache-Control": "no-store"}
