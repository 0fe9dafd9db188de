"""The answer about a number for programs."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, jsonify, request

from app.credentials import services
from app.credentials.queries import Standing
from app.domain.credentials.answer import Judgment
from app.domain.credentials.award import achievement_slug
from app.domain.credentials.build import achievement_id, credential_id
from app.domain.credentials.did import did_for
from app.domain.credentials.instants import iso
from app.domain.credentials.lifecycle import Status
from app.infra.ratelimit import caller_of
from app.web.access import public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import problem

bp = AudienceBlueprint("credentials", Audience.API)


@bp.get("/verify/<number>")
@public("Programs of studios and registers check numbers as people do.", for_programs=True)
def verify(number: str) -> Response:
    """The verdict with the checks behind it. Only VALID may be relied on."""
    here = runtime()
    made = services.look_up(
        here.db.glance, here.limiter, here.keys, number, caller=caller_of(request.remote_addr), now=request_now()
    )
    body = _judgment(made.judgment)
    if made.found is not None:
        response = jsonify({**body, "number": made.found.number, "certificate": _certificate(made.found)})
        response.set_etag(_tag(made.found, made.judgment), weak=True)
        response.make_conditional(request)
    elif made.number.ok:
        text = "No certificate was issued under this number."
        response = problem(404, "Not found", text, **body, number=made.number.number)
    else:
        response = problem(422, "Mistyped number", made.number.hint, **body)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _judgment(judgment: Judgment) -> dict[str, Any]:
    return {
        "verdict": judgment.answer.value,
        "as_of": iso(judgment.as_of),
        "checks": [
            {"name": line.name, "outcome": line.outcome.value, "code": line.code, "detail": line.sentence}
            for line in judgment.lines
        ],
    }


def _certificate(found: Standing) -> dict[str, Any]:
    settings = runtime().settings
    url = credential_id(settings.public_url, found.number)
    return {
        "url": url,
        "document": f"{url}.json",
        "holder_name": found.holder_name,
        "title": found.title,
        "achievement": achievement_id(settings.public_url, achievement_slug(found.certification, found.version)),
        "issuer": {"id": did_for(settings.public_url), "name": settings.academy_name},
        "status": found.status.value,
        "status_since": iso(found.valid_until if found.status is Status.EXPIRED else found.state_at),
        "reason_class": found.reason_class or None,
        "issued_at": iso(found.issued_at),
        "valid_from": iso(found.valid_from),
        "valid_until": iso(found.valid_until),
        "replaces": found.replaces or None,
        "replaced_by": found.replaced_by or None,
    }


def _tag(found: Standing, judgment: Judgment) -> str:
    """What the answer depends on besides the clock: the answer is new when one of these is."""
    codes = [line.code for line in judgment.lines]
    parts = (found.digest, found.status.value, iso(found.state_at), found.replaced_by, *codes)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
