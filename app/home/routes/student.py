"""A student's first page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.home import queries
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home", Audience.STUDENT)


@bp.get("/")
@requires(Permission.PATH_READ)
def dashboard() -> ResponseReturnValue:
    """What to do next, what was said, how far the way still is."""
    home = queries.student_home(current_session(), current_actor().user_id, request_now())
    return render_template("home/student_dashboard.html", home=home)
