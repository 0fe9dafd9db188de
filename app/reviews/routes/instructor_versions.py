"""Versions of a draft: the list, one beside what is stored, back to it; and taking a decision back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict
from app.reviews import queries, services
from app.reviews.services import DraftInput, KeptBeside
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("reviews_versions", Audience.INSTRUCTOR)


@bp.get("/reviews/<uuid:review_id>/versions")
@requires(Permission.REVIEW_DO)
def index(review_id: UUID) -> ResponseReturnValue:
    """The kept versions of one's own review, newest first."""
    session = current_session()
    review, _submission = queries.own_review(session, current_actor().user_id, review_id)
    return render_template(
        "reviews/instructor_versions.html", review=review, versions=queries.versions_of(session, review.id)
    )


@bp.get("/reviews/<uuid:review_id>/versions/<uuid:version_id>")
@requires(Permission.REVIEW_DO)
def version(review_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """One version beside the draft that is stored, with what differs."""
    session = current_session()
    review, submission = queries.own_review(session, current_actor().user_id, review_id)
    kept = services.version_input(session, review.id, version_id)
    stored = services.stored_input(session, review)
    sheet = queries.sheet_of(session, review, submission)
    return render_template(
        "reviews/instructor_version.html",
        review=review,
        sheet=sheet,
        version=next(each for each in queries.versions_of(session, review.id) if each.id == version_id),
        kept=services.draft_of(kept, sheet),
        stored=services.draft_of(stored, sheet),
        differs=_differences(kept, stored),
        is_editable=review.state == "open" and queries.held_decision(session, review.id) is None,
    )


def _differences(one: DraftInput, other: DraftInput) -> frozenset[str]:
    """What differs between two drafts: criteria by id, and "pins", "flags", "note"."""
    names = one.ratings.keys() | other.ratings.keys()
    found = {
        name
        for name in names
        if (one.ratings.get(name), one.reasons.get(name, "")) != (other.ratings.get(name), other.reasons.get(name, ""))
    }
    parts = {
        "pins": list(one.pins) != list(other.pins),
        "flags": list(one.critical) != list(other.critical),
        "note": one.note != other.note,
    }
    return frozenset(found | {name for name, is_so in parts.items() if is_so})


@bp.post("/reviews/<uuid:review_id>/versions/<uuid:version_id>/restore")
@requires(Permission.REVIEW_DO)
def restore(review_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """Make a version the draft again; what is stored stays as a version."""
    session, actor, now = current_session(), current_actor(), request_now()
    revision = request.form.get("revision", -1, type=int)
    try:
        services.restore_version(session, actor, review_id, version_id, revision=revision, now=now)
    except KeptBeside as beside:
        flash(_("Something newer was saved meanwhile. Here it is beside the version."), "warning")
        return redirect(url_for(".version", review_id=review_id, version_id=beside.version_id), 303)
    flash(_("This version is the draft now. The draft before is kept as a version."), "success")
    return redirect(url_for("reviews_instructor.workspace", review_id=review_id), 303)


@bp.post("/reviews/<uuid:review_id>/undo")
@requires(Permission.REVIEW_DO)
def undo(review_id: UUID) -> ResponseReturnValue:
    """Take a decision back before it takes effect."""
    try:
        services.take_back(current_session(), current_actor(), review_id, now=request_now())
    except Conflict as late:
        flash(late.message, "warning")
    else:
        flash(_("The decision is taken back; nobody was told. The review is a draft again."), "success")
    return redirect(url_for("reviews_instructor.workspace", review_id=review_id), 303)
