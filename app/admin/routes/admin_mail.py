"""Mails that wait, that failed, and that receivers refused. What stands in them is never shown."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin import queries, services
from app.domain.access.permissions import Permission
from app.infra.jobs.models import JobState
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("admin_mail", Audience.ADMIN)
PAGE = 50
SHOWN = {"waiting": JobState.QUEUED, "dead": JobState.DEAD}


@bp.get("/mail")
@requires(Permission.JOBS_MANAGE)
def index() -> ResponseReturnValue:
    """The mails that have not left, by what keeps them."""
    view = request.args.get("view", "waiting")
    settings, session = runtime().settings, current_session()
    page = {"counts": queries.mail_counts(session), "settings": settings, "view": view, "rows": [], "more": None}
    if view == "refused":
        refused = queries.refused_mails(session, after=request.args.get("after", "")[:220], size=PAGE)
        page |= {"rows": refused[:PAGE], "more": refused[PAGE - 1].key if len(refused) > PAGE else None}
    else:
        state = SHOWN.get(view, JobState.QUEUED)
        jobs = queries.mail_jobs(session, state, before=request.args.get("before", type=int), size=PAGE)
        page |= {"rows": jobs[:PAGE], "more": jobs[PAGE - 1].id if len(jobs) > PAGE else None}
        page["view"] = "dead" if state is JobState.DEAD else "waiting"
    return render_template("admin/admin_mail.html", **page)


@bp.post("/mail/try")
@requires(Permission.JOBS_MANAGE)
def try_out() -> ResponseReturnValue:
    """Send a mail to oneself, to see that mail works."""
    address = services.try_mail(current_session(), current_actor(), now=request_now())
    flash(_("A mail to %(address)s is on its way. When it does not arrive, look here why.", address=address), "success")
    return redirect(url_for(".index"), 303)
