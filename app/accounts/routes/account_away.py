"""The days on which a reviewer is away."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries, services
from app.accounts.forms import AbsenceForm
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("accounts_away", Audience.ACCOUNT)


@bp.route("/away", methods=["GET", "POST"])
@requires(Permission.REVIEW_DO)
def away() -> ResponseReturnValue:
    """When new pieces go to others; a form to enter days, a list to take them back."""
    session, actor, now = current_session(), current_actor(), request_now()
    form = AbsenceForm()
    if form.validate_on_submit() and form.first_day.data and form.last_day.data:
        try:
            services.enter_absence(
                session, actor, actor.user_id, first_day=form.first_day.data, last_day=form.last_day.data, now=now
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("Your days are entered. On them, no pieces come to you."), "success")
            return redirect(url_for(".away"), 303)
    coming = queries.coming_absences(session, now.date(), actor.user_id)
    page = render_template("accounts/account_away.html", form=form, coming=coming, today=now.date())
    return page, 422 if form.errors else 200


@bp.post("/away/<uuid:absence_id>/withdraw")
@requires(Permission.REVIEW_DO)
def withdraw(absence_id: UUID) -> ResponseReturnValue:
    """Be there after all."""
    actor = current_actor()
    services.withdraw_absence(current_session(), actor, actor.user_id, absence_id, now=request_now())
    flash(_("These days are taken back. Pieces come to you again."), "success")
    return redirect(url_for(".away"), 303)
