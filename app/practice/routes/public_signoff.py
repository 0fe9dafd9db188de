"""A guest signs for a supervised session: no account, one link, once."""

from __future__ import annotations

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import Expired, TooMany
from app.domain.practice.signoff import Guest, facts_from_dict
from app.infra.ratelimit import caller_of
from app.practice import queries, services
from app.practice.forms import GuestForm
from app.web.access import current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("practice_signoff", Audience.PUBLIC)
TRIES, SECONDS = 30, 60


@bp.route("/sign-off/<signoff>", methods=["GET", "POST"])
@public("The link that a student gave is the permission.")
def sign(signoff: str) -> ResponseReturnValue:
    """What the student says of the session, and a form to sign it. Nothing else of the student is shown."""
    _count()
    link = queries.open_signoff(current_session(), signoff, request_now())
    if link is None:
        raise Expired(_("This link was used already, was withdrawn, or is too old. Ask the student for a new one."))
    form = GuestForm()
    if form.validate_on_submit():
        guest = Guest(form.name.data or "", form.role.data or "", form.license_number.data or "")
        signed = services.sign_session(current_session(), signoff, guest, now=request_now())
        return _unseen(render_template("practice/public_signed.html", signed=signed), 201)
    facts = facts_from_dict(link.facts)
    page = render_template("practice/public_signoff.html", form=form, facts=facts, expires=link.expires_at)
    return _unseen(page, 422 if form.errors else 200)


def _count() -> None:
    """Count a try of this caller: nobody needs thirty in a minute who does not guess."""
    allowed = runtime().limiter.hit(f"sign-off:{caller_of(request.remote_addr)}", TRIES, SECONDS, request_now())
    if not allowed.ok:
        raise TooMany(_("That was too often. Wait a minute."), retry_after=allowed.retry_after)


def _unseen(page: str, status: int) -> ResponseReturnValue:
    """Neither kept nor found: the address is a key."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
