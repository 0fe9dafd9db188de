"""An instructor's first page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.home import queries
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home", Audience.INSTRUCTOR)


@bp.get("/")
@requires(Permission.REVIEW_DO)
def dashboard() -> ResponseReturnValue:
    """What waits: pieces, proofs, one's own open reviews."""
    home = queries.instructor_home(current_session(), current_actor(), request_now())
    return render_template("home/instructor_dashboard.html", home=home)
