"""What was done to certificates, and how the status lists are kept."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import queries, services
from app.credentials.forms import REASONS
from app.domain.access.permissions import Permission
from app.domain.credentials import number as numbers
from app.domain.credentials.lifecycle import Change
from app.web import health
from app.web.access import current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_log", Audience.ADMIN)
PAGE = 50


@bp.get("/credentials/log")
@requires(Permission.CREDENTIAL_MANAGE)
def log() -> ResponseReturnValue:
    """Every change of every certificate, newest first."""
    change, typed = request.args.get("change", ""), request.args.get("q", "").strip()[: numbers.LONGEST_INPUT]
    checked, known = numbers.check(typed), change if change in set(Change) else ""
    rows = queries.issuing_log(current_session(), change=known, number=checked.number, before=_before(), size=PAGE)
    return render_template(
        "credentials/admin_log.html",
        rows=rows[:PAGE],
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        change=known,
        changes=[each.value for each in Change],
        search=typed,
        wrong="" if checked.ok or not typed else checked.hint,
        reasons=REASONS,
    )


def _before() -> int | None:
    return request.args.get("before", type=int)


@bp.get("/credentials/lists")
@requires(Permission.CREDENTIAL_MANAGE)
def lists() -> ResponseReturnValue:
    """Every status list: how full it is, and whether it was signed in time."""
    session = current_session()
    lines, now = queries.status_lists(session), request_now()
    return render_template(
        "credentials/admin_lists.html",
        lines=lines,
        late=[line for line in lines if line.is_late(now)],
        job=queries.running_job(session, services.RESIGN_LISTS),
    )


@bp.post("/credentials/lists/sign")
@requires(Permission.CREDENTIAL_MANAGE)
def sign() -> ResponseReturnValue:
    """Have every list signed anew now."""
    services.ask_to_sign_lists(current_session(), now=request_now())
    flash(_("The lists are being signed anew."), "success")
    return redirect(url_for(".lists"), 303)


def _lists_in_words() -> str:
    here = runtime()
    with here.db.reading() as session:
        return "late" if queries.late_lists(session, here.now()) else "ok"


bp.record_once(lambda state: health.watch(state.app, "status_lists", _lists_in_words))
