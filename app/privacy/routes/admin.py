"""Requests to be erased, and erasing somebody who asked for it by other ways."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.privacy import queries, services
from app.privacy.forms import EraseForForm
from app.web.access import current_actor, current_session, recent_proof, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("privacy", Audience.ADMIN)


@bp.get("/privacy")
@requires(Permission.PERSON_ERASE)
def index() -> ResponseReturnValue:
    """Who asked to be erased, and what is due by the rules of retention."""
    return render_template(
        "privacy/admin_requests.html",
        waiting=queries.requests_waiting(current_session()),
        due=services.due(current_session(), now=request_now()),
    )


@bp.get("/privacy/people/<uuid:user_id>")
@requires(Permission.PERSON_ERASE)
def person(user_id: UUID) -> ResponseReturnValue:
    """What a person agreed to, and the form to erase them."""
    return _person(user_id, EraseForForm(formdata=None))


@bp.post("/privacy/people/<uuid:user_id>/erase")
@requires(Permission.PERSON_ERASE)
@recent_proof
def erase(user_id: UUID) -> ResponseReturnValue:
    """Erase somebody who asked for it, with a reason."""
    form = EraseForForm()
    if form.validate_on_submit():
        try:
            services.erase_for(
                current_session(), current_actor(), user_id, reason=form.reason.data or "", now=request_now()
            )
        except Invalid as problem:
            form.add_problems(problem)
        else:
            flash(_("The person is being erased. It takes a minute."), "success")
            return redirect(url_for(".person", user_id=user_id), 303)
    return _person(user_id, form), 422


def _person(user_id: UUID, form: EraseForForm) -> str:
    session = current_session()
    user = accounts.user(session, user_id)
    return render_template(
        "privacy/admin_person.html",
        form=form,
        user=user,
        erased=queries.is_erased(user),
        consents=queries.consents_of(session, user_id),
        asked=queries.newest_request(session, user_id),
    )
