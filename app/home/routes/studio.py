"""A studio's first page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.home import queries
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home", Audience.STUDIO)


@bp.get("/")
@requires(Permission.STUDIO_USE)
def dashboard() -> ResponseReturnValue:
    """Verify in one field, what changed, whom the studio follows."""
    studio_id = min(current_actor().studio_ids)
    home = queries.studio_home(current_session(), studio_id, request_now())
    return render_template("home/studio_dashboard.html", home=home)
