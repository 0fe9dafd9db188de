"""Applications for certificates and renewals that wait for a second person."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.certification import queries, services
from app.certification.forms import ApplicationForm
from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Invalid
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("certification_applications", Audience.INSTRUCTOR)
PAGE = 20


@bp.get("/applications")
@requires(Permission.APPLICATION_ANSWER)
def index() -> ResponseReturnValue:
    """Applications to answer, oldest first, and the newest answers."""
    return _page(ApplicationForm(), None)


@bp.post("/applications/<uuid:application_id>")
@requires(Permission.APPLICATION_ANSWER)
def answer(application_id: UUID) -> ResponseReturnValue:
    """Agree or refuse."""
    form, status, session = ApplicationForm(), 422, current_session()
    if form.validate_on_submit():
        approve, said = form.answer.data == "approve", form.note.data or ""
        try:
            services.answer_application(
                session, current_actor(), application_id, approve=approve, note=said, now=request_now()
            )
        except Invalid as error:
            form.add_problems(error)
        except Conflict as refusal:
            flash(refusal.message, "warn")
            status = status_of(refusal)
        else:
            flash(_("You agreed; it is issued now.") if approve else _("Refused. The artist is told."), "success")
            return redirect(url_for(".index"), 303)
    else:
        queries.application(session, application_id)
    return _page(form, application_id), status


def _page(form: ApplicationForm, answered: UUID | None) -> str:
    session, after = current_session(), decode_cursor(request.args.get("after"))
    rows = queries.waiting_applications(session, after=after, size=PAGE)
    return render_template(
        "certification/instructor_applications.html",
        page=page_of(rows, PAGE, lambda line: (line.asked_at, str(line.application.id))),
        done=queries.answered_applications(session) if after is None else (),
        titles=queries.titles(session),
        form=form,
        answered=answered,
    )
