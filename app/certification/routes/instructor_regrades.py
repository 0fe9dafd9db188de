"""Regrade corrected questions, with what it would mean for people and for the certificates that rest on it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.certification import queries
from app.certification.forms import RegradeForm
from app.certification.services import consequences
from app.domain.access.permissions import Permission
from app.domain.assessment.exact import percent_text
from app.domain.errors import Conflict
from app.quizzes import queries as quizzes
from app.quizzes import services as quiz_services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("certification_regrades", Audience.INSTRUCTOR)
PAGE = 20
SHOWN = 100


@bp.get("/regrades")
@requires(Permission.REGRADE)
def index() -> ResponseReturnValue:
    """Questions that were corrected after answers were judged, and the regrades that were asked for."""
    session, after = current_session(), decode_cursor(request.args.get("after"))
    rows = quizzes.regrades(session, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.asked_at, str(line.id)))
    items = quizzes.outdated_items(session)
    return render_template("certification/instructor_regrades.html", items=items, page=page, is_first=after is None)


@bp.get("/regrades/items/<item_key>")
@requires(Permission.REGRADE)
def preview(item_key: str) -> ResponseReturnValue:
    """Who changes from what to what, who would pass or fail, and which certificates rest on it."""
    return _preview_page(item_key, RegradeForm())


@bp.post("/regrades/items/<item_key>")
@requires(Permission.REGRADE)
def ask(item_key: str) -> ResponseReturnValue:
    """Have it done, by the very version that was looked at."""
    form = RegradeForm()
    if not form.validate_on_submit():
        return _preview_page(item_key, form), 422
    try:
        found = quiz_services.ask_regrade(
            current_session(),
            current_actor(),
            item_key,
            version_id=_version(form.version.data),
            reason=form.reason.data or "",
            now=request_now(),
        )
    except Conflict as refusal:
        flash(refusal.message, "warn")
        return _preview_page(item_key, RegradeForm(formdata=None)), status_of(refusal)
    flash(_("The answers are being judged again."), "success")
    return redirect(url_for(".regrade", regrade_id=found.id), 303)


@bp.get("/regrades/<uuid:regrade_id>")
@requires(Permission.REGRADE)
def regrade(regrade_id: UUID) -> ResponseReturnValue:
    """How far a regrade is, and what it did."""
    quizzes.regrade_row(current_session(), regrade_id)
    line = quizzes.regrades(current_session(), only=regrade_id)[0]
    return render_template("certification/instructor_regrade.html", line=line)


@bp.post("/regrades/<uuid:regrade_id>/stop")
@requires(Permission.REGRADE)
def stop(regrade_id: UUID) -> ResponseReturnValue:
    """Stop a regrade that is under way; what it has judged stays."""
    quiz_services.stop_regrade(current_session(), current_actor(), regrade_id, now=request_now())
    flash(_("The regrade is stopped. What was judged before stays."), "success")
    return redirect(url_for(".regrade", regrade_id=regrade_id), 303)


def _version(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)


def _preview_page(item_key: str, form: RegradeForm) -> str:
    session = current_session()
    found = quiz_services.preview_regrade(session, item_key)
    form.version.data = str(found.item.version_id)
    return render_template(
        "certification/instructor_regrade_preview.html",
        preview=found,
        form=form,
        shown=SHOWN,
        resting=queries.resting_on(session, consequences(found)),
        ahead=quizzes.regrade_ahead(session, item_key),
        percent_text=percent_text,
    )
