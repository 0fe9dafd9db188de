"""The review queue, the workspace of one review, and the photos of pieces that were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.review import PROMISE, Standing
from app.domain.review.states import Kind
from app.domain.rubric.scoring import Result, shown
from app.practice import queries as practice
from app.reviews import queries, services
from app.reviews.forms import read_draft, read_filter, read_tab
from app.reviews.queries import QueueFilter, QueueLine
from app.reviews.services import DraftInput, KeptBeside, SavedDraft
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of, wants_problem
from app.web.files import rendition_response
from app.web.pagination import decode_cursor, page_of
from app.web.sentences import said

bp = AudienceBlueprint("reviews", Audience.INSTRUCTOR)
PAGE = 20
TRIES_TO_GO_ON = 3


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
        flash(_("%(why)s Choose another piece.", why=said(refusal.message)), "warning")
        return _queue(), 409
    if review.kind == Kind.CONFIRM:
        return redirect(url_for("reviews_flags_instructor.look", look_id=review.id), 303)
    return redirect(url_for(".workspace", review_id=review.id, **read_filter(request.args).as_arguments()), 303)


def _queue() -> str:
    session, only = current_session(), read_filter(request.args)
    return render_template(
        "reviews/instructor_queue.html",
        page=page_of(_rows(only), PAGE, lambda line: (line.sent_at, str(line.submission_id))),
        figures=queries.queue_figures(session),
        next_id=_next(only),
        exercises=queries.exercise_names(session),
        only=only,
        filters=only.as_arguments(),
        blind_all=queries.review_policy(session).blind_all,
        promise=PROMISE,
        **_own_desk(),
    )


def _rows(only: QueueFilter) -> Sequence[QueueLine]:
    """The pieces of a page: none of one's own, of one's studio, or open on one's own desk."""
    actor = current_actor()
    return queries.queue(
        current_session(),
        now=request_now(),
        after=decode_cursor(request.args.get("after")),
        size=PAGE,
        only=only,
        studios=actor.studio_ids,
        not_by=actor.user_id,
        not_held_by=actor.user_id,
    )


def _own_desk() -> dict[str, Any]:
    """What lies on the instructor's own desk: open reviews, decisions that can be taken back, views, settings."""
    session, actor, now = current_session(), current_actor(), request_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "mine": queries.held_by(session, actor.user_id),
        "held": queries.held_decisions(session, actor.user_id, now),
        "views": queries.saved_views(session, actor.user_id),
        "setting": queries.desk_setting(session, actor.user_id),
        "today": queries.decided_by(session, actor.user_id, midnight),
    }


def _next(only: QueueFilter, but: UUID | None = None) -> UUID | None:
    """The piece that the instructor would take next under the filters of the page."""
    session, actor, now = current_session(), current_actor(), request_now()
    away = accounts.away(session, None, now.date())
    return queries.next_waiting(session, actor.user_id, now, only=only, studios=actor.studio_ids, away=away, but=but)


@bp.get("/reviews/next")
@requires(Permission.REVIEW_DO)
def next_piece() -> ResponseReturnValue:
    """The photos of the piece that would come next, for the page that fetches them ahead."""
    found = _next(read_filter(request.args))
    photos = practice.submission_photos(current_session(), found) if found else ()
    names = ("medium", "small")
    urls = [[url_for(".photo", photo_id=photo.id, name=name) for name in names] for photo in photos]
    return jsonify(photos=urls)


@bp.get("/reviews/<uuid:review_id>")
@requires(Permission.REVIEW_DO)
def workspace(review_id: UUID) -> ResponseReturnValue:
    """One's own review: photos, pins, rubric, log, decision. A second look at a flag has a page of its own."""
    own = review, _submission = queries.own_review(current_session(), current_actor().user_id, review_id)
    if review.kind == Kind.CONFIRM:
        return redirect(url_for("reviews_flags_instructor.look", look_id=review.id), 303)
    return _workspace(own)


@bp.post("/reviews/<uuid:review_id>")
@requires(Permission.REVIEW_DO)
def save(review_id: UUID) -> ResponseReturnValue:
    """Save the draft: for the page's script as JSON, for the button as a form."""
    draft = read_draft(request.form)
    try:
        saved = services.keep_draft(
            current_session(), current_actor(), review_id, draft, tab=read_tab(request.form), now=request_now()
        )
    except KeptBeside as beside:
        return _beside(review_id, beside)
    except (Conflict, Invalid) as refusal:
        return _refused(review_id, draft, refusal)
    if wants_problem():
        return jsonify(_standing_json(saved))
    flash(_("The draft is saved. The student sees nothing until you decide."), "success")
    return redirect(url_for(".workspace", review_id=review_id, **read_filter(request.args).as_arguments()), 303)


