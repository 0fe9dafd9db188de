"""Color figures and millimeters of photos that were sent to review, for those who review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.practice import queries, services
from app.web.access import current_session, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of, wants_problem

bp = AudienceBlueprint("practice_color", Audience.INSTRUCTOR)


@bp.app_context_processor
def photos_with_card() -> dict[str, Any]:
    """`photos_with_card(ids)` for pages that show photos: those in which a color card was seen."""
    return {"photos_with_card": lambda ids: queries.photos_with_card(current_session(), list(ids))}


@bp.get("/color/<uuid:photo_id>")
@requires(Permission.REVIEW_DO)
def photo(photo_id: UUID) -> ResponseReturnValue:
    """Figures of a photo that was sent; the address holds what is measured."""
    found = queries.color_of_sent(current_session(), photo_id)
    asked = services.ask(runtime().storage, found, request.args)
    if wants_problem():
        return jsonify(asked.as_json(found))
    page = render_template(
        "practice/instructor_color.html",
        photo=found,
        typed=request.args,
        question=asked.question,
        answer=asked.answer,
        problem=asked.problem,
        review=request.args.get("review", type=UUID),
    )
    return make_response(page, status_of(asked.problem) if asked.problem else 200)
