"""Is the process up, and can it do its work?"""

from __future__ import annotations

from flask import Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.web.access import current_session, public
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("health", Audience.PUBLIC)


@bp.get("/healthz")
@public("A load balancer asks whether the process runs.")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public("A load balancer asks whether the database answers.")
def ready() -> tuple[Response, int]:
    """The database answers."""
    try:
        current_session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="database unreachable"), 503
    return jsonify(status="ok"), 200
