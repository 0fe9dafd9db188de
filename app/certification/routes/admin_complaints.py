"""Complaints about artists: recorded, looked into, closed with what came of them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.certification import queries, services
from app.certification.forms import CloseComplaintForm, ComplaintForm
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("certification_complaints", Audience.ADMIN)
PAGE, FOUND = 30, 10


@bp.get("/complaints")
@requires(Permission.COMPLAINT_RECORD)
def index() -> ResponseReturnValue:
    """All complaints, newest first, and a search for whom one is about."""
    session, after = current_session(), decode_cursor(request.args.get("after"))
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    rows = queries.complaints(session, after=after, size=PAGE)
    found = accounts.people(session, search=search, size=FOUND) if search else []
    return render_template(
        "certification/admin_complaints.html",
        page=page_of(rows, PAGE, lambda row: (row[0].opened_at, str(row[0].id))),
        search=search,
        people=[each for each in found if "student" in each.roles],
    )


@bp.get("/complaints/about/<uuid:user_id>")
@requires(Permission.COMPLAINT_RECORD)
def person(user_id: UUID) -> ResponseReturnValue:
    """The complaints about one person, and a new one."""
    return _person(user_id, ComplaintForm(formdata=None))


@bp.post("/complaints/about/<uuid:user_id>")
@requires(Permission.COMPLAINT_RECORD)
def add(user_id: UUID) -> ResponseReturnValue:
    """Record one."""
    form, session = ComplaintForm(), current_session()
    if form.validate_on_submit():
        try:
            services.open_complaint(session, current_actor(), user_id, form.about.data or "", now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(
                _("The complaint is recorded. Where a rule asks for none, it holds the certificate back."),
                "success",
            )
            return redirect(url_for(".person", user_id=user_id), 303)
    return _person(user_id, form), 422


@bp.get("/complaints/<uuid:complaint_id>")
@requires(Permission.COMPLAINT_RECORD)
def one(complaint_id: UUID) -> ResponseReturnValue:
    """One complaint and how it ended, or the form to close it."""
    return _one(complaint_id, CloseComplaintForm(formdata=None))


@bp.post("/complaints/<uuid:complaint_id>")
@requires(Permission.COMPLAINT_RECORD)
def close(complaint_id: UUID) -> ResponseReturnValue:
    """Close it with what came of it."""
    form, session = CloseComplaintForm(), current_session()
    if form.validate_on_submit():
        words = form.outcome.data or ""
        try:
            found = services.close_complaint(session, current_actor(), complaint_id, words, now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("The complaint is closed."), "success")
            return redirect(url_for(".person", user_id=found.user_id), 303)
    return _one(complaint_id, form), 422


def _person(user_id: UUID, form: ComplaintForm) -> str:
    session = current_session()
    artist = accounts.user(session, user_id)
    found = queries.complaints_of(session, user_id)
    return render_template("certification/admin_complaints_of.html", artist=artist, form=form, complaints=found)


def _one(complaint_id: UUID, form: CloseComplaintForm) -> str:
    session = current_session()
    found = queries.complaint(session, complaint_id)
    artist = accounts.user(session, found.user_id)
    return render_template("certification/admin_complaint.html", complaint=found, artist=artist, form=form)
