"""How the site is, what to do about it, and the switch that closes it for maintenance."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin import queries, services
from app.admin.forms import MaintenanceForm
from app.domain.access.permissions import Permission
from app.infra.doctor import this_host
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("admin_health", Audience.ADMIN)


@bp.get("/health")
@requires(Permission.SITE_OPERATE)
def index() -> ResponseReturnValue:
    """What `flask doctor` says of this host, and what a worker found about the servers around us."""
    return _page(MaintenanceForm(formdata=None))


@bp.post("/health/examine")
@requires(Permission.SITE_OPERATE)
def examine() -> ResponseReturnValue:
    """Have a worker ask the servers around us now."""
    services.ask_in_background(current_session(), current_actor(), services.EXAMINE, now=request_now())
    flash(_("A worker asks them now. Reload the page in a moment."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/health/maintenance")
@requires(Permission.SITE_OPERATE)
@recent_proof
def maintain() -> ResponseReturnValue:
    """Close the site for changes, or open it again."""
    form = MaintenanceForm()
    if not form.validate_on_submit():
        return _page(form), 422
    if form.wanted.data == "on":
        sentence = (form.sentence.data or "").strip()
        services.begin_maintenance(current_session(), current_actor(), sentence, now=request_now())
        flash(_("Maintenance is on: within a second nothing is saved any more."), "success")
    else:
        services.end_maintenance(current_session(), current_actor(), now=request_now())
        flash(_("Maintenance is off: everything can be saved again."), "success")
    runtime().maintenance.forget()
    return redirect(url_for(".index"), 303)


def _page(form: MaintenanceForm) -> str:
    found = queries.health(runtime())
    return render_template(
        "admin/admin_health.html",
        found=sorted(found, key=lambda each: ("bad", "warn", "ok").index(each.level)),
        outward=queries.site_note(current_session(), queries.OUTWARD_NOTE),
        asked=queries.running(current_session(), services.EXAMINE),
        closed=runtime().maintenance.look(runtime().db),
        host=this_host(),
        form=form,
    )
