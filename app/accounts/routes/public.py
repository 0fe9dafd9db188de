"""Sign up, sign in, invitations, password reset."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import login, queries, services
from app.accounts.forms import (
    AcceptForm,
    AskSignUpForm,
    ForgotForm,
    NewPasswordForm,
    SecondStepForm,
    SignInForm,
    SignUpForm,
)
from app.domain.access.proof import Factor
from app.domain.errors import Expired, Invalid
from app.domain.events import AccountMade
from app.infra.jobs.outbox import enqueue, publish
from app.web.access import current_actor, current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.locale import wanted
from app.web.redirects import safe_next

bp = AudienceBlueprint("accounts", Audience.PUBLIC)


@bp.route("/sign-in", methods=["GET", "POST"])
@public("Nobody is signed in yet.")
def sign_in() -> ResponseReturnValue:
    """Sign in with e-mail and password."""
    if request.method == "GET" and current_actor().is_authenticated:
        return redirect(login.home_of(current_actor()), 303)
    form = SignInForm()
    if form.validate_on_submit():
        user_id = login.check_credentials(form.email.data or "", form.password.data or "")
        if user_id is not None:
            target = safe_next(request.args.get("next"), url_for("accounts_account.home"))
            return redirect(login.enter(user_id, target), 303)
        form.form_errors.append(_("E-mail and password do not belong together. Check both, or set a new password."))
    return render_template("accounts/public_sign_in.html", form=form), 422 if form.errors else 200


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@public("The password was right, and the second factor is still missing.")
def second_step() -> ResponseReturnValue:
    """The second half of a sign-in: a code of the app, a passkey, or a code on paper."""
    user_id = login.half_way()
    if user_id is None:
        flash(_("That took too long. Sign in again."), "warning")
        return redirect(url_for(".sign_in"), 303)
    form = SecondStepForm()
    if form.validate_on_submit():
        target = login.finish(user_id, form.code.data or "")
        if target is not None:
            return redirect(target, 303)
        form.code.errors = (_("This code is not right, was used already, or is too old. Take the next one."),)
    factors = queries.factors_of(current_session(), user_id)
    return render_template("accounts/public_second_step.html", form=form, factors=factors), 422 if form.errors else 200


@bp.post("/sign-in/passkey/options")
@public("Nobody is signed in yet.")
def passkey_options() -> ResponseReturnValue:
    """What the browser is to sign."""
    user_id = login.half_way()
    factors = queries.factors_of(current_session(), user_id) if user_id else None
    return jsonify(login.ask_passkey(factors))


@bp.post("/sign-in/passkey")
@public("The signature of the passkey is the permission.")
def sign_in_by_passkey() -> ResponseReturnValue:
    """Sign in with a passkey alone: the device has asked for a finger, a face or a PIN."""
    given = login.passkey_answer()
    target = session.get("half_target") or safe_next(str(given.get("next", "")), url_for("accounts_account.home"))
    login.begin(login.passkey_owner(given["answer"]), Factor.PASSKEY)
    return jsonify(location=target)


@bp.route("/sign-up", methods=["GET", "POST"])
@public("A student makes an account.")
def sign_up() -> ResponseReturnValue:
    """A student makes an account and is signed in; where mail can be sent, through a link in a mail."""
    if runtime().settings.sign_up == "by_mail":
        return _ask_sign_up()
    form = SignUpForm()
    if form.validate_on_submit():
        login.limit_sign_up()
        user_id = _signed_up(form)
        if user_id is not None:
            login.begin(user_id)
            flash(_("Welcome. Your account is ready."), "success")
            return redirect(safe_next(request.args.get("next"), url_for("home_student.dashboard")), 303)
    return render_template("accounts/public_sign_up.html", form=form), 422 if form.errors else 200


def _signed_up(form: SignUpForm) -> UUID | None:
    hashed = runtime().passwords.hash(form.password.data or "")
    email, name = form.email.data or "", form.name.data or ""
    try:
        made = services.sign_up(current_session(), email=email, name=name, password_hash=hashed, now=request_now()).id
    except Invalid as error:
        form.add_problems(error)
        return None
    services.choose_language(current_session(), made, wanted())
    publish(current_session(), AccountMade(made.hex), now=request_now())
    return made


def _ask_sign_up() -> ResponseReturnValue:
    """Send the link for an account; the answer is the same whether or not the e-mail has one already."""
    form = AskSignUpForm()
    if form.validate_on_submit():
        login.limit_sign_up()
        login.limit_mail(form.email.data or "")
        enqueue(current_session(), services.SIGN_UP_JOB, {"email": form.email.data}, now=request_now())
        return render_template("accounts/public_sign_up_sent.html", email=form.email.data)
    return render_template("accounts/public_sign_up_ask.html", form=form), 422 if form.errors else 200


@bp.route("/forgot-password", methods=["GET", "POST"])
@public("Somebody cannot sign in.")
def forgot_password() -> ResponseReturnValue:
    """Send a reset link; the answer is the same, and as fast, whether or not the e-mail is known."""
    form = ForgotForm()
    if form.validate_on_submit():
        login.limit_mail(form.email.data or "")
        enqueue(current_session(), services.RESET_JOB, {"email": form.email.data}, now=request_now())
        return render_template("accounts/public_forgot_sent.html", email=form.email.data)
    return render_template("accounts/public_forgot.html", form=form), 422 if form.errors else 200


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@public("The link in the mail is the permission.")
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password by a link that works once."""
    form = NewPasswordForm()
    if form.validate_on_submit():
        hashed = runtime().passwords.hash(form.password.data or "")
        services.reset_password(current_session(), token, password_hash=hashed, now=request_now())
        flash(_("Your new password is set and every device is signed out. Sign in with it now."), "success")
        return redirect(url_for(".sign_in"), 303)
    if queries.open_reset(current_session(), token, request_now()) is None:
        raise Expired(_("This link was used already or is older than an hour. Ask for a new one."))
    return render_template("accounts/public_reset.html", form=form), 422 if form.errors else 200


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public("The link in the mail is the permission.")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Accept an invitation: with the account one is signed in to, or with a new one."""
    invitation = queries.open_invitation(current_session(), token, request_now())
    if invitation is None:
        raise Expired(_("This invitation was used already, withdrawn, or is too old. Ask for a new one."))
    actor = current_actor()
    if request.method == "POST" and actor.is_authenticated:
        live = login.this_session()
        services.accept_invitation(current_session(), token, actor=actor, now=request_now())
        login.begin(actor.user_id, live.factor if live else Factor.PASSWORD)  # more power comes with a new session
        flash(_("The invitation is accepted."), "success")
        return redirect(url_for("accounts_account.home"), 303)
    form = AcceptForm()
    if invitation.email:
        form.email.data = invitation.email  # whoever was invited is who joins
    if form.validate_on_submit() and _joined(token, form):
        return redirect(url_for("accounts_account.home"), 303)
    page = render_template("accounts/public_accept.html", form=form, invitation=invitation)
    return page, 422 if form.errors else 200


def _joined(token: str, form: AcceptForm) -> bool:
    hashed = runtime().passwords.hash(form.password.data or "")
    try:
        user_id = services.accept_invitation(
            current_session(),
            token,
            email=form.email.data or "",
            name=form.name.data or "",
            password_hash=hashed,
            now=request_now(),
        )
    except Invalid as error:
        form.add_problems(error)
        return False
    services.choose_language(current_session(), user_id, wanted())
    publish(current_session(), AccountMade(user_id.hex), now=request_now())
    login.begin(user_id)
    return True


@bp.get("/signed-out")
@public("The last page of a session.")
def signed_out() -> ResponseReturnValue:
    """Say that the session has ended."""
    return render_template("accounts/public_signed_out.html")
