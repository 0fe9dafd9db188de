"""The first page for everybody, the style guide, what robots may read, and calendars by their private address."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import NotFound
from app.home import queries
from app.home.forms import entry_of
from app.infra.calendar_file import calendar_file as make_calendar
from app.infra.calendar_file import calendar_tag
from app.infra.catalogs import LOCALES
from app.infra.links import read_link
from app.notifications import queries as notifications
from app.notifications import services
from app.web import locale
from app.web.access import current_actor, current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.redirects import safe_next

bp = AudienceBlueprint("home", Audience.PUBLIC)
# Only what lies behind a sign-in. Public pages about people say noindex themselves, which a robot must come to read.
CLOSED = ("/account/", "/admin/", "/api/", "/learn/", "/studio/", "/teach/")


@bp.get("/")
@public("The first page tells everybody what this academy does.")
def landing() -> ResponseReturnValue:
    """What the academy teaches, and one field to check a certificate."""
    return render_template("home/public_landing.html", program=queries.program(current_session()))


@bp.get("/language/<language>")
@public("Everybody may choose the language of the pages; only their own browser keeps it.")
def choose_language(language: str) -> ResponseReturnValue:
    """Keep the language in this browser and go back to the page. An account has its own, in the profile."""
    if language not in LOCALES:
        raise NotFound
    if current_actor().language:
        return redirect(url_for("accounts_account.profile"), 303)
    response = redirect(safe_next(request.args.get("next"), url_for(".landing")), 303)
    locale.remember(response, language)
    return response


@bp.get("/styleguide")
@public("It shows the design system with sample data only.")
def styleguide() -> ResponseReturnValue:
    """Every part of the design system."""
    return render_template("home/styleguide.html")


@bp.get("/robots.txt")
@public("Robots are nobody and read nothing private.")
def robots() -> ResponseReturnValue:
    """What search engines are asked to leave out."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/calendar/<feed>.ics")
@public("The signed address is the permission: calendar programs cannot sign in.", for_programs=True)
def calendar_file(feed: str) -> ResponseReturnValue:
    """The dates of one person as an iCalendar file. An address that was renewed or closed is not there any more."""
    settings, session, now = runtime().settings, current_session(), request_now()
    user_id = _owner(read_link(settings.secret_key, services.CALENDAR, feed))
    name = _("%(academy)s: my dates", academy=settings.academy_name)
    found = queries.occasions(session, user_id, now)
    entries = [entry_of(each, site=settings.public_url, host=settings.public_host) for each in found]
    response = Response(make_calendar(name, entries, now=now), mimetype="text/calendar")
    response.set_etag(calendar_tag(name, entries), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response.make_conditional(request)


def _owner(parts: list[str | int] | None) -> UUID:
    """Whose calendar a signed address names. Raises NotFound for one that does not hold (any more)."""
    if parts is None or len(parts) != 2:
        raise NotFound
    user_id, serial = UUID(str(parts[0])), parts[1]
    if serial != notifications.calendar_serial(current_session(), user_id):
        raise NotFound
    return user_id
