"""Spoken notes of a review: add, remove, listen."""

from __future__ import annotations

from typing import TYPE_CHECKING
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

if TYPE_CHECKING:
    from app.reviews.models import AudioNote

bp = AudienceBlueprint("reviews_audio", Audience.INSTRUCTOR)


@bp.post("/reviews/<uuid:review_id>/audio")
@requires(Permission.REVIEW_DO)
@takes_files(1)
def add(review_id: UUID) -> ResponseReturnValue:
    """Add a recording with its words."""
    queries.own_review(current_session(), current_actor().user_id, review_id)
    try:
        note = _kept(review_id)
    except (Conflict, Invalid) as refusal:
        if wants_problem():
            raise
        return _back(review_id, refusal.message, "warning")
    if wants_problem():
        url = url_for(".listen", note_id=note.id)
        remove_url = url_for(".remove", review_id=review_id, spoken_id=note.id)
        return jsonify(id=note.id.hex, url=url, remove=remove_url, summary=note.summary)
    return _back(review_id, _("The spoken note is added."))


@bp.post("/reviews/<uuid:review_id>/audio/<uuid:spoken_id>/remove")
@requires(Permission.REVIEW_DO)
def remove(review_id: UUID, spoken_id: UUID) -> ResponseReturnValue:
    """Take a spoken note out of an open review."""
    services.remove_audio(current_session(), current_actor(), review_id, spoken_id, now=request_now())
    if wants_problem():
        return "", 204
    return _back(review_id, _("The spoken note is removed."))


def _kept(review_id: UUID) -> AudioNote:
    return services.add_audio(
        current_session(),
        runtime().storage,
        current_actor(),
        review_id,
        recording_in("audio"),
        summary=request.form.get("summary", ""),
        seconds=request.form.get("seconds", 0, type=int),
        now=request_now(),
    )


def _back(review_id: UUID, said: str, kind: str = "success") -> ResponseReturnValue:
    flash(said, kind)
    return redirect(url_for("reviews_instructor.workspace", review_id=review_id, _anchor="audio"), 303)


@bp.get("/recordings/<uuid:note_id>")
@requires(Permission.REVIEW_DO)
def listen(note_id: UUID) -> Response:
    """The sound of a note in one's own review."""
    note = queries.audio_in(current_session(), current_actor().user_id, note_id)
    return recording_response(runtime().storage, note.key, note.mime)
