"""A student listens to the spoken notes of a result."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from app.domain.access.permissions import Permission
from app.reviews import queries
from app.web.access import current_actor, current_session, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.recordings import recording_response

bp = AudienceBlueprint("reviews_audio", Audience.STUDENT)


@bp.get("/recordings/<uuid:note_id>")
@requires(Permission.FEEDBACK_READ)
def listen(note_id: UUID) -> Response:
    """The sound of a note in a result of one's own."""
    note = queries.audio_for_student(current_session(), current_actor().user_id, note_id)
    return recording_response(runtime().storage, note.key, note.mime)
