"""Spoken notes of a review: add, remove, listen."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Invalid
from app.reviews import queries, services
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import wants_problem
from app.web.recordings import recording_in, recording_response
from app.web.uploads import takes_files

bp = AudienceBlueprint("reviews_audio", Audience.INSTRUCTOR)


@bp.post("/reviews/<uuid:review_id>/audio")
@requires(Permission.REVIEW_DO)
@takes_files(1)
def add(review_id: UUID) -> ResponseReturnValue:
    """Add a recording with its words."""
    session, actor = current_session(), current_actor()
    queries.own_review(session, actor.user_id, review_id)
    try:
        path = recording_in("audio")
        note = services.add_audio(
            session,
            runtime().storage,
            actor,
            review_id,
            path,
            summary=request.form.get("summary", ""),
            seconds=request.form.get("seconds", 0, type=int),
            now=request_now(),
        )
    except (Conflict, Invalid) as refusal:
        if wants_problem():
            raise
        flash(refusal.message, "warning")
        return redirect(url_for("reviews_instructor.workspace", review_id=review_id, _anchor="audio"), 303)
    if wants_problem():
        url = url_for(".listen", note_id=note.id)
        remove_url = url_for(".remove", review_id=review_id, spoken_id=note.id)
        return jsonify(id=note.id.hex, url=url, remove=remove_url, summary=note.summary)
    flash(_("The spoken note is added."), "success")
    return redirect(url_for("reviews_instructor.workspace", review_id=review_id, _anchor="audio"), 303)


@bp.post("/reviews/<uuid:review_id>/audio/<uuid:spoken_id>/remove")
@requires(Permission.REVIEW_DO)
def remove(review_id: UUID, spoken_id: UUID) -> ResponseReturnValue:
    """Take a spoken note out of an open review."""
    services.remove_audio(current_session(), current_actor(), review_id, spoken_id, now=request_now())
    if wants_problem():
        return "", 204
    flash(_("The spoken note is removed."), "success")
    return redirect(url_for("reviews_instructor.workspace", review_id=review_id, _anchor="audio"), 303)


@bp.get("/recordings/<uuid:note_id>")
@requires(Permission.REVIEW_DO)
def listen(note_id: UUID) -> Response:
    """The sound of a note in one's own review."""
    note = queries.audio_in(current_session(), current_actor().user_id, note_id)
    return recording_response(runtime().storage, note.key, note.mime)
