"""Studios and the people who may see for them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import services as accounts
from app.domain.access.actor import Role
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.studios import queries, services
from app.studios.forms import InviteForm, StudioForm
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("studios", Audience.ADMIN)
PAGE = 50


@bp.get("/studios")
@requires(Permission.USER_MANAGE)
def studios() -> ResponseReturnValue:
    """Every studio, newest first."""
    return _page()


@bp.post("/studios")
@requires(Permission.USER_MANAGE)
def create() -> ResponseReturnValue:
    """A new studio."""
    form = StudioForm()
    if form.validate_on_submit():
        name, city = form.name.data or "", form.city.data or ""
        try:
            services.create_studio(current_session(), current_actor(), name=name, city=city, now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("The studio is there. Invite its people now."), "success")
            return redirect(url_for(".studios"), 303)
    return _page(form=form), 422


@bp.post("/studios/<uuid:studio_id>/invite")
@requires(Permission.USER_MANAGE)
def invite(studio_id: UUID) -> ResponseReturnValue:
    """Invite a person to a studio by mail; the link is shown as well, in case mail fails."""
    session, actor, now = current_session(), current_actor(), request_now()
    studio, form = queries.studio(session, studio_id), InviteForm()
    if not form.validate_on_submit():
        return _page(invite_form=form, answered=studio_id), 422
    email = form.email.data or ""
    token = accounts.invite(
        session, actor, email=email, role=Role.STUDIO, studio_id=studio.id, studio_name=studio.name, now=now
    )
    url = runtime().settings.public_url + url_for("accounts_public.accept_invitation", token=token)
    payload = mail_payload(email, "invitation", inviter=actor.name, role=Role.STUDIO.value, studio=studio.name, url=url)
    enqueue(session, MAIL_JOB, payload, now=now)
    return render_template("accounts/admin_invited.html", email=email, url=url, back=url_for(".studios"))


def _page(form: StudioForm | None = None, invite_form: InviteForm | None = None, answered: UUID | None = None) -> str:
    after = decode_cursor(request.args.get("after"))
    rows = queries.studios(current_session(), after=after, size=PAGE)
    return render_template(
        "studios/admin_studios.html",
        page=page_of(rows, PAGE, lambda line: (line.created_at, str(line.id))),
        form=form or StudioForm(formdata=None),
        invite_form=invite_form or InviteForm(formdata=None),
        answered=answered,
    )
