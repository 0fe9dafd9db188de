"""Calibration: one's own rounds, the pieces of a round one after the other, the differences at the end."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.review.calibration import FLOOR, PIECES, differences, is_asked
from app.practice import queries as practice
from app.reviews import queries, services
from app.reviews.forms import read_levels
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of

bp = AudienceBlueprint("reviews_calibration", Audience.INSTRUCTOR)


@bp.get("/calibration")
@requires(Permission.REVIEW_DO)
def index() -> ResponseReturnValue:
    """Whether one may review capstones, until when, and how one's rounds went."""
    session, actor, now = current_session(), current_actor(), request_now()
    count = queries.reference_count(session)
    return render_template(
        "reviews/instructor_calibration.html",
        count=count,
        is_asked=is_asked(count),
        valid_until=queries.valid_calibration(session, actor.user_id, now),
        months=queries.review_policy(session).calibration_months,
        rounds=queries.rounds_of(session, actor.user_id),
        wanted=PIECES,
        floor=FLOOR,
    )


@bp.post("/calibration")
@requires(Permission.REVIEW_DO)
def begin() -> ResponseReturnValue:
    """Begin a round, or go on with the one that is under way."""
    try:
        found = services.begin_round(current_session(), current_actor(), now=request_now())
    except Conflict as refusal:
        flash(refusal.message, "warning")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".round_", round_id=found.id), 303)


@bp.get("/calibration/<uuid:round_id>")
@requires(Permission.REVIEW_DO)
def round_(round_id: UUID) -> ResponseReturnValue:
    """The next piece of a round; when all are marked, how far one is from the agreed levels."""
    session = current_session()
    found = services.own_round(session, current_actor(), round_id)
    lines = queries.calibration_lines(session, found)
    upcoming = next((line for line in lines if line.given is None), None)
    if upcoming is not None:
        return redirect(url_for(".piece", round_id=round_id, reference_id=upcoming.reference.id), 303)
    titles = {c.id: c.title for c in services.reference_criteria(session, lines[0].reference)} if lines else {}
    gaps = differences([(line.given or {}, line.reference.levels) for line in lines])
    return render_template("reviews/instructor_calibrated.html", round=found, gaps=gaps, titles=titles, floor=FLOOR)


@bp.get("/calibration/<uuid:round_id>/<uuid:reference_id>")
@requires(Permission.REVIEW_DO)
def piece(round_id: UUID, reference_id: UUID) -> ResponseReturnValue:
    """One reference piece to mark; once marked, one's levels beside the agreed ones."""
    return _piece(round_id, reference_id, {}, None)


@bp.post("/calibration/<uuid:round_id>/<uuid:reference_id>")
@requires(Permission.REVIEW_DO)
def mark(round_id: UUID, reference_id: UUID) -> ResponseReturnValue:
    """Mark one piece; then its page shows the difference."""
    levels = read_levels(request.form)
    session, actor = current_session(), current_actor()
    try:
        services.mark_reference(session, actor, round_id, reference_id, levels, now=request_now())
    except Invalid as refusal:
        return _piece(round_id, reference_id, levels, refusal), status_of(refusal)
    return redirect(url_for(".piece", round_id=round_id, reference_id=reference_id), 303)


def _piece(round_id: UUID, reference_id: UUID, typed: dict[str, int], refusal: Invalid | None) -> str:
    session = current_session()
    found = services.own_round(session, current_actor(), round_id)
    lines = queries.calibration_lines(session, found)
    line = next((each for each in lines if each.reference.id == reference_id), None)
    if line is None:
        raise NotFound
    submission = practice.submission(session, line.reference.submission_id)
    exercise = practice.exercise_at(session, submission.exercise_version_id)
    return render_template(
        "reviews/instructor_reference.html",
        round=found,
        line=line,
        place=lines.index(line) + 1,
        lines=lines,
        exercise=exercise,
        criteria=services.reference_criteria(session, line.reference),
        photos=queries.sent_photos(session, submission.id, exercise),
        typed=typed,
        refusal=refusal,
    )
