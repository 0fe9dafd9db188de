"""The first page for everybody, the style guide, and what robots may read."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.home import queries
from app.web.access import current_session, public
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home", Audience.PUBLIC)
# Only what lies behind a sign-in. Public pages about people say noindex themselves, which a robot must come to read.
CLOSED = ("/account/", "/admin/", "/api/", "/learn/", "/studio/", "/teach/")


@bp.get("/")
@public("The first page tells everybody what this academy does.")
def landing() -> ResponseReturnValue:
    """What the academy teaches, and one field to check a certificate."""
    return render_template("home/public_landing.html", program=queries.program(current_session()))


@bp.get("/styleguide")
@public("It shows the design system with sample data only.")
def styleguide() -> ResponseReturnValue:
    """Every part of the design system."""
    return render_template("home/styleguide.html")


@bp.get("/robots.txt")
@public("Robots are nobody and read nothing private.")
def robots() -> ResponseReturnValue:
    """What search engines are asked to leave out."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
