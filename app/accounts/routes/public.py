"""Sign up, sign in, invitations, password reset."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import login, queries, services
from app.accounts.forms import AcceptForm, ForgotForm, NewPasswordForm, SignInForm, SignUpForm
from app.domain.errors import Expired, Invalid
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.web.access import current_actor, current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
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
            login.begin(user_id)
            return redirect(safe_next(request.args.get("next"), url_for("accounts_account.home")), 303)
        form.form_errors.append(_("E-mail and password do not belong together. Check both, or set a new password."))
    return render_template("accounts/public_sign_in.html", form=form), 422 if form.errors else 200


@bp.route("/sign-up", methods=["GET", "POST"])
@public("A student makes an account.")
def sign_up() -> ResponseReturnValue:
    """A student makes an account and is signed in."""
    form = SignUpForm()
    if form.validate_on_submit():
        login.limit_sign_up()
        hashed = runtime().passwords.hash(form.password.data or "")
        try:
            user = services.sign_up(
                current_session(),
                email=form.email.data or "",
                name=form.name.data or "",
                password_hash=hashed,
                now=request_now(),
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            login.begin(user.id)
            flash(_("Welcome. Your account is ready."), "success")
            return redirect(safe_next(request.args.get("next"), url_for("home_student.dashboard")), 303)
    return render_template("accounts/public_sign_up.html", form=form), 422 if form.errors else 200


@bp.route("/forgot-password", methods=["GET", "POST"])
@public("Somebody cannot sign in.")
def forgot_password() -> ResponseReturnValue:
    """Send a reset link; the answer is the same whether or not the e-mail is known."""
    form = ForgotForm()
    if form.validate_on_submit():
        login.limit_mail(form.email.data or "")
        made = services.ask_password_reset(current_session(), form.email.data or "", now=request_now())
        if made is not None:
            user, token = made
            url = runtime().settings.public_url + url_for(".reset_password", token=token)
            payload = mail_payload(user.email, "password_reset", name=user.name, url=url)
            enqueue(current_session(), MAIL_JOB, payload, now=request_now())
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
        services.accept_invitation(current_session(), token, actor=actor, now=request_now())
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
    login.begin(user_id)
    return True


@bp.get("/signed-out")
@public("The last page of a session.")
def signed_out() -> ResponseReturnValue:
    """Say that the session has ended."""
    return render_template("accounts/public_signed_out.html")
