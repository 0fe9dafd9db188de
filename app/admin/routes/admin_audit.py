"""The audit log: who did what, looked for by person, object, kind and day; and whether its chain is whole."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.admin import queries, services
from app.domain.access.permissions import Permission
from app.infra.audit import AuditTag, readable_facts
from app.web.access import current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("admin_audit", Audience.ADMIN)
PAGE = 50


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """Who did what, newest first."""
    asked, wrong = _asked()
    session = current_session()
    rows = queries.audit_lines(session, asked, before=request.args.get("before", type=int), size=PAGE)
    page = render_template(
        "admin/admin_audit.html",
        rows=rows[:PAGE],
        facts=readable_facts(session, rows[:PAGE]),
        asked=asked,
        wrong=wrong,
        tags=list(AuditTag),
        targets=queries.TARGETS,
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        state=queries.audit_state(session, services.VERIFY_AUDIT),
        sealed=queries.sealed_lines(session, rows[:PAGE]),
    )
    return page, 422 if wrong else 200


@bp.post("/audit/verify")
@requires(Permission.AUDIT_READ)
def verify() -> ResponseReturnValue:
    """Have the log walked along in the background."""
    services.ask_to_verify_audit(current_session(), now=request_now())
    flash(_("The log is being verified. The result appears here."), "success")
    return redirect(url_for(".index"), 303)


def _asked() -> tuple[queries.AuditSearch, str]:
    """What the address asks for, and a sentence about a day that is none."""
    given, wrong = request.args, ""
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            days[name], wrong = None, _("Write days like 2026-11-22. The day was left out of the search.")
    asked = queries.AuditSearch(
        tag=given["tag"] if given.get("tag") in set(AuditTag) else "",
        actor=given.get("actor", "").strip()[:120],
        target_kind=given["target_kind"] if given.get("target_kind") in queries.TARGETS else "",
        target_id=given.get("target_id", "").strip()[:64],
        since=days["since"],
        until=days["until"],
    )
    return asked, wrong
