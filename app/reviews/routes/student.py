"""A student's reading page: the tries with their decisions, the messages below them, the points of a redo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import DomainError, Invalid, TooMany
from app.domain.review import PROMISE
from app.practice import queries as practice
from app.reviews import queries, services
from app.reviews.queries import Point
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of, wants_problem

bp = AudienceBlueprint("reviews", Audience.STUDENT)
MESSAGES_AN_HOUR = 10
HOUR = 3600


@bp.get("/practice/<uuid:entry_id>")
@requires(Permission.FEEDBACK_READ)
def piece(entry_id: UUID) -> ResponseReturnValue:
    """One's own piece; nothing of a review is shown before its decision."""
    return _page(entry_id)


@bp.post("/threads/<uuid:thread_id>")
@requires(Permission.FEEDBACK_REPLY)
def write(thread_id: UUID) -> ResponseReturnValue:
    """Write to who reviewed the piece. A refused message stands on the page again, as it was typed."""
    session, actor, text = current_session(), current_actor(), request.form.get("text", "")
    thread = queries.thread_of_student(session, actor.user_id, thread_id)
    try:
        _limit(thread_id)
        message = services.write_as_student(session, actor, thread_id, text, now=request_now())
    except (Invalid, TooMany) as problem:
        return _page(thread.entry_id, typed=text, problem=problem)
    flash(_("Your message is sent. You get a notice when somebody answers."), "success")
    return redirect(url_for(".piece", entry_id=thread.entry_id, _anchor=f"message-{message.id}"), 303)


@bp.post("/practice/<uuid:entry_id>/points")
@requires(Permission.FEEDBACK_READ)
def tick(entry_id: UUID) -> ResponseReturnValue:
    """Say which points of the last review are dealt with; the reviewer of the next try sees it."""
    ticked = set(request.form.getlist("point", type=UUID))
    services.tick_points(current_session(), current_actor(), entry_id, ticked, now=request_now())
    if wants_problem():
        return jsonify({"ticked": len(ticked)})
    flash(_("Your ticks are saved. Your reviewer sees them with the next try."), "success")
    return redirect(url_for(".piece", entry_id=entry_id, _anchor="points-h"), 303)


@bp.app_context_processor
def points_of_last_review() -> dict[str, Any]:
    """`open_notes(entry_id)` for the page of a draft, which lies below the reviews and cannot ask for them itself."""
    return {"open_notes": _open_points}


def _open_points(entry_id: UUID) -> list[Point]:
    """What the last review asked to change in a piece of one's own that was returned."""
    session = current_session()
    entry = practice.entry_for(session, current_actor().user_id, entry_id)
    return queries.open_points(session, entry.id) if entry.state == "returned" else []


def _page(entry_id: UUID, *, typed: str = "", problem: DomainError | None = None) -> ResponseReturnValue:
    session, user_id = current_session(), current_actor().user_id
    page = practice.entry_page(session, user_id, entry_id)
    if page.state == "draft":
        return redirect(url_for("practice_student.edit", entry_id=entry_id), 303)
    facts = queries.feedback(session, user_id, page)
    text = render_template(
        "reviews/student_piece.html",
        feedback=facts,
        labels={slot.id: slot.label for slot in page.exercise.slots},
        hours=int(PROMISE.total_seconds() // HOUR),
        longest=services.LONGEST_MESSAGE,
        typed=typed,
        problem=problem,
    )
    return make_response(text, status_of(problem) if problem else 200)


def _limit(thread_id: UUID) -> None:
    """Refuse the eleventh message within an hour; nobody needs more, and a reviewer is one person."""
    key = f"message:{thread_id}:{current_actor().id}"
    allowed = runtime().limiter.hit(key, MESSAGES_AN_HOUR, HOUR, request_now())
    if not allowed.ok:
        minutes = max(1, round(allowed.retry_after / 60))
        text = _("You wrote %(n)s messages within an hour. Send this one in %(m)s min.", n=MESSAGES_AN_HOUR, m=minutes)
        raise TooMany(text, retry_after=allowed.retry_after)
