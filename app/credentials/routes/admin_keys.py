"""The issuer's keys: which there are, new ones, and what to do when others may have one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import queries, services
from app.credentials.forms import WithdrawKeyForm
from app.domain.access.permissions import Permission
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm, KeyRecord
from app.domain.errors import NotFound
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_keys", Audience.ADMIN)


@bp.get("/credentials/keys")
@requires(Permission.CREDENTIAL_MANAGE)
def index() -> ResponseReturnValue:
    """Every key ever made, newest first, and how far the signing anew after a lost one is."""
    return render_template(
        "credentials/admin_keys.html",
        keys=list(reversed(runtime().keys.public_keys())),
        did=did_for(runtime().settings.public_url),
        job=queries.running_job(current_session(), services.SIGN_ANEW),
    )


@bp.post("/credentials/keys/rotate")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def rotate() -> ResponseReturnValue:
    """New keys, published now and used from tomorrow."""
    services.rotate_keys(current_session(), current_actor(), runtime().keys, now=request_now())
    flash(_("The new keys are published. They sign from tomorrow on; the old ones stay published."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/credentials/keys/<kid>/withdraw")
@requires(Permission.CREDENTIAL_MANAGE)
def withdraw_form(kid: str) -> ResponseReturnValue:
    """What withdrawing a key means, before it is done."""
    return _withdraw_page(_key(kid), WithdrawKeyForm(kid))


@bp.post("/credentials/keys/<kid>/withdraw")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def withdraw(kid: str) -> ResponseReturnValue:
    """Withdraw a key that others may have, and have what it signed signed anew."""
    key = _key(kid)
    form = WithdrawKeyForm(kid)
    if not form.validate_on_submit():
        return _withdraw_page(key, form), 422
    session, now = current_session(), request_now()
    lost = services.withdraw_key(session, current_actor(), runtime().keys, kid, now=now)
    services.ask_to_sign_anew(session, lost, now=now)
    flash(_("The key is withdrawn. What it signed is being signed anew; this page shows how far that is."), "success")
    return redirect(url_for(".index"), 303)


def _key(kid: str) -> KeyRecord:
    found = next((key for key in runtime().keys.public_keys() if key.kid == kid), None)
    if found is None:
        raise NotFound
    return found


def _withdraw_page(key: KeyRecord, form: WithdrawKeyForm) -> str:
    # Which key signed a token is not kept: for a key of tokens every certificate counts.
    kid = key.kid if key.algorithm is Algorithm.ED25519 else ""
    count = queries.count_live_files(current_session(), kid)
    return render_template("credentials/admin_withdraw_key.html", key=key, form=form, count=count)
