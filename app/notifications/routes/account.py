"""The inbox."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.errors import NotFound
from app.notifications import queries, services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("notifications", Audience.ACCOUNT)
PAGE = 30


@bp.app_context_processor
def unread() -> dict[str, int]:
    """The number beside "Notifications" in every shell."""
    actor = current_actor()
    return {"unread": queries.unread_count(current_session(), actor.user_id) if actor.is_authenticated else 0}


@bp.get("/notifications")
@requires(Permission.NOTICE_READ)
def inbox() -> ResponseReturnValue:
    """What happened, newest first."""
    after = decode_cursor(request.args.get("after"))
    rows = queries.inbox(current_session(), current_actor().user_id, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda notice: (notice.created_at, str(notice.id)))
    return render_template("notifications/account_inbox.html", page=page)


@bp.post("/notifications/<uuid:notice_id>/open")
@requires(Permission.NOTICE_READ)
def open_notice(notice_id: UUID) -> ResponseReturnValue:
    """Mark a notice as read and go where it leads."""
    url = services.open_notice(current_session(), current_actor().user_id, notice_id, now=request_now())
    if url is None:
        raise NotFound
    return redirect(url or url_for(".inbox"), 303)


@bp.post("/notifications/read")
@requires(Permission.NOTICE_READ)
def mark_read() -> ResponseReturnValue:
    """Everything counts as read."""
    services.mark_all_read(current_session(), current_actor().user_id, now=request_now())
    return redirect(url_for(".inbox"), 303)
