"""The kit that checks certificates without a network."""

from __future__ import annotations

import hashlib

from flask import Response, render_template, request
from flask_babel import gettext as _

from app.credentials import services
from app.infra import offline_kit
from app.web.access import public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_offline", Audience.PUBLIC)
PAGE = "documents/offline_kit.jinja"


@bp.get("/offline-kit.zip")
@public("Whoever checks certificates may have to do it where there is no network.", for_programs=True)
def kit() -> Response:
    """Keys, lists, contexts and one page, as of the last signing of the lists."""
    here, settings = runtime(), runtime().settings
    name, url = settings.academy_name, settings.public_url
    found = services.supplies(here.db.reading, here.keys, name=name, url=url, now=request_now())
    script, style = offline_kit.script(), offline_kit.style()
    policy = offline_kit.policy(script, style)
    inside = {"script": script, "style": style, "policy": policy}
    data = services.offline_kit(found, lambda: _page(found, inside), _readme(), version=policy)
    response = Response(data, mimetype="application/zip")
    response.set_etag(hashlib.sha256(data).hexdigest())
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Content-Disposition"] = 'attachment; filename="vermilion-offline.zip"'
    response.make_conditional(request)
    return response


def _page(found: services.Supplies, inside: dict[str, str]) -> str:
    settings = runtime().settings
    return render_template(
        PAGE,
        kit={"did": dict(found.did), "lists": dict(found.lists)},
        academy=settings.academy_name,
        host=settings.public_host,
        made=found.made,
        **inside,
    )


def _readme() -> str:
    host = runtime().settings.public_host
    return _(
        "Check certificates of %(host)s without a network\n\n"
        "Open verify.html in a browser and choose the token (.jwt) of a certificate. The holder can download it from "
        "the page of the certificate.\n"
        "The page says how old its list of revoked certificates is. Fetch a new kit when you can: what was revoked "
        "after it was made is not known here.\n\n"
        "did.json     our public keys\n"
        "status/      our signed lists of revoked certificates\n"
        "contexts/    the words that the signatures depend on, for other software\n",
        host=host,
    )
