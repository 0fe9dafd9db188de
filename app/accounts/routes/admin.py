"""People of the academy: invite, roles, close and open accounts."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries, services
from app.accounts.forms import InviteForm, RoleForm
from app.domain.access.actor import Role
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("accounts", Audience.ADMIN)
PAGE = 50


@bp.get("/users")
@requires(Permission.USER_MANAGE)
def users() -> ResponseReturnValue:
    """Everybody with an account, newest first."""
    search = request.args.get("q", "")[:100]
    after = decode_cursor(request.args.get("after"))
    rows = queries.people(current_session(), search=search, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda person: (person.created_at, str(person.id)))
    invitations = queries.waiting_invitations(current_session(), request_now())
    return render_template(
        "accounts/admin_users.html", page=page, search=search, invitations=invitations, form=InviteForm()
    )


@bp.post("/invitations")
@requires(Permission.USER_MANAGE)
@recent_proof
def invite() -> ResponseReturnValue:
    """Invite an instructor or administrator by mail; the link is shown as well, in case mail fails."""
    form = InviteForm()
    if not form.validate_on_submit():
        rows = queries.people(current_session(), size=PAGE)
        page = page_of(rows, PAGE, lambda person: (person.created_at, str(person.id)))
        waiting = queries.waiting_invitations(current_session(), request_now())
        html = render_template("accounts/admin_users.html", page=page, search="", invitations=waiting, form=form)
        return html, 422
    role, email = Role(form.role.data), form.email.data or ""
    token = services.invite(current_session(), current_actor(), email=email, role=role, now=request_now())
    url = runtime().settings.public_url + url_for("accounts_public.accept_invitation", token=token)
    payload = mail_payload(email, "invitation", inviter=current_actor().name, role=role.value, studio="", url=url)
    enqueue(current_session(), MAIL_JOB, payload, now=request_now())
    return render_template("accounts/admin_invited.html", email=email, url=url)


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.USER_MANAGE)
def withdraw_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Make an unused invitation useless."""
    services.withdraw_invitation(current_session(), invitation_id, now=request_now())
    flash(_("The invitation is withdrawn; its link no longer works."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/roles/grant")
@requires(Permission.USER_MANAGE)
@recent_proof
def grant_role(user_id: UUID) -> ResponseReturnValue:
    """Give a role."""
    role = _role_from_form()
    queries.user(current_session(), user_id)
    services.grant_role(current_session(), current_actor(), user_id, role, now=request_now())
    flash(_("The role is given."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/roles/end")
@requires(Permission.USER_MANAGE)
@recent_proof
def end_role(user_id: UUID) -> ResponseReturnValue:
    """Take a role away."""
    role = _role_from_form()
    queries.user(current_session(), user_id)
    services.end_role(current_session(), current_actor(), user_id, role, now=request_now())
    flash(_("The role is ended."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/disable")
@requires(Permission.USER_MANAGE)
@recent_proof
def disable(user_id: UUID) -> ResponseReturnValue:
    """Close an account."""
    services.disable_user(current_session(), current_actor(), user_id, now=request_now())
    flash(_("The account is closed and signed out everywhere."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/enable")
@requires(Permission.USER_MANAGE)
@recent_proof
def enable(user_id: UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    services.enable_user(current_session(), current_actor(), user_id, now=request_now())
    flash(_("The account is open again."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/sessions/end")
@requires(Permission.USER_MANAGE)
def end_sessions(user_id: UUID) -> ResponseReturnValue:
    """Sign a person out everywhere."""
    queries.user(current_session(), user_id)
    services.end_all_sessions(current_session(), current_actor(), user_id, now=request_now())
    flash(_("The person is signed out everywhere."), "success")
    return redirect(url_for(".users"), 303)


@bp.post("/users/<uuid:user_id>/second-step/forget")
@requires(Permission.USER_MANAGE)
@recent_proof
def forget_second_step(user_id: UUID) -> ResponseReturnValue:
    """Let somebody in again who lost phone and codes: only the password is left, and every device is signed out."""
    services.forget_second_factors(current_session(), current_actor(), user_id, now=request_now())
    flash(_("App, passkeys and recovery codes are removed. The person is told by mail."), "success")
    return redirect(url_for(".users"), 303)


def _role_from_form() -> Role:
    form = RoleForm()
    if not form.validate_on_submit():
        raise Invalid(_("Choose a role. Nothing was changed."))
    return Role(form.role.data)
