"""Copies of one's log: a portfolio to print, or a zip with all data and photos, made in the background."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid, NotFound
from app.practice import queries, services
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("practice_export", Audience.STUDENT)
MIMES = {"pdf": "application/pdf", "zip": "application/zip"}


@bp.get("/practice/export")
@requires(Permission.PRACTICE_LOG)
def index() -> ResponseReturnValue:
    """What can be taken along, and the copies of the last days with how far they are."""
    found = queries.exports_of(current_session(), current_actor().user_id)
    pieces = queries.piece_count(current_session(), current_actor().user_id)
    return render_template("practice/student_export.html", exports=found, pieces=pieces)


@bp.post("/practice/export")
@requires(Permission.PRACTICE_LOG)
def ask() -> ResponseReturnValue:
    """Have a copy made."""
    try:
        kind = request.form.get("kind", "pdf")
        services.ask_export(current_session(), current_actor(), kind, now=request_now())
    except Invalid as empty:
        flash(empty.message, "error")
    return redirect(url_for(".index"), 303)


@bp.get("/practice/exports/<uuid:export_id>")
@requires(Permission.PRACTICE_LOG)
def status(export_id: UUID) -> ResponseReturnValue:
    """How far a copy is, for the script of the page."""
    found = queries.export_for(current_session(), current_actor().user_id, export_id)
    return jsonify({"state": found.state, "done": found.done, "total": found.total})


@bp.get("/practice/exports/<uuid:export_id>/file")
@requires(Permission.PRACTICE_LOG)
def file(export_id: UUID) -> ResponseReturnValue:
    """A finished copy."""
    found = queries.export_for(current_session(), current_actor().user_id, export_id)
    if found.file_key is None:
        raise NotFound(_("This copy is not finished, or could not be made."))
    try:
        stream = runtime().storage.open(found.file_key)
    except FileNotFoundError as error:
        raise NotFound from error
    name = f"practice-log-{found.asked_at:%Y-%m-%d}.{found.kind}"
    response = send_file(stream, mimetype=MIMES[found.kind], as_attachment=True, download_name=name)
    response.content_length = found.size
    response.headers["Cache-Control"] = "private, no-store"
    return response
