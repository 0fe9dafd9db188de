"""Essays to be marked, and who was sure and wrong on safety."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.access.permissions import Permission
from app.domain.errors import FieldProblem, Invalid
from app.infra.markdown import render_prompt
from app.quizzes import queries, services
from app.quizzes.services import MarkDraft, MarkedMeanwhile
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("quizzes_marking", Audience.INSTRUCTOR)
PAGE = 30


@bp.get("/marking")
@requires(Permission.ESSAY_MARK)
def queue() -> ResponseReturnValue:
    """Essays that wait, oldest first; with ?show=marked those that have a mark."""
    waiting, after = request.args.get("show") != "marked", decode_cursor(request.args.get("after"))
    rows = queries.marking_queue(current_session(), current_actor(), waiting=waiting, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.sent_at, str(line.id)))
    return render_template("quizzes/instructor_marking.html", page=page, waiting=waiting, is_first=after is None)


@bp.get("/marking/<uuid:marking_id>")
@requires(Permission.ESSAY_MARK)
def sheet(marking_id: UUID) -> ResponseReturnValue:
    """One essay with its rubric."""
    return _sheet(marking_id, None)


@bp.post("/marking/<uuid:marking_id>")
@requires(Permission.ESSAY_MARK)
def mark(marking_id: UUID) -> ResponseReturnValue:
    """Give a mark. If somebody was quicker, both marks are shown and nothing is replaced."""
    draft, revision = _draft(), request.form.get("revision", -1, type=int)
    try:
        services.mark_essay(current_session(), current_actor(), marking_id, draft, revision=revision, now=request_now())
    except MarkedMeanwhile:
        return _sheet(marking_id, draft, meanwhile=True), 409
    except Invalid as error:
        return _sheet(marking_id, draft, error.problems), 422
    flash(_("The mark is saved. When the last essay of the attempt is marked, the student is told."), "success")
    return redirect(url_for(".queue"), 303)


@bp.get("/safety-risks")
@requires(Permission.RISK_READ)
def risks() -> ResponseReturnValue:
    """Who was sure and wrong on a safety question, the newest first."""
    after = decode_cursor(request.args.get("after"))
    rows = queries.safety_risks(current_session(), after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.answered_at, str(line.id)))
    return render_template("quizzes/instructor_risks.html", page=page, is_first=after is None)


def _draft() -> MarkDraft:
    """What stands in the form: one field for each criterion, whatever the rubric is."""
    levels = {name.removeprefix("level-"): value for name, value in request.form.items() if name.startswith("level-")}
    points = {name: int(v) for name, v in levels.items() if v.isascii() and v.isdigit() and len(v) < 4}
    return MarkDraft(points, request.form.get("comment", ""), request.form.get("reason", ""))


def _sheet(
    marking_id: UUID,
    draft: MarkDraft | None,
    problems: tuple[FieldProblem, ...] = (),
    *,
    meanwhile: bool = False,
) -> str:
    found = queries.marking_sheet(current_session(), current_actor(), marking_id)
    newest = found.newest
    shown = draft or (MarkDraft(dict(newest.points), newest.comment) if newest else MarkDraft({}))
    return render_template(
        "quizzes/instructor_mark.html",
        sheet=found,
        draft=shown,
        problems=problems,
        meanwhile=meanwhile,
        prompt=Markup(render_prompt(found.item.prompt)),
    )
