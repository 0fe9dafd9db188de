"""The people of a studio, their ranks, and the log of who checked what and when."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.actor import Role
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.domain.studios.ranks import Rank, may_give
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.studios import queries, services
from app.studios.forms import MemberForm, RankForm, rank_choices
from app.studios.routes.studio import chosen, studio_facts, studio_id_now
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("studios_people", Audience.STUDIO)
LINES = 50


@bp.get("/people")
@requires(Permission.STUDIO_USE)
def index() -> ResponseReturnValue:
    """Everybody of the studio; managers invite and change ranks here."""
    return _index(MemberForm(formdata=None))


@bp.post("/people")
@requires(Permission.STUDIO_USE)
def invite() -> ResponseReturnValue:
    """Invite somebody by mail; the link is shown as well, in case mail fails."""
    form, session, actor = MemberForm(), current_session(), current_actor()
    if form.validate_on_submit():
        email, rank, studio_id = form.email.data or "", Rank(form.rank.data), studio_id_now()
        try:
            studio, token = services.invite_member(session, actor, studio_id, email=email, rank=rank, now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            url = runtime().settings.public_url + url_for("accounts_public.accept_invitation", token=token)
            facts = {"inviter": actor.name, "role": Role.STUDIO.value, "studio": studio.name, "url": url}
            enqueue(session, MAIL_JOB, mail_payload(email, "invitation", **facts), now=request_now())
            return _index(MemberForm(formdata=None), invited_email=email, url=url)
    return _index(form), 422


@bp.post("/people/invitations/<uuid:studio_invitation_id>/withdraw")
@requires(Permission.STUDIO_USE)
def withdraw(studio_invitation_id: UUID) -> ResponseReturnValue:
    """Make an unused invitation useless."""
    services.withdraw_invitation(current_session(), current_actor(), studio_invitation_id, now=request_now())
    flash(_("The invitation is withdrawn; its link no longer works."), "success")
    return redirect(url_for(".index", **chosen()), 303)


@bp.post("/people/<uuid:member_id>/rank")
@requires(Permission.STUDIO_USE)
def rank(member_id: UUID) -> ResponseReturnValue:
    """Give somebody another rank."""
    form, studio_id = RankForm(), studio_id_now()
    if not form.validate_on_submit():
        return _index(MemberForm(formdata=None)), 422
    given = Rank(form.rank.data)
    services.change_rank(current_session(), current_actor(), studio_id, member_id, given, now=request_now())
    flash(_("The rank is changed."), "success")
    return redirect(url_for(".index", **chosen()), 303)


@bp.post("/people/<uuid:member_id>/end")
@requires(Permission.STUDIO_USE)
def end(member_id: UUID) -> ResponseReturnValue:
    """Take somebody off the studio, or leave it oneself."""
    actor, studio_id = current_actor(), studio_id_now()
    services.end_membership(current_session(), actor, studio_id, member_id, now=request_now())
    if member_id == actor.user_id:
        flash(_("You have left the studio."), "success")
        return redirect(url_for("accounts_account.home"), 303)
    flash(_("This person does not belong to your studio any more."), "success")
    return redirect(url_for(".index", **chosen()), 303)


@bp.get("/log")
@requires(Permission.STUDIO_USE)
def log() -> ResponseReturnValue:
    """Who of the studio checked and changed what, newest first."""
    studio_id, before = studio_id_now(), request.args.get("before", "")
    known = int(before) if before.isdecimal() and len(before) < 16 else None
    lines = queries.team_log(current_session(), studio_id, before=known, size=LINES)
    return render_template(
        "studios/studio_log.html",
        lines=lines[:LINES],
        more=lines[LINES - 1].id if len(lines) > LINES else None,
        **studio_facts(studio_id),
    )


def _index(form: MemberForm, invited_email: str = "", url: str = "") -> str:
    session, studio_id = current_session(), studio_id_now()
    facts = studio_facts(studio_id)
    givable = [each for each in Rank if may_give(facts["rank"], each)]
    form.rank.choices = rank_choices(reversed(givable or list(Rank)))
    return render_template(
        "studios/studio_people.html",
        members=queries.members(session, studio_id),
        invitations=queries.invited(session, studio_id, request_now()) if facts["manages"] else [],
        form=form,
        givable=givable,
        invited_email=invited_email,
        url=url,
        **facts,
    )
