"""Answer a student below a review that was released."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.reviews import queries, services
from app.reviews.queries import Point
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of

bp = AudienceBlueprint("reviews_threads", Audience.INSTRUCTOR)


@bp.get("/threads/<uuid:thread_id>")
@requires(Permission.REVIEW_DO)
def thread(thread_id: UUID) -> ResponseReturnValue:
    """The messages about a try of a piece that one reviewed. The student is not named: some reviews are blind."""
    return _page(thread_id)


@bp.post("/threads/<uuid:thread_id>")
@requires(Permission.REVIEW_DO)
def write(thread_id: UUID) -> ResponseReturnValue:
    """Answer the student. A refused message stands on the page again, as it was typed."""
    text = request.form.get("text", "")
    try:
        message = services.write_as_staff(current_session(), current_actor(), thread_id, text, now=request_now())
    except Invalid as problem:
        return _page(thread_id, typed=text, problem=problem)
    flash(_("Your answer is sent."), "success")
    return redirect(url_for(".thread", thread_id=thread_id, _anchor=f"message-{message.id}"), 303)


@bp.app_context_processor
def points_before() -> dict[str, Any]:
    """`points_before(review, submission)` for the workspace: what the try before asked for, and what was ticked."""
    return {"points_before": _points_before}


def _points_before(review: Any, submission: Any) -> list[Point]:
    """The points as the student sent them; none in a blind review, which is to know nothing of earlier tries."""
    if review.blind or submission.number == 1:
        return []
    return queries.open_points(current_session(), submission.entry_id, before_try=submission.number)


def _page(thread_id: UUID, *, typed: str = "", problem: Invalid | None = None) -> ResponseReturnValue:
    found = queries.thread_of_staff(current_session(), current_actor().user_id, thread_id)
    facts = {"thread": found, "longest": services.LONGEST_MESSAGE, "typed": typed, "problem": problem}
    page = render_template("reviews/instructor_thread.html", **facts)
    return make_response(page, status_of(problem) if problem else 200)
