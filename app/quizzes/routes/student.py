"""Take quizzes: what is asked, one item per page, check, hand in, result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, Expired, FieldProblem, Invalid, NotFound
from app.quizzes import queries, services
from app.quizzes.queries import Entry, Sitting
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import problem, status_of, wants_problem
from app.web.item_text import item_words
from app.web.sentences import said

bp = AudienceBlueprint("quizzes", Audience.STUDENT)

# What a page sends beside the answer. Ids of options begin with "o" and a digest, so none can be meant.
CONTROLS = frozenset({"csrf_token", "go", "flag", "revision", "certainty"})

bp.context_processor(item_words)


@bp.get("/quizzes")
@requires(Permission.QUIZ_TAKE)
def index() -> ResponseReturnValue:
    """The quizzes of the courses taken, and the exams."""
    lines = queries.quiz_lines(current_session(), current_actor().user_id, request_now())
    return render_template("quizzes/student_index.html", lines=lines)


@bp.get("/quizzes/<quiz_key>")
@requires(Permission.QUIZ_TAKE)
def overview(quiz_key: str) -> ResponseReturnValue:
    """What a quiz asks, before it is started, and what came of earlier attempts."""
    return _overview_page(quiz_key)


@bp.post("/quizzes/<quiz_key>/start")
@requires(Permission.QUIZ_TAKE)
def start(quiz_key: str) -> ResponseReturnValue:
    """Start an attempt, or go on with the one that runs."""
    try:
        attempt = services.start_attempt(current_session(), current_actor(), quiz_key, now=request_now())
    except Conflict as refusal:
        return _overview_page(quiz_key, said(refusal.message)), status_of(refusal)
    place = queries.first_unanswered(current_session(), attempt.id)
    return redirect(url_for(".item", attempt_id=attempt.id, position=place), 303)


@bp.get("/attempts/<uuid:attempt_id>/<int:position>")
@requires(Permission.QUIZ_TAKE)
def item(attempt_id: UUID, position: int) -> ResponseReturnValue:
    """One item of a running attempt."""
    sitting, entry = queries.entry(current_session(), current_actor().user_id, attempt_id, position)
    return _elsewhere(sitting) or _item_page(sitting, entry, entry.form())


@bp.post("/attempts/<uuid:attempt_id>/<int:position>")
@requires(Permission.QUIZ_TAKE)
def save(attempt_id: UUID, position: int) -> ResponseReturnValue:
    """Save the answer of one page. A form is led to where its button points; a script gets JSON and stays."""
    try:
        saved = services.save_response(
            current_session(),
            current_actor(),
            attempt_id,
            position,
            _answer(),
            now=request_now(),
            flagged=_flag(),
            certainty=request.form.get("certainty", type=int),
            base=_base(),
        )
    except (Invalid, Conflict, Expired) as refusal:
        return _refused(refusal, attempt_id, position)
    return _moved_on(saved, _target(attempt_id, position, saved))


@bp.post("/attempts/<uuid:attempt_id>/pause")
@requires(Permission.QUIZ_TAKE)
def pause(attempt_id: UUID) -> ResponseReturnValue:
    """Stop the clock, for whom that was arranged."""
    _pause(attempt_id)
    return redirect(url_for(".paused", attempt_id=attempt_id), 303)


@bp.get("/attempts/<uuid:attempt_id>/paused")
@requires(Permission.QUIZ_TAKE)
def paused(attempt_id: UUID) -> ResponseReturnValue:
    """The clock stands still: how long it may, and the way back. No item is shown."""
    sitting = queries.sitting(current_session(), current_actor().user_id, attempt_id)
    if not sitting.is_paused(request_now()):
        return redirect(url_for(".review", attempt_id=attempt_id), 303)
    return render_template("quizzes/student_paused.html", sitting=sitting)


@bp.post("/attempts/<uuid:attempt_id>/resume")
@requires(Permission.QUIZ_TAKE)
def resume(attempt_id: UUID) -> ResponseReturnValue:
    """Let the clock go on, and go back to the first item without an answer."""
    services.resume_attempt(current_session(), current_actor(), attempt_id, now=request_now())
    place = queries.first_unanswered(current_session(), attempt_id)
    return redirect(url_for(".item", attempt_id=attempt_id, position=place), 303)


@bp.get("/attempts/<uuid:attempt_id>/review")
@requires(Permission.QUIZ_TAKE)
def review(attempt_id: UUID) -> ResponseReturnValue:
    """What is answered, what is not, and the button that hands it in."""
    sitting = queries.sitting(current_session(), current_actor().user_id, attempt_id)
    away = _elsewhere(sitting)
    if away is not None:
        return away
    slots = queries.slots(current_session(), attempt_id)
    return render_template("quizzes/student_review.html", sitting=sitting, slots=slots)


@bp.post("/attempts/<uuid:attempt_id>/submit")
@requires(Permission.QUIZ_TAKE)
def submit(attempt_id: UUID) -> ResponseReturnValue:
    """Hand in and grade; sending it twice changes nothing."""
    services.submit_attempt(current_session(), current_actor(), attempt_id, now=request_now())
    return redirect(url_for(".result", attempt_id=attempt_id), 303)


@bp.get("/attempts/<uuid:attempt_id>/result")
@requires(Permission.QUIZ_TAKE)
def result(attempt_id: UUID) -> ResponseReturnValue:
    """The outcome, as far as it may be shown; for an attempt whose time ran out, the way to its grade."""
    session, now, user_id = current_session(), request_now(), current_actor().user_id
    sitting = queries.sitting(session, user_id, attempt_id)
    if not sitting.is_open:
        return _result_page(sitting)
    if sitting.is_over(now):
        return render_template("quizzes/student_closed.html", sitting=sitting, is_over=True)
    return redirect(url_for(".review", attempt_id=attempt_id), 303)


def _result_page(sitting: Sitting) -> str:
    """The outcome; for an attempt whose essays are not marked yet, that it waits."""
    session, user_id = current_session(), current_actor().user_id
    try:
        page = queries.result(session, user_id, sitting, request_now())
    except NotFound:
        if not queries.waits_for_first_grade(session, sitting.id):
            raise
        return render_template("quizzes/student_waiting.html", sitting=sitting)
    return render_template("quizzes/student_result.html", page=page)


def _elsewhere(sitting: Sitting) -> ResponseReturnValue | None:
    """Where an attempt leads whose items are not to be shown now; None when they are."""
    if not sitting.is_open or sitting.is_over(request_now()):
        return redirect(url_for(".result", attempt_id=sitting.id), 303)
    if sitting.is_paused(request_now()):
        return redirect(url_for(".paused", attempt_id=sitting.id), 303)
    return None


def _pause(attempt_id: UUID) -> bool:
    """Stop the clock, or say why not; the answer that came with the request is saved either way."""
    try:
        services.pause_attempt(current_session(), current_actor(), attempt_id, now=request_now())
    except Conflict as refusal:
        flash(refusal.message, "warn")
        return False
    return True


def _overview_page(quiz_key: str, refused: str = "") -> str:
    page = queries.overview(current_session(), current_actor().user_id, quiz_key, request_now())
    return render_template("quizzes/student_overview.html", page=page, refused=refused)


def _item_page(
    sitting: Sitting, entry: Entry, form: Mapping[str, Sequence[str]], problems: Sequence[FieldProblem] = ()
) -> str:
    flagged = _flag() if problems else entry.is_flagged
    certainty = request.form.get("certainty", type=int) if problems else entry.certainty
    return render_template(
        "quizzes/student_item.html",
        sitting=sitting,
        entry=entry,
        item=entry.item.public_view(sitting.seed),
        form=form,
        flagged=flagged,
        certainty=certainty,
        problems=problems,
        slots=queries.slots(current_session(), sitting.id),
    )


def _refused(refusal: DomainError, attempt_id: UUID, position: int) -> ResponseReturnValue:
    """Say why an answer was not saved. What was typed stays on the page; what was saved before stays saved."""
    if isinstance(refusal, services.Stale):
        return problem(409, "Overtaken", refusal.message, code=refusal.code, revision=refusal.revision)
    if wants_problem():
        raise refusal
    session, user_id = current_session(), current_actor().user_id
    sitting, entry = queries.entry(session, user_id, attempt_id, position)
    if refusal.code == "paused":
        return redirect(url_for(".paused", attempt_id=attempt_id), 303)
    if isinstance(refusal, Invalid):
        return _item_page(sitting, entry, _answer(), refusal.problems), 422
    page = render_template("quizzes/student_closed.html", sitting=sitting, is_over=sitting.is_open)
    return page, status_of(refusal)


def _moved_on(saved: services.Saved, target: str) -> ResponseReturnValue:
    if not wants_problem():
        return redirect(target, 303)
    return jsonify(
        revision=saved.revision,
        answered=saved.answered,
        flagged=saved.flagged,
        seconds_left=saved.seconds_left,
        next=target,
    )


def _answer() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name not in CONTROLS}


def _flag() -> bool | None:
    """The flag when the page sent it: a hidden 0, and a 1 when it is set."""
    sent = request.form.getlist("flag")
    return "1" in sent if sent else None


def _base() -> int | None:
    """The revision that a script last saw. A form without script is the last word whatever was saved before."""
    return request.form.get("revision", type=int) if wants_problem() else None


def _target(attempt_id: UUID, position: int, saved: services.Saved) -> str:
    """Where the pressed button leads: a place, the check before the hand-in, or out."""
    go = request.form.get("go", "next")
    if go == "leave":
        return url_for(".overview", quiz_key=saved.quiz_key)
    if go == "pause":
        if _pause(attempt_id):
            return url_for(".paused", attempt_id=attempt_id)
        return url_for(".item", attempt_id=attempt_id, position=position)
    steps = {"next": position + 1, "prev": position - 1}
    place = int(go) if go.isascii() and go.isdigit() else steps.get(go, 0)
    if 1 <= place <= saved.items:
        return url_for(".item", attempt_id=attempt_id, position=place)
    return url_for(".review", attempt_id=attempt_id)
