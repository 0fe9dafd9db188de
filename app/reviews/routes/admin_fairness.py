"""Fairness of review for the head of the academy: the policy, the reference pieces, re-marks that differ."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.domain.review.calibration import PIECES
from app.reviews import queries, services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.sentences import said

bp = AudienceBlueprint("reviews_fairness", Audience.ADMIN)


@bp.get("/reviews")
@requires(Permission.REVIEW_OVERSEE)
def index() -> ResponseReturnValue:
    """Everything that the academy decides about how pieces are marked."""
    session = current_session()
    reports = queries.open_reports(session)
    people = {person for report in reports for person in (report.result.reviewer_id, report.again.reviewer_id)}
    return render_template(
        "reviews/admin_fairness.html",
        policy=queries.review_policy(session),
        reports=reports,
        names=queries.reviewer_names(session, list(people)),
        chosen=queries.reference_lines(session, chosen=True),
        offered=queries.reference_lines(session, chosen=False, size=20),
        count=queries.reference_count(session),
        wanted=PIECES,
    )


@bp.post("/reviews/policy")
@requires(Permission.REVIEW_OVERSEE)
def policy() -> ResponseReturnValue:
    """Set blind reading and how long a calibration holds."""
    months = request.form.get("calibration_months", "")
    try:
        services.set_policy(
            current_session(),
            current_actor(),
            blind_all="blind_all" in request.form,
            calibration_months=int(months) if months.isdecimal() and len(months) < 4 else 0,
            now=request_now(),
        )
    except Invalid as refusal:
        flash(_("%(why)s Nothing was changed.", why=said(refusal.message)), "warning")
    else:
        flash(_("The rules of review are saved. They hold for pieces that are taken from now on."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/reviews/references/<uuid:try_id>")
@requires(Permission.REVIEW_OVERSEE)
def choose(try_id: UUID) -> ResponseReturnValue:
    """Make a decided piece a reference piece."""
    services.choose_reference(current_session(), current_actor(), try_id, now=request_now())
    flash(_("The piece is a reference piece now. Its levels count as agreed."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/reviews/references/<uuid:reference_id>/retire")
@requires(Permission.REVIEW_OVERSEE)
def retire(reference_id: UUID) -> ResponseReturnValue:
    """Take a piece out of the set."""
    services.retire_reference(current_session(), current_actor(), reference_id, now=request_now())
    flash(_("The piece is out of the set. Rounds that have begun keep it."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/reviews/remarks/<uuid:report_id>")
@requires(Permission.REVIEW_OVERSEE)
def close(report_id: UUID) -> ResponseReturnValue:
    """Say what the academy makes of a re-mark that differs."""
    answer = request.form.get("answer", "")
    try:
        services.close_report(current_session(), current_actor(), report_id, answer, now=request_now())
    except Invalid as refusal:
        flash(refusal.problems[0].sentence if refusal.problems else refusal.message, "warning")
    else:
        flash(_("The report is closed."), "success")
    return redirect(url_for(".index"), 303)
