"""How one signs in: devices, the second factor, passkeys, codes on paper, and showing again who one is."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import login, queries, services
from app.accounts.forms import FirstCodeForm
from app.domain.access.permissions import Permission
from app.domain.access.proof import Factor
from app.domain.errors import Invalid
from app.infra import one_time_codes
from app.infra.passkeys import BadAnswer, challenge_in, check_creation, creation_options, handle_of, to_bytes
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.redirects import safe_next

bp = AudienceBlueprint("accounts_security", Audience.ACCOUNT)


@bp.get("/security")
@requires(Permission.ACCOUNT_USE)
def security() -> ResponseReturnValue:
    """Everything about one's sign-in on one page."""
    session, actor = current_session(), current_actor()
    live = login.this_session()
    return render_template(
        "accounts/account_security.html",
        factors=queries.factors_of(session, actor.user_id),
        sessions=queries.live_sessions(session, actor.user_id, request_now(), login.this_token()),
        is_weak=live is not None and login.is_too_weak(live),
    )


@bp.get("/second-step")
@requires(Permission.ACCOUNT_USE)
def begin() -> ResponseReturnValue:
    """Where staff without a second step are sent: to show it when they have one, else to set one up."""
    factors = queries.factors_of(current_session(), current_actor().user_id)
    live = login.this_session()
    if live is None or not login.is_too_weak(live):
        return redirect(url_for(".security"), 303)
    if factors.has_second:
        return redirect(
            url_for(".confirm", next=safe_next(request.args.get("next"), login.home_of(current_actor()))), 303
        )
    return render_template("accounts/account_second_step.html")


@bp.route("/confirm", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def confirm() -> ResponseReturnValue:
    """Show again who one is, before something dangerous."""
    target = safe_next(request.args.get("next"), url_for(".security"))
    problem = login.try_proof(request.form.get("proof", "")) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return redirect(target, 303)
    page = render_template(
        "accounts/account_confirm.html",
        factors=queries.factors_of(current_session(), current_actor().user_id),
        kept=[],
        action=url_for(".confirm", next=target),
        target=target,
        problem=problem,
    )
    return page, 422 if problem else 200


@bp.post("/confirm/passkey/options")
@requires(Permission.ACCOUNT_USE)
def confirm_passkey_options() -> ResponseReturnValue:
    """What the browser is to sign with one of the person's passkeys."""
    return jsonify(login.ask_passkey(queries.factors_of(current_session(), current_actor().user_id)))


@bp.post("/confirm/passkey")
@requires(Permission.ACCOUNT_USE)
def confirm_passkey() -> ResponseReturnValue:
    """Show by a passkey who one is; the page then goes on with what it was about."""
    if login.passkey_owner(login.passkey_answer()["answer"]) != current_actor().user_id:
        raise Invalid(_("This passkey belongs to another account."))
    login.prove(Factor.PASSKEY)
    return jsonify(ok=True)


@bp.route("/security/app", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
@recent_proof
def code_app() -> ResponseReturnValue:
    """Begin to set up an app: the secret is made here, by a POST; its page is shown until the first code is right."""
    if request.method == "GET":
        return redirect(url_for(".security"), 303)
    session, actor, key = current_session(), current_actor(), runtime().settings.secret_key
    form = FirstCodeForm()
    if "code" in request.form and form.validate_on_submit():
        if services.confirm_code_app(session, actor, form.code.data or "", secret_key=key, now=request_now()):
            login.prove(Factor.TOTP)
            flash(_("The app is set up. From now on, signing in asks for its code."), "success")
            return redirect(_after_first_factor(), 303)
        form.code.errors = (_("This is not the code of this moment. Take the next one, and check your phone's clock."),)
    secret = services.begin_code_app(session, actor, secret_key=key, now=request_now())
    address = one_time_codes.address_of(
        secret, account=queries.user(session, actor.user_id).email, issuer=runtime().settings.academy_name
    )
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    page = render_template(
        "accounts/account_app.html", form=form, qr=one_time_codes.qr_of(address), address=address, groups=groups
    )
    return page, 422 if form.errors else 200


def _after_first_factor() -> str:
    """To the codes on paper, when there are none yet; else to where the sign-in is described."""
    left = queries.factors_of(current_session(), current_actor().user_id).codes_left
    return url_for(".security") if left else url_for(".codes")


@bp.post("/security/app/remove")
@requires(Permission.ACCOUNT_USE)
@recent_proof
def remove_app() -> ResponseReturnValue:
    """Sign in without the app from now on."""
    services.remove_code_app(current_session(), current_actor(), now=request_now())
    flash(_("The app is removed. Its codes no longer count."), "success")
    return redirect(url_for(".security"), 303)


@bp.route("/security/codes", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
@recent_proof
def codes() -> ResponseReturnValue:
    """Codes for paper: shown this once, right after they were made."""
    factors = queries.factors_of(current_session(), current_actor().user_id)
    made = []
    if request.method == "POST":
        made = services.make_recovery_codes(current_session(), current_actor(), now=request_now())
    return render_template("accounts/account_codes.html", factors=factors, made=made)


@bp.post("/security/passkeys/options")
@requires(Permission.ACCOUNT_USE)
@recent_proof
def passkey_options() -> ResponseReturnValue:
    """What a browser needs to make a passkey."""
    session, actor = current_session(), current_actor()
    user = queries.user(session, actor.user_id)
    known = [each.credential_id for each in queries.factors_of(session, user.id).passkeys]
    token = services.start_challenge(session, "new_passkey", user_id=user.id, now=request_now())
    handle = handle_of(user.id.bytes)
    return jsonify(
        creation_options(
            login.site(), handle=handle, email=user.email, name=user.name, challenge=to_bytes(token), known=known
        )
    )


@bp.post("/security/passkeys")
@requires(Permission.ACCOUNT_USE)
@recent_proof
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    given, session, actor = login.passkey_answer(), current_session(), current_actor()
    try:
        token = challenge_in(given["answer"])
        made = check_creation(login.site(), given["answer"], to_bytes(token))
    except (BadAnswer, ValueError) as error:
        raise Invalid(_("The passkey could not be checked, so it was not kept. Try again.")) from error
    mine = queries.challenged(session, token, "new_passkey", request_now()) == actor.user_id
    if not mine or not services.end_challenge(session, token, "new_passkey", now=request_now()):
        raise Invalid(_("That took too long, so the passkey was not kept. Try again."))
    services.add_passkey(session, actor, made, name=str(given.get("name", "")), now=request_now())
    login.prove(Factor.PASSKEY)
    flash(_("The passkey is kept. You can sign in with it from now on."), "success")
    return jsonify(location=_after_first_factor())


@bp.post("/security/passkeys/<uuid:passkey_id>/remove")
@requires(Permission.ACCOUNT_USE)
@recent_proof
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Forget a passkey."""
    services.remove_passkey(current_session(), current_actor(), passkey_id, now=request_now())
    flash(_("The passkey is removed here. You may delete it on your device, too."), "success")
    return redirect(url_for(".security"), 303)
