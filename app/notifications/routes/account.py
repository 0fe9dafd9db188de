"""The inbox, and what of it comes by mail."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid, NotFound
from app.domain.notices import topics_for
from app.notifications import queries, services
from app.notifications.forms import mail_form
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("notifications", Audience.ACCOUNT)
PAGE = 30
UNREAD = "unread"


@bp.app_context_processor
def unread() -> dict[str, int]:
    """The number beside "Notifications" in every shell."""
    actor = current_actor()
    return {"unread": queries.unread_count(current_session(), actor.user_id) if actor.is_authenticated else 0}


@bp.get("/notifications")
@requires(Permission.NOTICE_READ)
def inbox() -> ResponseReturnValue:
    """What happened, newest first; all of it, or what is unread."""
    after = decode_cursor(request.args.get("after"))
    show = UNREAD if request.args.get("show") == UNREAD else ""
    user_id = current_actor().user_id
    rows = queries.inbox(current_session(), user_id, after=after, size=PAGE, unread_only=bool(show))
    page = page_of(rows, PAGE, lambda notice: (notice.created_at, str(notice.id)))
    return render_template("notifications/account_inbox.html", page=page, show=show, is_first=after is None)


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


@bp.route("/notifications/mail", methods=["GET", "POST"])
@requires(Permission.NOTICE_READ)
def mail() -> ResponseReturnValue:
    """How often mail comes, by topic, and when the summary does."""
    session, actor = current_session(), current_actor()
    wishes = queries.wishes_of(session, actor.user_id)
    form = mail_form(topics_for(actor.roles), wishes)
    if form.validate_on_submit():
        zone, hour = form.time_zone.data, form.digest_hour.data
        try:
            services.choose_mail(session, actor.user_id, form.frequencies(), time_zone=zone, digest_hour=hour)
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("Saved. Mail comes as you chose."), "success")
            return redirect(url_for(".mail"), 303)
    page = render_template("notifications/account_mail.html", form=form, wishes=wishes)
    return page, 422 if form.errors else 200


@bp.post("/notifications/mail/resume")
@requires(Permission.NOTICE_READ)
def resume_mail() -> ResponseReturnValue:
    """Try an address again that took no mail."""
    services.resume_mail(current_session(), current_actor().user_id)
    flash(_("The next mail is sent to your address again."), "success")
    return redirect(url_for(".mail"), 303)
