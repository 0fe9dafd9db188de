"""Whether what somebody knows of a person fits the holder of a certificate: match or no match, and nothing else."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import services
from app.domain.credentials import number as numbers
from app.domain.credentials.naming import LONGEST_CLAIM
from app.domain.errors import NotFound
from app.infra.ratelimit import caller_of
from app.web.access import public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_identity", Audience.PUBLIC)
WHY = "A studio has to know that the certificate is that of the person before it."


@bp.get("/credentials/<number>/confirm")
@public(WHY)
def form(number: str) -> ResponseReturnValue:
    """Ask for an e-mail address or a surname."""
    return _page(_printed(number), None)


@bp.post("/credentials/<number>/confirm")
@public(WHY, only_answers=True)
def confirm(number: str) -> ResponseReturnValue:
    """Match or no match. A number that was never issued fits nothing and takes as long."""
    printed, claim = _printed(number), request.form.get("claim", "")[:LONGEST_CLAIM]
    if not claim.strip():
        return _page(printed, None, error=_("Type an e-mail address or a surname.")), 422
    here, caller = runtime(), caller_of(request.remote_addr)
    fits = services.confirm_identity(here.db.glance, here.limiter, printed, claim, caller=caller, now=request_now())
    return _page(printed, fits)


def _printed(number: str) -> str:
    checked = numbers.check(number)
    if not checked.ok:
        raise NotFound(checked.hint)
    return checked.number


def _page(number: str, fits: bool | None, *, error: str = "") -> Response:
    words = {"number": number, "fits": fits, "error": error, "tries": services.TRIES}
    response = make_response(render_template("credentials/public_identity.html", **words))
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