@bp.post("/reviews/<uuid:review_id>/complete")
@requires(Permission.REVIEW_DO)
def complete(review_id: UUID) -> ResponseReturnValue:
    """Save what is on the page and decide by it, to take effect in a moment; then on to the next piece."""
    draft = read_draft(request.form)
    result = next((known for known in Result if known == request.form.get("result")), None)
    if result is None:
        raise Invalid(_("This decision does not exist. Reload the page."))
    session, actor, now = current_session(), current_actor(), request_now()
    try:
        services.hold_decision(session, actor, review_id, draft, result, tab=read_tab(request.form), now=now)
    except KeptBeside as beside:
        return _beside(review_id, beside)
    except (Conflict, Invalid) as refusal:
        return _refused(review_id, draft, refusal)
    only = read_filter(request.args)
    following = _go_on(only) if request.form.get("next") else None
    if following is None:
        return redirect(url_for(".queue", done=result.value, **only.as_arguments()), 303)
    return redirect(url_for(".workspace", review_id=following, **only.as_arguments()), 303)


def _go_on(only: QueueFilter) -> UUID | None:
    """Claim the next piece; None when there is none, or others are quicker again and again."""
    for _attempt in range(TRIES_TO_GO_ON):
        submission_id = _next(only)
        if submission_id is None:
            return None
        try:
            return services.claim_review(current_session(), current_actor(), submission_id, now=request_now()).id
        except (Conflict, NotAllowed):
            continue
    return None


@bp.post("/reviews/<uuid:review_id>/release")
@requires(Permission.REVIEW_DO)
def release(review_id: UUID) -> ResponseReturnValue:
    """Give the piece back to the queue; from the workspace, what is on the page is saved first."""
    session, actor, now = current_session(), current_actor(), request_now()
    if "revision" in request.form:
        draft = read_draft(request.form)
        try:
            services.keep_draft(session, actor, review_id, draft, tab=read_tab(request.form), now=now)
        except KeptBeside as beside:
            return _beside(review_id, beside)
        except (Conflict, Invalid) as refusal:
            return _refused(review_id, draft, refusal)
    services.release_review(session, actor, review_id, now=now)
    flash(_("The piece is back in the queue. If you take it again, your notes are still there."), "success")
    return redirect(url_for(".queue", **read_filter(request.args).as_arguments()), 303)


@bp.get("/photos/<uuid:photo_id>/<name>")
@requires(Permission.REVIEW_DO)
def photo(photo_id: UUID, name: str) -> Response:
    """A rendition of a photo that was sent to review; no other photo is shown to instructors."""
    found = practice.sent_photo(current_session(), photo_id)
    if found is None:
        raise NotFound
    return rendition_response(runtime().storage, found.renditions, name)


def _beside(review_id: UUID, beside: KeptBeside) -> ResponseReturnValue:
    """A newer draft is stored: this one is kept beside it, and a page shows both. Not an error, or it would be lost."""
    url = url_for("reviews_versions_instructor.version", review_id=review_id, version_id=beside.version_id)
    if wants_problem():
        return jsonify(conflict={"message": beside.message, "revision": beside.saved, "url": url})
    return redirect(url, 303)


def _refused(review_id: UUID, draft: DraftInput, refusal: DomainError) -> ResponseReturnValue:
    """What was typed stays on the page, with the reason."""
    if wants_problem():
        raise refusal
    own = queries.own_review(current_session(), current_actor().user_id, review_id)
    return _workspace(own, draft, refusal), status_of(refusal)


def _workspace(own: tuple[Any, Any], typed: DraftInput | None = None, refusal: DomainError | None = None) -> str:
    session, (review, submission) = current_session(), own
    found = queries.workspace(session, review, submission)
    entered = typed or services.stored_input(session, review)
    page = SavedDraft(review, submission, found.sheet, services.draft_of(entered, found.sheet))
    is_held = queries.is_held(session, review.id)
    return render_template(
        "reviews/instructor_workspace.html",
        ws=found,
        draft=page.draft,
        standing=page.standing,
        needs=_listed(page.standing.problems),
        shown=shown,
        revision=entered.revision,
        refusal=refusal,
        **_faults(refusal),
        is_held=is_held,
        is_editable=(review.state == "open" or typed is not None) and not is_held,
        **_around(review.id, submission.id, queries.levels_before(session, review)),
    )


def _faults(refusal: DomainError | None) -> dict[str, Any]:
    """What keeps the draft from being saved or decided: as a list, and by the place on the page."""
    problems = refusal.problems if refusal else ()
    places = {place.field: [p.sentence for p in problems if p.field == place.field] for place in problems}
    return {"problems": _listed(problems), "places": places}


def _around(review_id: UUID, submission_id: UUID, before: Any) -> dict[str, Any]:
    """What stands around the draft: earlier levels, notes kept and spoken, what to look at twice, the way on."""
    session, actor = current_session(), current_actor()
    return {
        "before": before,
        "held": queries.held_decisions(session, actor.user_id, request_now()),
        "waiting": queries.waiting_count(session),
        "setting": queries.desk_setting(session, actor.user_id),
        "comments": queries.comments_for(session, actor.user_id),
        "audio": queries.audio_of(session, review_id),
        "integrity": practice.integrity(session, submission_id),
        "filters": read_filter(request.args).as_arguments(),
    }


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
