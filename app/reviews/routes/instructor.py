"""The review queue, the workspace of one review, and the photos of pieces that were sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.review import PROMISE, Standing
from app.domain.rubric.scoring import Result, shown
from app.practice import queries as practice
from app.reviews import queries, services
from app.reviews.forms import read_draft
from app.reviews.services import DraftInput, SavedDraft, StaleDraft
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import problem, status_of, wants_problem
from app.web.files import rendition_response
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("reviews", Audience.INSTRUCTOR)
PAGE = 20


@bp.get("/reviews")
@requires(Permission.REVIEW_DO)
def queue() -> ResponseReturnValue:
    """Pieces that wait, oldest first; one's own open reviews on top."""
    return _queue()


@bp.post("/reviews/<uuid:submission_id>/claim")
@requires(Permission.REVIEW_DO)
def claim(submission_id: UUID) -> ResponseReturnValue:
    """Take a piece and open its workspace; who comes second sees the queue and why."""
    try:
        review = services.claim_review(current_session(), current_actor(), submission_id, now=request_now())
    except (Conflict, NotAllowed) as refusal:
        flash(_("%(why)s Choose another piece.", why=refusal.message), "warning")
        return _queue(), 409
    return redirect(url_for(".workspace", review_id=review.id), 303)


def _queue() -> str:
    session, actor, now = current_session(), current_actor(), request_now()
    exercise = request.args.get("exercise", "")
    allowed: dict[str, Any] = {"only": queries.QueueFilter(exercise=exercise), "studios": actor.studio_ids}
    after = decode_cursor(request.args.get("after"))
    rows = queries.queue(
        session, now=now, after=after, size=PAGE, not_by=actor.user_id, not_held_by=actor.user_id, **allowed
    )
    return render_template(
        "reviews/instructor_queue.html",
        page=page_of(rows, PAGE, lambda line: (line.sent_at, str(line.submission_id))),
        mine=queries.held_by(session, actor.user_id),
        figures=queries.queue_figures(session),
        next_id=queries.next_waiting(session, actor.user_id, now, **allowed),
        exercises=queries.exercise_names(session),
        exercise=exercise,
        today=queries.decided_by(session, actor.user_id, now.replace(hour=0, minute=0, second=0, microsecond=0)),
        promise=PROMISE,
    )


@bp.get("/reviews/<uuid:review_id>")
@requires(Permission.REVIEW_DO)
def workspace(review_id: UUID) -> ResponseReturnValue:
    """One's own review: photos, pins, rubric, log, decision."""
    return _workspace(review_id)


@bp.post("/reviews/<uuid:review_id>")
@requires(Permission.REVIEW_DO)
def save(review_id: UUID) -> ResponseReturnValue:
    """Save the draft: for the page's script as JSON, for the button as a form."""
    draft = read_draft(request.form)
    try:
        saved = services.save_review(current_session(), current_actor(), review_id, draft, now=request_now())
    except (Conflict, Invalid) as refusal:
        return _refused(review_id, draft, refusal)
    if wants_problem():
        return jsonify(_standing_json(saved))
    flash(_("The draft is saved. The student sees nothing until you decide."), "success")
    return redirect(url_for(".workspace", review_id=review_id), 303)


@bp.post("/reviews/<uuid:review_id>/complete")
@requires(Permission.REVIEW_DO)
def complete(review_id: UUID) -> ResponseReturnValue:
    """Save what is on the page and decide by it; then on to the next piece."""
    draft = read_draft(request.form)
    result = next((known for known in Result if known == request.form.get("result")), None)
    if result is None:
        raise Invalid(_("This decision does not exist. Reload the page."))
    try:
        services.decide_review(current_session(), current_actor(), review_id, draft, result, now=request_now())
    except (Conflict, Invalid) as refusal:
        return _refused(review_id, draft, refusal)
    flash(_decided_words(result), "success")
    return redirect(url_for(".queue", done=result.value), 303)


def _decided_words(result: Result) -> str:
    words = {
        Result.APPROVED: _("The piece is approved. The student is told that your notes are there."),
        Result.RESUBMIT: _("The piece goes back for another try. The student is told that your notes are there."),
        Result.FAILED: _("The piece has failed. The student is told that your notes are there."),
    }
    return words[result]


@bp.post("/reviews/<uuid:review_id>/release")
@requires(Permission.REVIEW_DO)
def release(review_id: UUID) -> ResponseReturnValue:
    """Give the piece back to the queue; from the workspace, what is on the page is saved first."""
    session, actor, now = current_session(), current_actor(), request_now()
    if "revision" in request.form:
        draft = read_draft(request.form)
        try:
            services.save_review(session, actor, review_id, draft, now=now)
        except (Conflict, Invalid) as refusal:
            return _refused(review_id, draft, refusal)
    services.release_review(session, actor, review_id, now=now)
    flash(_("The piece is back in the queue. If you take it again, your notes are still there."), "success")
    return redirect(url_for(".queue"), 303)


@bp.get("/photos/<uuid:photo_id>/<name>")
@requires(Permission.REVIEW_DO)
def photo(photo_id: UUID, name: str) -> Response:
    """A rendition of a photo that was sent to review; no other photo is shown to instructors."""
    found = practice.sent_photo(current_session(), photo_id)
    if found is None:
        raise NotFound
    return rendition_response(runtime().storage, found.renditions, name)


def _refused(review_id: UUID, draft: DraftInput, refusal: DomainError) -> ResponseReturnValue:
    """What was typed stays on the page, with the reason; a script is told the revision that is stored."""
    if wants_problem():
        if isinstance(refusal, StaleDraft):
            return problem(409, refusal.message, refusal.message, code=refusal.code, revision=refusal.saved)
        raise refusal
    return _workspace(review_id, draft, refusal), status_of(refusal)


def _workspace(review_id: UUID, typed: DraftInput | None = None, refusal: DomainError | None = None) -> str:
    session = current_session()
    review, submission = queries.own_review(session, current_actor().user_id, review_id)
    found = queries.workspace(session, review, submission)
    entered = typed or services.stored_input(session, review)
    page = SavedDraft(review, submission, found.sheet, services.draft_of(entered, found.sheet))
    problems = refusal.problems if isinstance(refusal, Invalid) else ()
    return render_template(
        "reviews/instructor_workspace.html",
        ws=found,
        draft=page.draft,
        standing=page.standing,
        needs=_listed(page.standing.problems),
        shown=shown,
        revision=entered.revision,
        refusal=refusal,
        problems=_listed(problems),
        places={place.field: [p.sentence for p in problems if p.field == place.field] for place in problems},
        is_editable=review.state == "open" or typed is not None,
        waiting=queries.queue_figures(session).waiting,
    )


def _standing_json(saved: SavedDraft) -> dict[str, Any]:
    found: Standing = saved.standing
    return {
        "revision": saved.review.revision,
        "score": shown(found.score.percent) if found.score else None,
        "rated": found.rated,
        "total": found.total,
        "reached": found.reached.result.value if found.reached else None,
        "reasons": [reason.sentence for reason in found.reached.reasons] if found.reached else [],
        "problems": _listed(found.problems),
    }


def _listed(problems: Iterable[FieldProblem]) -> list[dict[str, str]]:
    """Problems with the place on the page that each belongs to."""
    return [{"field": p.field, "sentence": p.sentence, "href": f"#{_place(p.field)}"} for p in problems]


def _place(field: str) -> str:
    kind, _dot, name = field.partition(".")
    if kind in ("pin", "flag"):
        return f"{kind}-{name}"
    return {"": "review", "note": "note", "pins": "pins", "result": "decide"}.get(field, f"c-{field}")
