"""What the holder lets others see of the name; and their own files, which have the whole name in any case."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import queries, services
from app.domain.access.permissions import Permission
from app.domain.credentials.upload import Kind
from app.domain.errors import NotFound
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_name", Audience.STUDENT)
TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.SVG: "image/svg+xml",
    Kind.JSON: "application/vc",
    Kind.TOKEN: "application/vc+jwt",
}


@bp.post("/certificates/<own_number>/name")
@requires(Permission.CREDENTIAL_HOLD)
def choose(own_number: str) -> ResponseReturnValue:
    """Show others the name, or initials only."""
    hide = request.form.get("show") == "initials"
    shown = services.choose_name(current_session(), current_actor().user_id, own_number, only_initials=hide)
    flash(_("The page of your certificate now shows “%(name)s”.", name=shown), "ok")
    return redirect(url_for("credentials_student.certificates"), 303)


@bp.get("/certificates/<own_number>/file.<form>")
@requires(Permission.CREDENTIAL_HOLD)
def file(own_number: str, form: str) -> Response:
    """One of the holder's own files, whatever others may see."""
    if form not in TYPES:
        raise NotFound
    with runtime().db.reading() as reading:
        stored = queries.own_file(reading, current_actor().user_id, own_number)
        found = queries.public_view(reading, own_number, request_now())
        if found is None:
            raise NotFound
        details = queries.details(reading, found)
    response = Response(_bytes_of(Kind(form), stored, found, details), mimetype=TYPES[Kind(form)])
    response.headers["Content-Disposition"] = f'attachment; filename="{own_number}.{form}"'
    return response


def _bytes_of(kind: Kind, stored: queries.StoredFile, found: queries.Standing, details: queries.Details) -> bytes:
    settings = runtime().settings
    name, url = settings.academy_name, settings.public_url
    if kind is Kind.PDF:
        return services.printed_certificate(found, details, stored, academy=name, url=url)
    if kind in (Kind.PNG, Kind.SVG):
        return services.printed_picture(found, stored, kind, academy=name)
    return stored.document if kind is Kind.JSON else stored.token.encode("ascii")
