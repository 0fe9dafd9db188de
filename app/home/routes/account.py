"""One's calendar: what is ahead, and the private address from which programs fetch it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.home import queries
from app.home.forms import entry_of
from app.infra.links import sign_link
from app.notifications import queries as notifications
from app.notifications import services
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("home", Audience.ACCOUNT)


@bp.get("/calendar")
@requires(Permission.ACCOUNT_USE)
def calendar() -> ResponseReturnValue:
    """The dates that are ahead, and the address of the calendar."""
    session, user_id, settings = current_session(), current_actor().user_id, runtime().settings
    serial = notifications.calendar_serial(session, user_id)
    address = ""
    if serial:
        feed = sign_link(settings.secret_key, services.CALENDAR, user_id.hex, serial)
        address = settings.public_url + url_for("home_public.calendar_file", feed=feed)
    found = queries.occasions(session, user_id, request_now())
    entries = [entry_of(each, site=settings.public_url, host=settings.public_host) for each in found]
    return render_template("home/account_calendar.html", address=address, entries=entries)


@bp.post("/calendar/renew")
@requires(Permission.ACCOUNT_USE)
def renew_calendar() -> ResponseReturnValue:
    """Make the private address, or a new one in place of it."""
    services.renew_calendar(current_session(), current_actor().user_id)
    flash(_("Here is your new address. An older one does not work any more."), "success")
    return redirect(url_for(".calendar"), 303)


@bp.post("/calendar/close")
@requires(Permission.ACCOUNT_USE)
def close_calendar() -> ResponseReturnValue:
    """End the private address."""
    services.close_calendar(current_session(), current_actor().user_id)
    flash(_("The address is closed. Programs that fetched it get nothing more."), "success")
    return redirect(url_for(".calendar"), 303)
