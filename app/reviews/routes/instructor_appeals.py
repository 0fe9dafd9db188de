"""Appeals and drawn pieces: what waits, the page of one appeal, the ruling; drawn pieces open in the workspace."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed
from app.domain.practice.record import record_parts
from app.domain.review.appeal import Answer
from app.practice import queries as practice
from app.reviews import queries, services
from app.reviews.forms import read_rulings
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("reviews_appeals", Audience.INSTRUCTOR)
PAGE = 20


@bp.get("/appeals")
@requires(Permission.REVIEW_DO)
def index() -> ResponseReturnValue:
    """Appeals that one may judge, oldest first, and drawn pieces that one may read again."""
    return _index()


def _index() -> str:
    session, actor = current_session(), current_actor()
    after = decode_cursor(request.args.get("after"))
    rows = queries.waiting_appeals(session, actor.user_id, after=after, size=PAGE)
    return render_template(
        "reviews/instructor_appeals.html",
        page=page_of(rows, PAGE, lambda line: (line.filed_at, str(line.id))),
        drawn=queries.waiting_remarks(session, actor.user_id),
    )


@bp.post("/appeals/<uuid:waiting_id>/claim")
@requires(Permission.REVIEW_DO)
def claim(waiting_id: UUID) -> ResponseReturnValue:
    """Take an appeal and open it; who comes second sees the list and why."""
    try:
        services.claim_appeal(current_session(), current_actor(), waiting_id, now=request_now())
    except (Conflict, NotAllowed) as refusal:
        flash(refusal.message, "warning")
        return _index(), 409
    return redirect(url_for(".appeal", appeal_id=waiting_id), 303)


@bp.post("/appeals/<uuid:appeal_id>/release")
@requires(Permission.REVIEW_DO)
def release(appeal_id: UUID) -> ResponseReturnValue:
    """Give an appeal back to the others."""
    services.own_appeal(current_session(), current_actor(), appeal_id)
    services.release_appeal(current_session(), current_actor(), appeal_id)
    flash(_("The appeal is back in the list."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/appeals/<uuid:appeal_id>")
@requires(Permission.REVIEW_DO)
def appeal(appeal_id: UUID) -> ResponseReturnValue:
    """What is appealed, why, and the evidence; no name, no other mark, nothing that is not appealed."""
    return _appeal(appeal_id, {}, None)


@bp.post("/appeals/<uuid:appeal_id>")
@requires(Permission.REVIEW_DO)
def decide(appeal_id: UUID) -> ResponseReturnValue:
    """Rule on every appealed point."""
    answers = read_rulings(request.form)
    try:
        found = services.decide_appeal(current_session(), current_actor(), appeal_id, answers, now=request_now())
    except (Conflict, Invalid) as refusal:
        return _appeal(appeal_id, answers, refusal), status_of(refusal)
    changed = _("The appeal is answered and the result has changed. The student is told.")
    flash(changed if found.state == "changed" else _("The appeal is answered. The student is told."), "success")
    return redirect(url_for(".index"), 303)


def _appeal(appeal_id: UUID, answers: dict[str, Answer], refusal: DomainError | None) -> str:
    session = current_session()
    found = services.own_appeal(session, current_actor(), appeal_id)
    submission = practice.submission(session, found.submission_id)
    review = queries.mark(session, found.review_id)
    sheet = queries.sheet_of(session, review, submission)
    return render_template(
        "reviews/instructor_appeal.html",
        appeal=found,
        submission=submission,
        exercise=sheet.exercise,
        criteria=[criterion for criterion in sheet.criteria if criterion.id in found.criteria],
        flags=[flag for flag in review.critical if flag["code"] in found.flags],
        defects=sheet.defects,
        **_given(review.id, found.criteria, found.flags),
        photos=queries.sent_photos(session, submission.id, sheet.exercise),
        parts=record_parts(submission.frozen.get("records", {}), sheet.exercise.steps),
        answers=answers,
        refusal=refusal,
    )


def _given(review_id: UUID, criteria: Collection[str], flags: Collection[str]) -> dict[str, Any]:
    """The levels of the mark, and those of its pins that the appeal is about."""
    session = current_session()
    pins = queries.pins_of(session, [review_id])[review_id]
    return {
        "ratings": {rating.criterion: rating for rating in queries.ratings_of(session, [review_id])[review_id]},
        "pins": [pin for pin in pins if pin.criterion in criteria or pin.defect in flags],
    }


@bp.post("/remarks/<uuid:remark_id>/claim")
@requires(Permission.REVIEW_DO)
def read_again(remark_id: UUID) -> ResponseReturnValue:
    """Take a drawn piece and open its workspace."""
    try:
        review = services.claim_remark(current_session(), current_actor(), remark_id, now=request_now())
    except (Conflict, NotAllowed) as refusal:
        flash(refusal.message, "warning")
        return _index(), 409
    return redirect(url_for("reviews_instructor.workspace", review_id=review.id), 303)
