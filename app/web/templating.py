"""What every template can use: fingerprinted assets, the steps, dates and numbers by locale."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from flask_babel import format_date, format_datetime, format_decimal, format_timedelta, get_locale
from flask_babel import gettext as _

from app.domain.access.actor import Actor, Role
from app.domain.procedure import STEP_FACES, section_title
from app.web.app import current_actor, request_now
from app.web.assets import Assets
from app.web.jinja import Kept, PageCode, PageContext, PageTemplate, address_finder, gettext, icon_drawer, ngettext


def areas_of(actor: Actor) -> list[tuple[str, str]]:
    """The parts of the product that a person may open, as (label, address)."""
    found = []
    if actor.has(Role.STUDENT):
        found.append((_("Learning"), url_for("home_student.dashboard")))
    if actor.has(Role.INSTRUCTOR):
        found.append((_("Teaching"), url_for("home_instructor.dashboard")))
    if actor.has(Role.STUDIO):
        found.append((_("Studio"), url_for("home_studio.dashboard")))
    if actor.has(Role.ADMIN):
        found.append((_("Administration"), url_for("admin_admin.overview")))
    return found


def ago(value: datetime, now: datetime | None = None) -> str:
    """How long ago (or in how long), in words."""
    delta = value - (now or request_now())
    return format_timedelta(delta, add_direction=True, threshold=1.1)


def hours(minutes: int) -> str:
    """Minutes as "1 h 45" or "35 min"."""
    whole, rest = divmod(int(minutes), 60)
    if whole == 0:
        return _("%(n)s min", n=rest)
    return _("%(h)s h", h=whole) if rest == 0 else _("%(h)s h %(m)02d", h=whole, m=rest)


def _date(value: date | datetime, format: str = "medium") -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).date()
    return _day(value, format, str(get_locale()))


@lru_cache(maxsize=2_048)
def _day(value: date, format: str, _locale: str) -> str:
    """A day in the language of this request; a list says the same few days again and again."""
    return format_date(value, format)


def _datetime(value: datetime, format: str = "medium") -> str:
    return format_datetime(value, format)


def _percent(value: Any) -> str:
    return _("%(n)s %%", n=format_decimal(value, format="#,##0.##"))


def register(app: Flask, *, cached: bool) -> None:
    """Attach filters, globals and the context of the shells."""
    env = app.jinja_env
    assets = Assets(Path(str(app.static_folder)), cached=cached)
    app.extensions["vermilion.assets"] = assets
    env.add_extension(Kept)
    if cached:
        env.template_class = PageTemplate
        env.context_class = PageContext
        env.code_generator_class = PageCode
        env.globals["url_for"] = address_finder(app)
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        date=_date, datetime=_datetime, ago=ago, hours=hours, percent=_percent, number=lambda v: format_decimal(v)
    )
    env.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        areas_of=areas_of,
        asset=assets.address,
        modules=assets.modules,
        icon_drawing=icon_drawer(assets.address),
        STEPS=STEP_FACES,
        STEP_BY_ID={face.id: face for face in STEP_FACES},
        section_title=section_title,
        timedelta=timedelta,
    )

    @app.context_processor
    def _shell() -> dict[str, Any]:
        actor = current_actor()
        return {"actor": actor, "now": request_now()}
