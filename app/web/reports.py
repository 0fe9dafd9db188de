"""Where browsers report what our content security policy has stopped: into the log, for the operator."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Response, request

from app.infra.ratelimit import caller_of
from app.web.access import public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("reports", Audience.PUBLIC)
log = structlog.get_logger("csp")

LONGEST = 16_384
MOST_AT_ONCE = 20
WINDOW_SECONDS = 60
MOST_PER_WINDOW = 30
# The names of one fact: first as report-uri sends it, then as the Reporting API does.
FACTS = (
    ("page", "document-uri", "documentURL"),
    ("rule", "effective-directive", "effectiveDirective"),
    ("blocked", "blocked-uri", "blockedURL"),
    ("source", "source-file", "sourceFile"),
    ("line", "line-number", "lineNumber"),
)


@bp.post("/csp-reports")
@public("Browsers report without a cookie what our policy has stopped.", for_programs=True, by_link=True)
def receive() -> Response:
    """Note what was stopped. The answer is always the same, so that nobody learns anything by asking."""
    if (request.content_length or 0) <= LONGEST:
        caller = f"csp:{caller_of(request.remote_addr)}"
        if runtime().limiter.hit(caller, MOST_PER_WINDOW, WINDOW_SECONDS, request_now()).ok:
            for report in _reports(request.get_json(force=True, silent=True)):
                log.warning("the policy stopped something", **report)
    return Response(status=204)


def _reports(sent: Any) -> list[dict[str, str]]:
    """The reports in one message, either form, with nothing in them but what is known to be harmless in a log."""
    if isinstance(sent, dict):
        found = [sent.get("csp-report")]
    elif isinstance(sent, list):
        found = [each.get("body") for each in sent if isinstance(each, dict) and each.get("type") == "csp-violation"]
    else:
        found = []
    return [_facts(each) for each in found[:MOST_AT_ONCE] if isinstance(each, dict)]


def _facts(report: dict[str, Any]) -> dict[str, str]:
    facts = {}
    for name, *keys in FACTS:
        value = next((report[key] for key in keys if isinstance(report.get(key), str | int)), "")
        facts[name] = _without_query(str(value))
    return facts


def _without_query(address: str) -> str:
    """An address without what may carry a token, in letters that cannot forge a line of the log."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(unreadable)"
    plain = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or parts.scheme
    for secret in ("/reset-password/", "/invitation/", "/unsubscribe/", "/calendar/"):
        if secret in plain:
            plain = plain.partition(secret)[0] + secret + "..."
    return "".join(letter if letter.isprintable() else "?" for letter in plain)[:200]
