"""Try a changed rule on everybody before it is written into the files."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.certification import queries, services
from app.domain.access.permissions import Permission
from app.domain.certification.trial import numbers_of
from app.domain.errors import Conflict, Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.forms import Form
from app.web.pagination import decode_cursor, page_of
from app.web.sentences import said

bp = AudienceBlueprint("certification_rules", Audience.ADMIN)
PAGE = 20


@bp.get("/rules")
@requires(Permission.RULE_TRY)
def index() -> ResponseReturnValue:
    """The rules of each tier, and the trials there were."""
    session, after = current_session(), decode_cursor(request.args.get("after"))
    rows = queries.trials(session, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.asked_at, str(line.id)))
    return render_template(
        "certification/admin_rules.html",
        policies=queries.policies(session),
        titles=queries.titles(session),
        page=page,
        is_first=after is None,
    )


@bp.get("/rules/<certification_key>")
@requires(Permission.RULE_TRY)
def rule(certification_key: str) -> ResponseReturnValue:
    """Every number of one rule, to change and try."""
    return _page(certification_key, {}, "")


@bp.post("/rules/<certification_key>")
@requires(Permission.RULE_TRY)
def ask(certification_key: str) -> ResponseReturnValue:
    """Have the changed numbers tried on everybody, in a job."""
    if not Form().validate_on_submit():
        return _page(certification_key, request.form, _("This page was open too long. Send it again.")), 422
    try:
        typed = {key: int(value) for key, value in request.form.items() if key != "csrf_token" and value.strip()}
        made = services.ask_trial(current_session(), current_actor(), certification_key, typed, now=request_now())
    except ValueError:
        return _page(certification_key, request.form, _("Write whole numbers. Nothing was started.")), 422
    except (Invalid, Conflict) as refusal:
        return _page(certification_key, request.form, said(refusal.message)), status_of(refusal)
    flash(_("The changed rule is being tried. Nothing is changed for anybody."), "success")
    return redirect(url_for(".trial", trial_id=made.id), 303)


@bp.get("/rules/trials/<uuid:trial_id>")
@requires(Permission.RULE_TRY)
def trial(trial_id: UUID) -> ResponseReturnValue:
    """How far a trial is, and who would gain or lose by it."""
    session = current_session()
    found = queries.trial(session, trial_id)
    return render_template(
        "certification/admin_trial.html",
        trial=found,
        people=queries.touched_people(session, found),
        titles=queries.titles(session),
    )


@bp.post("/rules/trials/<uuid:trial_id>/stop")
@requires(Permission.RULE_TRY)
def stop(trial_id: UUID) -> ResponseReturnValue:
    """Stop a trial that is under way."""
    services.stop_trial(current_session(), trial_id, now=request_now())
    return redirect(url_for(".trial", trial_id=trial_id), 303)


def _page(certification_key: str, typed: object, problem: str) -> str:
    session = current_session()
    policy = services.policy_named(session, certification_key)
    return render_template(
        "certification/admin_rule.html",
        policy=policy,
        numbers=numbers_of(policy.payload),
        typed=typed,
        problem=problem,
        titles=queries.titles(session),
    )
