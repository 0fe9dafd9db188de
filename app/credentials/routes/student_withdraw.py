"""The holder gives a certificate up: what that means is said first, and it is asked who it is."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import queries, services
from app.credentials.forms import GiveUpForm
from app.domain.access.permissions import Permission
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_withdraw", Audience.STUDENT)


@bp.get("/certificates/<own_number>/withdraw")
@requires(Permission.CREDENTIAL_HOLD)
def ask(own_number: str) -> ResponseReturnValue:
    """What withdrawing means, and the form for it."""
    return _page(own_number, GiveUpForm(formdata=None))


@bp.post("/certificates/<own_number>/withdraw")
@requires(Permission.CREDENTIAL_HOLD)
@recent_proof
def withdraw(own_number: str) -> ResponseReturnValue:
    """Withdraw one's own certificate for good."""
    form = GiveUpForm()
    found = queries.own(current_session(), current_actor().user_id, own_number)
    if not form.validate_on_submit():
        return _page(own_number, form), 422
    settings, now = runtime().settings, request_now()
    issuer = services.issuer_of(runtime().keys, name=settings.academy_name, url=settings.public_url, now=now)
    services.give_up(current_session(), current_actor(), found.id, issuer=issuer, now=now)
    flash(_("Your certificate is withdrawn. Its page says so from now on."), "success")
    return redirect(url_for("credentials_student.certificates"), 303)


def _page(own_number: str, form: GiveUpForm) -> str:
    found = queries.own(current_session(), current_actor().user_id, own_number)
    return render_template("credentials/student_withdraw.html", c=found, form=form)
