"""What studios' programmers read."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.studios.webhook import TYPES
from app.web.access import public
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("studios", Audience.PUBLIC)


@bp.get("/webhooks")
@public("How to check a message is no secret; programmers have no account here.")
def webhook_guide() -> ResponseReturnValue:
    """How messages to a studio's program look and are checked."""
    return render_template("studios/public_webhook_guide.html", types=list(TYPES.values()))
