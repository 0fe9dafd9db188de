"""Saved comments: the list with a form, change, remove; from the workspace a new one is kept by script."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.desk.comments import MAX_TEXT, PLACEHOLDERS
from app.domain.errors import Invalid
from app.domain.procedure import Step
from app.reviews import queries, services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import wants_problem

bp = AudienceBlueprint("reviews_comments", Audience.INSTRUCTOR)


@bp.get("/reviews/comments")
@requires(Permission.REVIEW_DO)
def index() -> ResponseReturnValue:
    """One's own comments, those that others share, and a form for a new one."""
    return _index()


@bp.post("/reviews/comments")
@requires(Permission.REVIEW_DO)
def add() -> ResponseReturnValue:
    """Keep a comment."""
    try:
        comment = services.add_comment(current_session(), current_actor(), **_entered(), now=request_now())
    except Invalid as refusal:
        if wants_problem():
            raise
        return _index(refusal), 422
    if wants_problem():
        return jsonify(id=comment.id.hex, text=comment.text, step=comment.step)
    flash(_("The comment is kept. In the workspace, / finds it."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/reviews/comments/<uuid:comment_id>")
@requires(Permission.REVIEW_DO)
def edit(comment_id: UUID) -> ResponseReturnValue:
    """One of one's own comments, to change it."""
    comment = queries.own_comment(current_session(), current_actor().user_id, comment_id)
    return _edit(comment_id, {"text": comment.text, "step": comment.step, "shared": comment.shared})


@bp.post("/reviews/comments/<uuid:comment_id>")
@requires(Permission.REVIEW_DO)
def change(comment_id: UUID) -> ResponseReturnValue:
    """Change a comment."""
    entered = _entered()
    try:
        services.change_comment(current_session(), current_actor(), comment_id, **entered, now=request_now())
    except Invalid as refusal:
        return _edit(comment_id, entered, refusal), 422
    flash(_("The comment is changed. Reviews that used it keep their words."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/reviews/comments/<uuid:comment_id>/remove")
@requires(Permission.REVIEW_DO)
def remove(comment_id: UUID) -> ResponseReturnValue:
    """Remove a comment."""
    services.remove_comment(current_session(), current_actor(), comment_id, now=request_now())
    flash(_("The comment is removed. Reviews that used it keep their words."), "success")
    return redirect(url_for(".index"), 303)


def _entered() -> dict[str, Any]:
    form = request.form
    return {"text": form.get("text", ""), "step": form.get("step", ""), "shared": bool(form.get("shared"))}


def _index(refusal: Invalid | None = None) -> str:
    entered = _entered() if refusal else {"text": "", "step": "", "shared": False}
    return render_template(
        "reviews/instructor_comments.html",
        comments=queries.comments_for(current_session(), current_actor().user_id),
        me=current_actor().user_id,
        entered=entered,
        refusal=refusal,
        **_words(),
    )


def _edit(comment_id: UUID, entered: dict[str, Any], refusal: Invalid | None = None) -> str:
    return render_template(
        "reviews/instructor_comment.html", comment_id=comment_id, entered=entered, refusal=refusal, **_words()
    )


def _words() -> dict[str, Any]:
    return {"steps": list(Step), "placeholders": PLACEHOLDERS, "max_text": MAX_TEXT}
