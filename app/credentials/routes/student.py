"""The holder's own certificates."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.credentials import queries
from app.credentials.services import PRINTABLE
from app.domain.access.permissions import Permission
from app.web.access import current_actor, current_session, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials", Audience.STUDENT)


@bp.get("/certificates")
@requires(Permission.CREDENTIAL_HOLD)
def certificates() -> ResponseReturnValue:
    """Each certificate with its live status, its code, its files and the link to share."""
    held = queries.held_by(current_session(), current_actor().user_id)
    return render_template(
        "credentials/student_certificates.html",
        held=held,
        hidden_names=queries.hidden_names(current_session(), current_actor().user_id),
        printable=PRINTABLE,
        public_url=runtime().settings.public_url,
    )
