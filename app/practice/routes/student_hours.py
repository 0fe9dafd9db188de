"""The hours ledger: where each hour comes from, corrections, and sessions that a guest signs for."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid, NotFound
from app.domain.practice.hours import EARNED, Source
from app.domain.practice.kit import read_day
from app.practice import queries, services
from app.practice.forms import CorrectionForm, SignoffForm, whole_number
from app.practice.queries import Ledger
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("practice_hours", Audience.STUDENT)
PAGE = 50


@bp.get("/hours")
@requires(Permission.PRACTICE_LOG)
def index() -> ResponseReturnValue:
    """The ledger, newest first, with its sums; one source when the address names it."""
    ledger = queries.ledger(current_session(), current_actor().user_id)
    wanted = request.args.get("source", "")
    source = Source(wanted) if wanted in EARNED else None
    rows = [row for row in ledger.rows if source is None or row.line.source is source]
    after = request.args.get("after", "")
    start = next((place for place, row in enumerate(rows, 1) if row.line.key == after), 0)
    shown = rows[start : start + PAGE]
    return render_template(
        "practice/student_hours.html",
        ledger=ledger,
        rows=shown,
        more=shown[-1].line.key if len(rows) > start + PAGE else None,
        source=source,
        sources=EARNED,
        signoffs=queries.signoffs_of(current_session(), current_actor().user_id, request_now()),
    )


@bp.route("/hours/correct", methods=["GET", "POST"])
@requires(Permission.PRACTICE_LOG)
def correct() -> ResponseReturnValue:
    """Correct one line: a further line with the reason. The address names the line."""
    key = request.args.get("line", "")
    ledger: Ledger = queries.ledger(current_session(), current_actor().user_id)
    row = ledger.row(key)
    if row is None:
        raise NotFound
    form = CorrectionForm()
    if form.validate_on_submit():
        minutes, reason = whole_number(form.minutes.data), form.reason.data or ""
        session, actor, now = current_session(), current_actor(), request_now()
        try:
            services.correct_hours(session, actor, key, true_minutes=minutes, reason=reason, now=now)
        except Invalid as problem:
            form.add_problems(problem)
        else:
            flash(_("The correction stands in your ledger."), "success")
            return redirect(url_for(".index"), 303)
    return render_template("practice/student_correct.html", form=form, row=row), 422 if form.errors else 200


@bp.route("/hours/sign-off", methods=["GET", "POST"])
@requires(Permission.PRACTICE_LOG)
def ask() -> ResponseReturnValue:
    """Make a link by which somebody without an account signs for a session. It is shown once, here."""
    form = SignoffForm()
    if not form.validate_on_submit():
        return render_template("practice/student_signoff.html", form=form)
    texts = {"place": form.place.data or "", "work": form.work.data or ""}
    claim = services.SessionClaim(read_day(form.day.data), whole_number(form.minutes.data), **texts)
    try:
        link, token = services.ask_signoff(current_session(), current_actor(), claim, now=request_now())
    except Invalid as problem:
        form.add_problems(problem)
        return render_template("practice/student_signoff.html", form=form), 422
    url = runtime().settings.public_url + url_for("practice_signoff_public.sign", signoff=token)
    page = render_template("practice/student_signoff_link.html", url=url, link=link)
    return page, 201, {"Cache-Control": "no-store"}


@bp.post("/hours/sign-off/<uuid:link_id>/withdraw")
@requires(Permission.PRACTICE_LOG)
def withdraw(link_id: UUID) -> ResponseReturnValue:
    """Close a link before somebody has signed."""
    services.withdraw_signoff(current_session(), current_actor(), link_id, now=request_now())
    flash(_("The link is closed. Nobody can sign by it any more."), "success")
    return redirect(url_for(".index", _anchor="signoffs"), 303)
