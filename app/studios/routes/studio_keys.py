"""Keys with which a studio's own programs ask: made, changed over, ended. A secret is shown once."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.domain.access.permissions import Permission
from app.domain.access.scopes import SENTENCES, Scope
from app.domain.errors import Conflict, Invalid
from app.infra import api_keys
from app.studios import services
from app.studios.forms import KeyForm
from app.studios.routes.studio import chosen, studio_facts, studio_id_now
from app.web.access import current_actor, current_session, recent_proof, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.sentences import said

bp = AudienceBlueprint("studios_keys", Audience.STUDIO)


@bp.get("/keys")
@requires(Permission.STUDIO_USE)
def index() -> ResponseReturnValue:
    """The keys of the studio, and a new one."""
    return _page(KeyForm(formdata=None))


@bp.post("/keys")
@requires(Permission.STUDIO_USE)
@recent_proof
def make() -> ResponseReturnValue:
    """Make a key; its secret is on the page that answers, and nowhere else."""
    studio_id, form = studio_id_now(), KeyForm()
    services.require_manager(current_actor(), studio_id)
    if not form.validate_on_submit():
        return _page(form), 422
    scopes = [Scope(word) for word in form.scopes.data or ()]
    try:
        key, secret = api_keys.make_key(
            current_session(), current_actor(), studio_id, name=form.name.data or "", scopes=scopes, now=request_now()
        )
    except (Invalid, Conflict) as error:
        form.form_errors.append(said(error.message))
        return _page(form), 422
    return _page(KeyForm(formdata=None), secret=secret, named=key.name)


@bp.post("/keys/<uuid:key_id>/rotate")
@requires(Permission.STUDIO_USE)
@recent_proof
def rotate(key_id: UUID) -> ResponseReturnValue:
    """Make a second secret; the first one ends in seven days."""
    _require_own(key_id)
    secret = api_keys.rotate_key(current_session(), current_actor(), key_id, now=request_now())
    return _page(KeyForm(formdata=None), secret=secret)


@bp.post("/keys/<uuid:key_id>/end-old")
@requires(Permission.STUDIO_USE)
def end_old(key_id: UUID) -> ResponseReturnValue:
    """End the older secret now."""
    _require_own(key_id)
    api_keys.end_old_secrets(current_session(), current_actor(), key_id, now=request_now())
    flash(_("The older secret has ended. The newer one goes on."), "success")
    return redirect(url_for(".index", **chosen()), 303)


@bp.post("/keys/<uuid:key_id>/end")
@requires(Permission.STUDIO_USE)
def end(key_id: UUID) -> ResponseReturnValue:
    """End a key with all its secrets now."""
    _require_own(key_id)
    api_keys.end_key(current_session(), current_actor(), key_id, now=request_now())
    flash(_("The key has ended. Programs that use it are refused from now on."), "success")
    return redirect(url_for(".index", **chosen()), 303)


def _require_own(key_id: UUID) -> None:
    """Raises NotFound for a key of another studio, NotAllowed for somebody who only looks."""
    studio_id = api_keys.studio_of(current_session(), key_id)
    services.require_manager(current_actor(), studio_id)


def _page(form: KeyForm, *, secret: str = "", named: str = "") -> str:
    session, studio_id = current_session(), studio_id_now()
    keys = api_keys.keys_of(session, studio_id, request_now())
    return render_template(
        "studios/studio_keys.html",
        form=form,
        keys=keys,
        makers=accounts.names_of(session, {key.made_by for key in keys}),
        secret=secret,
        named=named,
        sentences={scope.value: text for scope, text in SENTENCES.items()},
        own_scope=Scope.SELF.value,
        **studio_facts(studio_id),
    )
