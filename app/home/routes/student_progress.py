"""How a student's levels move, step by step."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.practice.trend import HEIGHT, WIDTH, y_of
from app.home import queries
from app.web.access import current_actor, current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home_progress", Audience.STUDENT)
COMPETENT = 3


@bp.get("/practice/progress")
@requires(Permission.FEEDBACK_READ)
def steps() -> ResponseReturnValue:
    """A drawing and a table for each step; both say the same."""
    trends = queries.step_trends(current_session(), current_actor().user_id)
    size = {"width": WIDTH, "height": HEIGHT, "mark": y_of(COMPETENT), "top": y_of(4), "bottom": y_of(1)}
    return render_template("home/student_progress.html", trends=trends, size=size)
