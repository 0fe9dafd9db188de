"""Waivers: let a student off a requirement, with a reason that everybody concerned can read."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts import queries as accounts
from app.certification import queries, services
from app.certification.forms import WaiverForm
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("certification_waivers", Audience.ADMIN)
PAGE, FOUND = 30, 10


@bp.get("/waivers")
@requires(Permission.WAIVER_GRANT)
def index() -> ResponseReturnValue:
    """All waivers, newest first, and a search for whom to grant one."""
    session, after = current_session(), decode_cursor(request.args.get("after"))
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    rows = queries.waivers(session, after=after, size=PAGE)
    return render_template(
        "certification/admin_waivers.html",
        page=page_of(rows, PAGE, lambda row: (row[0].granted_at, str(row[0].id))),
        search=search,
        people=[p for p in accounts.people(session, search=search, size=FOUND) if "student" in p.roles]
        if search
        else [],
    )


@bp.get("/waivers/<uuid:user_id>")
@requires(Permission.WAIVER_GRANT)
def person(user_id: UUID) -> ResponseReturnValue:
    """What a student still misses and which of it may be waived."""
    return _page(user_id, WaiverForm())


@bp.post("/waivers/<uuid:user_id>")
@requires(Permission.WAIVER_GRANT)
def grant(user_id: UUID) -> ResponseReturnValue:
    """Grant one."""
    form = WaiverForm()
    if form.validate_on_submit():
        certification_key, _colon, code = (form.requirement.data or "").partition("|")
        try:
            services.grant_waiver(
                current_session(),
                current_actor(),
                user_id,
                certification_key,
                code,
                reason=form.reason.data or "",
                until=form.until.data,
                now=request_now(),
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("The requirement is waived. The decision will show the reason."), "success")
            return redirect(url_for(".person", user_id=user_id), 303)
    return _page(user_id, form), 422


@bp.post("/waivers/<uuid:waiver_id>/end")
@requires(Permission.WAIVER_GRANT)
def end(waiver_id: UUID) -> ResponseReturnValue:
    """End one; decisions made under it stand."""
    waiver = services.end_waiver(current_session(), current_actor(), waiver_id, now=request_now())
    flash(_("The waiver is ended. What was decided before stands."), "success")
    return redirect(url_for(".person", user_id=waiver.user_id), 303)


def _page(user_id: UUID, form: WaiverForm) -> str:
    session = current_session()
    student = accounts.user(session, user_id)
    form.requirement.choices = _waivable(user_id)
    return render_template(
        "certification/admin_waiver.html",
        student=student,
        form=form,
        waivers=queries.waivers_of(session, user_id),
        titles=queries.titles(session),
    )


def _waivable(user_id: UUID) -> list[SelectChoice]:
    """What the student misses of a rule that allows waivers of it."""
    evaluations, _gathered = services.evaluate_requirements(current_session(), user_id, now=request_now())
    return [
        SelectChoice(f"{rules.id}|{line.code}", f"{rules.title}: {line.label}. {line.explanation}")
        for evaluation in evaluations
        if evaluation.decision is None
        for rules in (evaluation.policy.rules,)
        for line in evaluation.outcome.missing
        if line.group in rules.waivable
    ]
