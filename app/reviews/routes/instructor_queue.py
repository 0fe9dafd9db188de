"""Around the queue: named views, who is meant to review what, an even split, who holds what now, one's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.domain.access.actor import Role
from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.reviews import queries, services
from app.reviews.forms import read_filter, read_ids, read_pairs
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("reviews_queue", Audience.INSTRUCTOR)
MOST_HOLDERS = 60


@bp.post("/reviews/views")
@requires(Permission.REVIEW_DO)
def save_view() -> ResponseReturnValue:
    """Give the filters of the page a name."""
    filters = read_filter(request.form).as_arguments()
    try:
        services.save_view(current_session(), current_actor(), request.form.get("name", ""), filters, now=request_now())
    except Invalid as refusal:
        flash(refusal.message, "warning")
    else:
        flash(_("The view is saved."), "success")
    return redirect(url_for("reviews_instructor.queue", **filters), 303)


@bp.post("/reviews/views/<uuid:view_id>/remove")
@requires(Permission.REVIEW_DO)
def remove_view(view_id: UUID) -> ResponseReturnValue:
    """Forget a view."""
    services.remove_view(current_session(), current_actor(), view_id)
    flash(_("The view is removed."), "success")
    return redirect(url_for("reviews_instructor.queue"), 303)


@bp.get("/reviews/<uuid:submission_id>/assign")
@requires(Permission.REVIEW_DO)
def assign_form(submission_id: UUID) -> ResponseReturnValue:
    """Choose who is meant to review a piece: everybody with how much they have and whether they are away."""
    session, now = current_session(), request_now()
    people = accounts.names_of(session, accounts.user_ids_with_role(session, Role.INSTRUCTOR))
    return render_template(
        "reviews/instructor_assign.html",
        piece=queries.queue_line(session, submission_id),
        people=sorted(people.items(), key=lambda person: person[1]),
        loads=queries.loads(session),
        away=accounts.away(session, people, now.date()),
        blind_all=queries.review_policy(session).blind_all,
    )


@bp.post("/reviews/<uuid:submission_id>/assign")
@requires(Permission.REVIEW_DO)
def assign(submission_id: UUID) -> ResponseReturnValue:
    """Assign a piece to a reviewer, or to nobody."""
    chosen = read_ids(request.form.get("reviewer", ""))
    try:
        services.assign(
            current_session(), current_actor(), submission_id, chosen[0] if chosen else None, now=request_now()
        )
    except (Conflict, NotAllowed) as refusal:
        flash(refusal.message, "warning")
        return redirect(url_for(".assign_form", submission_id=submission_id), 303)
    flash(_("The piece is assigned.") if chosen else _("The piece is free for everybody."), "success")
    return redirect(url_for("reviews_instructor.queue"), 303)


@bp.get("/reviews/split")
@requires(Permission.REVIEW_DO)
def split() -> ResponseReturnValue:
    """An even split of what waits unassigned, as a proposal."""
    session = current_session()
    return render_template("reviews/instructor_split.html", proposal=services.propose_split(session, now=request_now()))


@bp.post("/reviews/split")
@requires(Permission.REVIEW_DO)
def apply_split() -> ResponseReturnValue:
    """Assign as the page proposed."""
    pairs = read_pairs(request.form.getlist("pair"))
    count = services.apply_split(current_session(), current_actor(), pairs, now=request_now())
    flash(ngettext("%(num)d piece is assigned.", "%(num)d pieces are assigned.", count), "success")
    return redirect(url_for("reviews_instructor.queue"), 303)


@bp.get("/reviews/holders")
@requires(Permission.REVIEW_DO)
def holders() -> ResponseReturnValue:
    """Who holds the pieces that a queue page shows, and which of them are decided, for the page that stays open."""
    ids = read_ids(request.args.get("ids", ""))[:MOST_HOLDERS]
    found: dict[str, Any] = {}
    for line in queries.holders(current_session(), ids, request_now()):
        words = _(
            "%(name)s is reviewing this since %(time)s UTC",
            name=line.reviewer_name,
            time=format_datetime(line.claimed_at, "HH:mm", rebase=False),
        )
        found[line.submission_id.hex] = words
    return jsonify(held=found, gone=[each.hex for each in queries.gone_among(current_session(), ids)])


@bp.post("/reviews/settings")
@requires(Permission.REVIEW_DO)
def settings() -> ResponseReturnValue:
    """Turn single keys, and going on by itself, on or off; for the page's script and for the form of the queue."""
    services.set_keys(
        current_session(),
        current_actor(),
        single_keys=bool(request.form.get("single_keys")),
        goes_on=bool(request.form.get("goes_on")),
    )
    if request.accept_mimetypes.best == "application/json":
        return "", 204
    flash(_("Your setting is saved."), "success")
    return redirect(url_for("reviews_instructor.queue"), 303)
