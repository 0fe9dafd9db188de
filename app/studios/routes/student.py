"""The artist's side: which studios asked for papers, what each may see, and every change of that."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.studios.sharing import shares_of
from app.studios import queries, services
from app.studios.forms import SHARES, ShareForm
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("studios", Audience.STUDENT)


@bp.get("/studios")
@requires(Permission.CREDENTIAL_HOLD)
def studios() -> ResponseReturnValue:
    """Studios that asked, each with what it may see."""
    return _page()


@bp.post("/studios/<uuid:artist_link_id>")
@requires(Permission.CREDENTIAL_HOLD)
def choose(artist_link_id: UUID) -> ResponseReturnValue:
    """Let a studio see what is ticked and nothing else, from now on."""
    form = ShareForm()
    if not form.validate_on_submit():
        return _page(), 422
    chosen = shares_of(form.shares.data or [])
    services.choose_shares(current_session(), current_actor(), artist_link_id, chosen, now=request_now())
    text = _("The studio sees what you ticked.") if chosen else _("The studio sees nothing of you.")
    flash(text, "success")
    return redirect(url_for(".studios"), 303)


def _page() -> str:
    session, user_id = current_session(), current_actor().user_id
    return render_template(
        "studios/student_studios.html",
        studios=queries.asking_studios(session, user_id),
        history=queries.consent_history(session, user_id),
        words=SHARES,
    )
