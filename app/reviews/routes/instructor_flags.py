"""A second look at a critical flag: what was flagged with its evidence, and nothing else of the mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, Invalid, NotFound
from app.domain.practice.record import record_parts
from app.domain.review.states import Kind
from app.reviews import queries, services
from app.reviews.forms import read_flag_answers
from app.reviews.services import FlagAnswer, OpenFlag
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of

bp = AudienceBlueprint("reviews_flags", Audience.INSTRUCTOR)


@bp.get("/reviews/<uuid:look_id>/flags")
@requires(Permission.REVIEW_DO)
def look(look_id: UUID) -> ResponseReturnValue:
    """The flags of a piece that one holds for a second look."""
    return _look(look_id, {}, None)


@bp.post("/reviews/<uuid:look_id>/flags")
@requires(Permission.REVIEW_DO)
def answer(look_id: UUID) -> ResponseReturnValue:
    """Say of each flag whether one sees it as well, and why."""
    answers = read_flag_answers(request.form)
    try:
        services.check_flags(current_session(), current_actor(), look_id, answers, now=request_now())
    except (Conflict, Invalid) as refusal:
        return _look(look_id, answers, refusal), status_of(refusal)
    flash(_("Your second look is recorded. The piece goes on by the rules."), "success")
    return redirect(url_for("reviews_instructor.queue"), 303)


def _look(look_id: UUID, answers: dict[str, FlagAnswer], refusal: DomainError | None) -> str:
    session = current_session()
    review, submission = queries.own_review(session, current_actor().user_id, look_id)
    if review.kind != Kind.CONFIRM:
        raise NotFound
    sheet = queries.sheet_of(session, review, submission)
    flags = services.open_flags(session, submission.id) if review.state == "open" else []
    parts = record_parts(submission.frozen.get("records", {}), sheet.exercise.steps)
    return render_template(
        "reviews/instructor_flags.html",
        review=review,
        submission=submission,
        exercise=sheet.exercise,
        defects=sheet.defects,
        flags=flags,
        pins=_pins(flags),
        fields={line.key: line for part in parts for line in part.lines},
        photos=queries.sent_photos(session, submission.id, sheet.exercise),
        answers=answers,
        refusal=refusal,
    )


def _pins(flags: Sequence[OpenFlag]) -> dict[str, list[Any]]:
    """The pin that each flag points at, by the code of the flag."""
    pins = queries.pins_of(current_session(), [flag.mark.id for flag in flags])
    return {flag.code: [pin for pin in pins[flag.mark.id] if pin.number == flag.pin] for flag in flags}
