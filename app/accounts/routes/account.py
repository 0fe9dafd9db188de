"""One's own account: where to start, profile, password, sessions, sign-out."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import login, queries, services
from app.accounts.forms import ChangePasswordForm, ProfileForm
from app.domain.access.permissions import Permission
from app.domain.access.proof import Factor
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.locale import language, locale_of

bp = AudienceBlueprint("accounts", Audience.ACCOUNT)


@bp.get("/home")
@requires(Permission.ACCOUNT_USE)
def home() -> ResponseReturnValue:
    """Go to the area that the person works in."""
    return redirect(login.home_of(current_actor()), 303)


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def profile() -> ResponseReturnValue:
    """The name and the language, and the way to everything else of one's account."""
    user = queries.user(current_session(), current_actor().user_id)
    form = ProfileForm(obj=user)
    if form.validate_on_submit():
        _change_profile(form, user.name)
        return redirect(url_for(".profile"), 303)
    return render_template("accounts/account_profile.html", form=form, user=user), 422 if form.errors else 200


def _change_profile(form: ProfileForm, old_name: str) -> None:
    wanted, name = form.language.data or "", (form.name.data or "").strip()
    services.rename(current_session(), current_actor(), name=name)
    services.choose_language(current_session(), current_actor().user_id, wanted)
    with force_locale(locale_of(wanted or language())):
        if name == old_name:
            flash(_("Your profile is saved."), "success")
        else:
            flash(_("Your name is changed. Certificates that were issued keep the name they carry."), "success")


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def change_password() -> ResponseReturnValue:
    """A new password; every other device is signed out."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        if login.is_own_password(form.current.data or ""):
            hashed = runtime().passwords.hash(form.password.data or "")
            services.change_password(
                current_session(),
                current_actor(),
                password_hash=hashed,
                token=login.this_token(),
                now=request_now(),
            )
            login.prove(Factor.PASSWORD)
            flash(_("Your password is changed and your other devices are signed out."), "success")
            return redirect(url_for("accounts_security_account.security"), 303)
        form.current.errors = [*form.current.errors, _("This is not your current password.")]
    return render_template("accounts/account_password.html", form=form), 422 if form.errors else 200


@bp.post("/sessions/<uuid:sign_in_id>/end")
@requires(Permission.ACCOUNT_USE)
def end_session(sign_in_id: UUID) -> ResponseReturnValue:
    """Sign out one device."""
    services.end_session_by_id(current_session(), current_actor(), sign_in_id, now=request_now())
    flash(_("That device is signed out."), "success")
    return redirect(url_for("accounts_security_account.security"), 303)


@bp.post("/sessions/end-others")
@requires(Permission.ACCOUNT_USE)
def end_other_sessions() -> ResponseReturnValue:
    """Sign out every other device."""
    actor = current_actor()
    services.end_all_sessions(current_session(), actor, actor.user_id, now=request_now(), keep_token=login.this_token())
    flash(_("Every other device is signed out."), "success")
    return redirect(url_for("accounts_security_account.security"), 303)


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_USE)
def sign_out() -> ResponseReturnValue:
    """End this session on the server and in the browser."""
    login.end()
    session.clear()
    response = redirect(url_for("accounts_public.signed_out"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
