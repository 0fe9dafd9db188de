"""Watch over attempts that run: who is where, more time, handing in for somebody, and what a person is granted."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Invalid
from app.quizzes import queries, services
from app.quizzes.forms import CloseForm, ExtendForm, TimeForm
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("quizzes_attempts", Audience.INSTRUCTOR)
PAGE = 30


@bp.get("/attempts")
@requires(Permission.ATTEMPT_MANAGE)
def running() -> ResponseReturnValue:
    """Attempts that run now, the newest first."""
    session, quiz = current_session(), request.args.get("quiz", "")[:120]
    after = decode_cursor(request.args.get("after"))
    rows = queries.running_attempts(session, quiz_key=quiz, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.started_at, str(line.id)))
    quizzes = queries.running_quizzes(session)
    return render_template(
        "quizzes/instructor_attempts.html", page=page, quiz=quiz, quizzes=quizzes, is_first=after is None
    )


@bp.get("/attempts/<uuid:attempt_id>")
@requires(Permission.ATTEMPT_MANAGE)
def attempt(attempt_id: UUID) -> ResponseReturnValue:
    """One attempt, with what may be done about it."""
    return _attempt_page(attempt_id, ExtendForm(), CloseForm())


@bp.post("/attempts/<uuid:attempt_id>/extend")
@requires(Permission.ATTEMPT_MANAGE)
def extend(attempt_id: UUID) -> ResponseReturnValue:
    """Give this attempt more time."""
    form = ExtendForm()
    queries.watched_attempt(current_session(), attempt_id)
    if form.validate_on_submit():
        minutes, reason, now = form.minutes.data or 0, form.reason.data or "", request_now()
        services.extend_attempt(current_session(), current_actor(), attempt_id, minutes=minutes, reason=reason, now=now)
        flash(_("The time is added. The student's clock follows with the next answer."), "success")
        return redirect(url_for(".attempt", attempt_id=attempt_id), 303)
    return _attempt_page(attempt_id, form, CloseForm(formdata=None)), 422


@bp.post("/attempts/<uuid:attempt_id>/close")
@requires(Permission.ATTEMPT_MANAGE)
def close(attempt_id: UUID) -> ResponseReturnValue:
    """Hand in for the student what was saved."""
    form = CloseForm()
    queries.watched_attempt(current_session(), attempt_id)
    if form.validate_on_submit():
        reason, now = form.reason.data or "", request_now()
        services.close_attempt(current_session(), current_actor(), attempt_id, reason=reason, now=now)
        flash(_("The attempt is handed in and graded; the student is told."), "success")
        return redirect(url_for(".running"), 303)
    return _attempt_page(attempt_id, ExtendForm(formdata=None), form), 422


@bp.get("/people/<uuid:user_id>/time")
@requires(Permission.TIME_GRANT)
def time(user_id: UUID) -> ResponseReturnValue:
    """What a person is granted in every quiz."""
    found = queries.granted_to(current_session(), user_id)
    return render_template("quizzes/instructor_time.html", person=found, form=TimeForm(obj=found))


@bp.post("/people/<uuid:user_id>/time")
@requires(Permission.TIME_GRANT)
def grant(user_id: UUID) -> ResponseReturnValue:
    """Grant it, also for attempts that run."""
    form, session = TimeForm(), current_session()
    found = queries.granted_to(session, user_id)
    if form.validate_on_submit():
        try:
            changed = _grant(user_id, form)
        except (Invalid, Conflict) as error:
            form.add_problems(error if isinstance(error, Invalid) else Invalid(error.message))
        else:
            flash(_("Saved. Attempts that run and have it now: %(n)s.", n=len(changed)), "success")
            return redirect(url_for(".time", user_id=user_id), 303)
    return render_template("quizzes/instructor_time.html", person=found, form=form), 422


def _grant(user_id: UUID, form: TimeForm) -> list[UUID]:
    changed = services.grant_time(
        current_session(),
        current_actor(),
        user_id,
        time_factor_percent=form.time_factor_percent.data or 0,
        pause_minutes=form.pause_minutes.data or 0,
        reason=form.reason.data or "",
        now=request_now(),
    )
    return [attempt.id for attempt in changed]


def _attempt_page(attempt_id: UUID, extend_form: ExtendForm, close_form: CloseForm) -> str:
    line = queries.watched_attempt(current_session(), attempt_id)
    pauses = queries.pauses_of(current_session(), attempt_id)
    return render_template(
        "quizzes/instructor_attempt.html", line=line, pauses=pauses, extend_form=extend_form, close_form=close_form
    )
