"""Students who may not send pieces until somebody has talked with them, or the committee has decided."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.access.policy import allows
from app.domain.errors import Invalid, NotFound
from app.domain.practice.blocks import BlockKind
from app.practice import queries as practice
from app.practice import services as practice_services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("reviews_blocks", Audience.INSTRUCTOR)
PAGE = 20


@bp.get("/blocks")
@requires(Permission.BLOCK_END)
def index() -> ResponseReturnValue:
    """Open blocks that wait for a person, oldest first."""
    return _index()


@bp.post("/blocks/<uuid:block_id>/end")
@requires(Permission.BLOCK_END)
def end(block_id: UUID) -> ResponseReturnValue:
    """Note what was agreed; the student may send pieces again."""
    session, note = current_session(), request.form.get("note", "")
    if practice.block(session, block_id).kind not in _kinds():
        raise NotFound
    try:
        practice_services.end_block(session, current_actor(), block_id, note, now=request_now())
    except Invalid as problem:
        return _index(problem, block_id), 422
    flash(_("It is noted, and the student has a message."), "success")
    return redirect(url_for(".index"), 303)


def _kinds() -> list[BlockKind]:
    """What one may end: talks are an instructor's, the committee's decisions those who oversee reviewing."""
    return [BlockKind.MEETING, *([BlockKind.COMMITTEE] if allows(current_actor(), Permission.REVIEW_OVERSEE) else [])]


def _index(problem: Invalid | None = None, at: UUID | None = None) -> str:
    rows = practice.blocks_to_end(
        current_session(), _kinds(), after=decode_cursor(request.args.get("after")), size=PAGE
    )
    page = page_of(rows, PAGE, lambda line: (line.block.begun_at, str(line.block.id)))
    return render_template("reviews/instructor_blocks.html", page=page, problem=problem, at=at)
