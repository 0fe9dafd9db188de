"""What cuts across the slices: the state of the house, jobs, audit."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin import queries, services
from app.credentials import queries as credentials
from app.domain.access.permissions import Permission
from app.infra.jobs.models import JobState
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("admin", Audience.ADMIN)
PAGE = 50


@bp.get("/")
@requires(Permission.USER_MANAGE)
def overview() -> ResponseReturnValue:
    """Is the house in order?"""
    settings = runtime().settings
    return render_template(
        "admin/admin_overview.html",
        counts=queries.job_counts(current_session()),
        release=queries.newest_release(current_session()),
        mail_is_real=bool(settings.smtp_host),
        settings=settings,
        keys=runtime().keys.public_keys(),
        late_lists=credentials.late_lists(current_session(), request_now()),
    )


@bp.get("/jobs")
@requires(Permission.JOBS_MANAGE)
def jobs() -> ResponseReturnValue:
    """Background jobs by state."""
    state = _state(request.args.get("state", ""))
    rows = queries.jobs(current_session(), state, before=request.args.get("before", type=int), size=PAGE)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    counts = queries.job_counts(current_session())
    return render_template("admin/admin_jobs.html", rows=rows[:PAGE], state=state.value, more=more, counts=counts)


@bp.post("/jobs/<int:job_id>/retry")
@requires(Permission.JOBS_MANAGE)
def retry(job_id: int) -> ResponseReturnValue:
    """Run a dead job again."""
    services.retry_job(current_session(), current_actor(), job_id, now=request_now())
    flash(_("The job is queued again."), "success")
    return redirect(url_for(".jobs", state="dead"), 303)


@bp.post("/jobs/<int:job_id>/give-up")
@requires(Permission.JOBS_MANAGE)
def give_up(job_id: int) -> ResponseReturnValue:
    """Stop trying a waiting job; take a failed one off the list."""
    services.give_up_job(current_session(), current_actor(), job_id, now=request_now())
    flash(_("The job is given up. The audit log keeps which it was."), "success")
    return redirect(url_for(".jobs", state="dead"), 303)


def _state(text: str) -> JobState:
    try:
        return JobState(text)
    except ValueError:
        return JobState.QUEUED
