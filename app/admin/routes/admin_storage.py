"""What is stored, how much of it, and whether all of it is whole."""

from __future__ import annotations

import shutil

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin import queries, services
from app.domain.access.permissions import Permission
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("admin_storage", Audience.ADMIN)


@bp.get("/storage")
@requires(Permission.SITE_OPERATE)
def index() -> ResponseReturnValue:
    """Sizes by kind as last measured, room on the disk, and what the last verification found."""
    settings, session = runtime().settings, current_session()
    return render_template(
        "admin/admin_storage.html",
        settings=settings,
        disk=shutil.disk_usage(settings.instance),
        measured=queries.site_note(session, queries.MEASURED_NOTE),
        verified=queries.site_note(session, queries.VERIFIED_NOTE),
        walk=queries.running(session, services.VERIFY_STORAGE),
        measuring=queries.running(session, services.MEASURE_STORAGE),
    )


@bp.post("/storage/verify")
@requires(Permission.SITE_OPERATE)
def verify() -> ResponseReturnValue:
    """Have every stored file read and compared in the background."""
    services.ask_in_background(current_session(), current_actor(), services.VERIFY_STORAGE, now=request_now())
    flash(_("The files are being verified. The result appears here."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/storage/measure")
@requires(Permission.SITE_OPERATE)
def measure() -> ResponseReturnValue:
    """Have the sizes counted anew in the background."""
    services.ask_in_background(current_session(), current_actor(), services.MEASURE_STORAGE, now=request_now())
    flash(_("The sizes are being counted. The result appears here."), "success")
    return redirect(url_for(".index"), 303)
