"""What is published: the live release and those before it."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts import queries as accounts
from app.content import queries
from app.domain.access.permissions import Permission
from app.web.access import current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("content", Audience.ADMIN)
PAGE = 30


@bp.get("/content")
@requires(Permission.CONTENT_READ_RELEASES)
def releases() -> ResponseReturnValue:
    """The live release with its counts, and the history, the newest first."""
    session = current_session()
    before = request.args.get("before", type=int)
    rows = queries.releases(session, PAGE + 1, before=before)
    live = rows[0] if rows and before is None else queries.live_release(session)
    names = accounts.names_of(session, [r.actor_id for r in [*rows, live] if r is not None and r.actor_id is not None])
    older = rows[PAGE - 1].number if len(rows) > PAGE else None
    facts = {"live": live, "rows": rows[:PAGE], "names": names, "older": older, "is_first": before is None}
    return render_template("content/admin_releases.html", **facts)
