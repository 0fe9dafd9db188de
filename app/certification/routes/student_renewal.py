"""Renew a certificate: what is needed, and the application."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.certification import services
from app.certification.forms import RenewalForm
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("certification_renewal", Audience.STUDENT)


@bp.get("/path/renewal/<certification_key>")
@requires(Permission.PATH_READ)
def renewal(certification_key: str) -> ResponseReturnValue:
    """How the renewal of one's own certificate stands, line by line."""
    return _page(certification_key, RenewalForm())


@bp.post("/path/renewal/<certification_key>")
@requires(Permission.PATH_READ)
def ask(certification_key: str) -> ResponseReturnValue:
    """Apply."""
    form = RenewalForm()
    if form.validate_on_submit():
        try:
            made = services.apply_for_renewal(
                current_session(),
                current_actor(),
                certification_key,
                agreed=bool(form.agreed.data),
                now=request_now(),
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            waits = made.state == "waiting"
            done = _("Your application is sent. A second person looks at it.")
            flash(done if waits else _("Your certificate is renewed. The new file is made in a moment."), "success")
            return redirect(url_for(".renewal", certification_key=certification_key), 303)
    return _page(certification_key, form), 422


def _page(certification_key: str, form: RenewalForm) -> str:
    found = services.renewal_of(current_session(), current_actor().user_id, certification_key, now=request_now())
    return render_template("certification/student_renewal.html", found=found, form=form, statement=services.STATEMENT)
