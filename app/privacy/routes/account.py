"""Your data: what you agreed to, a copy of everything, and leaving."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import login
from app.domain.access.permissions import Permission
from app.domain.errors import Expired, NotFound
from app.domain.privacy.consent import ASKED, ConsentKind
from app.privacy import queries, services
from app.privacy.forms import EraseForm
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("privacy", Audience.ACCOUNT)


@bp.get("/data")
@requires(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """What you agreed to, your copies, and the way out."""
    session, user_id = current_session(), current_actor().user_id
    return render_template(
        "privacy/account_data.html",
        asked=ASKED,
        standing=queries.standing_consents(session, user_id),
        history=queries.consents_of(session, user_id),
        copies=queries.copies_of(session, user_id),
        leaving=queries.open_request(session, user_id),
    )


@bp.post("/data/consents/<kind>/give")
@requires(Permission.ACCOUNT_USE)
def give(kind: str) -> ResponseReturnValue:
    """Agree to one thing."""
    services.agree(current_session(), current_actor(), [_kind(kind)], now=request_now())
    flash(_("Thank you. It is written down."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/data/consents/<kind>/take-back")
@requires(Permission.ACCOUNT_USE)
def take_back(kind: str) -> ResponseReturnValue:
    """Take a yes back."""
    services.take_back(current_session(), current_actor(), _kind(kind), now=request_now())
    flash(_("You took it back. From now on it does not count."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/data/copies")
@requires(Permission.ACCOUNT_USE)
def ask_copy() -> ResponseReturnValue:
    """Have a copy of everything made."""
    services.ask_copy(current_session(), current_actor(), now=request_now())
    return redirect(url_for(".index", _anchor="copies"), 303)


@bp.get("/data/copies/<uuid:copy_id>")
@requires(Permission.ACCOUNT_USE)
def status(copy_id: UUID) -> ResponseReturnValue:
    """How far a copy is, for the script of the page."""
    found = queries.copy_for(current_session(), current_actor().user_id, copy_id)
    return jsonify({"state": found.state, "done": found.done, "total": found.total})


@bp.post("/data/copies/<uuid:copy_id>/file")
@requires(Permission.ACCOUNT_USE)
def fetch(copy_id: UUID) -> ResponseReturnValue:
    """A finished copy. No link that could be passed on: fetching is written down, and needs the form of the page."""
    found = queries.copy_for(current_session(), current_actor().user_id, copy_id)
    if found.expires_at <= request_now():
        raise Expired(_("This copy has ended after a week. Have a new one made; nothing is lost."))
    try:
        stream = runtime().storage.open(found.file_key or "")
    except (FileNotFoundError, ValueError) as error:
        raise NotFound(_("This copy is not finished, or could not be made.")) from error
    services.note_fetched(current_session(), current_actor(), copy_id, now=request_now())
    name = f"my-data-{found.asked_at:%Y-%m-%d}.zip"
    response = send_file(stream, mimetype="application/zip", as_attachment=True, download_name=name)
    response.content_length = found.size
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.route("/data/erase", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def erase() -> ResponseReturnValue:
    """Ask to be erased: what goes, what stays and why, and the password once more."""
    form = EraseForm()
    if form.validate_on_submit():
        if login.is_own_password(form.password.data or ""):
            url = runtime().settings.public_url + url_for(".index")
            services.ask_erasure(current_session(), current_actor(), url=url, now=request_now())
            flash(_("You asked to be erased. You can change your mind for fourteen days."), "success")
            return redirect(url_for(".index"), 303)
        form.password.errors = [*form.password.errors, _("This is not your password.")]
    return render_template("privacy/account_erase.html", form=form), 422 if form.errors else 200


@bp.post("/data/erase/withdraw")
@requires(Permission.ACCOUNT_USE)
def withdraw() -> ResponseReturnValue:
    """Stay."""
    services.withdraw_erasure(current_session(), current_actor(), now=request_now())
    flash(_("You stay. Nothing was erased."), "success")
    return redirect(url_for(".index"), 303)


def _kind(text: str) -> ConsentKind:
    try:
        return ConsentKind(text)
    except ValueError as error:
        raise NotFound from error
