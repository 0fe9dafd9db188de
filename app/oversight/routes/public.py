"""What everybody may know about the reviewers of the academy."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.agreement.marks import ENOUGH
from app.oversight.queries import agreement as queries
from app.web.access import current_session, public
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("oversight", Audience.PUBLIC)


@bp.get("/agreement")
@public("How well the reviewers of an academy agree concerns everybody who trusts its certificates.")
def agreement() -> ResponseReturnValue:
    """How well two reviewers agree, over how many pieces and of which time; nothing while there are too few."""
    figure = queries.public_figure(current_session())
    return render_template("oversight/public_agreement.html", figure=figure, ENOUGH=ENOUGH)
