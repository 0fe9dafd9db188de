"""What an operator hangs on each request: figures, traces, and the door that maintenance closes."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_babel import lazy_gettext as _

from app.infra.metrics import CONTENT_TYPE, METRICS, Figure, statements_here
from app.infra.runtime import Runtime
from app.web import health
from app.web.access import public, rule_of, runtime
from app.web.app import SAFE_METHODS
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import error_page, out_of_order

# What works during maintenance: signing in and out, so that an administrator can end it, and what changes nothing.
OPEN = frozenset(
    {
        "accounts_public.sign_in",
        "accounts_public.second_step",
        "accounts_public.passkey_options",
        "accounts_public.sign_in_by_passkey",
        "accounts_account.sign_out",
        "accounts_security_account.confirm",
        "accounts_security_account.confirm_passkey_options",
        "accounts_security_account.confirm_passkey",
        "admin_health_admin.maintain",
        "reports_public.receive",
    }
)
FIGURES = "vermilion.figures"
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
RETRY_AFTER = 120

CLOSED = _(
    "Maintenance is going on: pages can be read, but nothing can be saved for now. What you typed is still in your "
    "browser: keep this page open and send it again later."
)

bp = AudienceBlueprint("operations", Audience.PUBLIC)


def register(app: Flask) -> None:
    """Attach what runs around each request. First of all: what comes later is measured with it."""
    app.before_request(_begin)
    app.after_request(_count)
    app.register_blueprint(bp)
    app.jinja_env.globals["closed_house"] = lambda: runtime().maintenance.remembered
    health.watch(app, "maintenance", _maintenance)


def _maintenance() -> str:
    """What /readyz says: pages are still read here, so requests may be sent."""
    found = runtime()
    return "ok" if found.maintenance.look(found.db) is None else "on"


def tell_figures(app: Flask, figures: Callable[[Runtime], Iterable[Figure]]) -> None:
    """Have /metrics say what these figures of the house are."""
    app.extensions[FIGURES] = figures


@bp.get("/metrics")
@public("Prometheus reads it with a token, or from this machine; anybody else finds nothing here.", for_programs=True)
def metrics() -> Response:
    """Figures in the words of Prometheus."""
    found = runtime()
    if not _may_read_metrics(found):
        return error_page(404, "")
    figures = current_app.extensions.get(FIGURES)
    text = METRICS.exposed((lambda: figures(found)) if figures else None)
    return Response(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _may_read_metrics(found: Runtime) -> bool:
    """With the token; or from this machine itself, where it can be told from what a proxy hands on."""
    settings = found.settings
    if settings.metrics_token:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    # Without trusted proxies the server takes their headers away, so behind TLS everybody seems to be this machine.
    if settings.is_https and not settings.trusted_proxies:
        return False
    try:
        is_here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    # A page of somebody else, whose name was made to point at this machine, asks by that name.
    is_asked_by_name_of_here = urlsplit(f"//{request.host}").hostname in ("localhost", "127.0.0.1", "::1")
    return is_here and is_asked_by_name_of_here and not any(request.environ.get(name) for name in FORWARDED)


def _begin() -> None:
    g.began, g.statements = time.perf_counter(), statements_here()


def _count(response: Response) -> Response:
    if "began" in g and request.endpoint != "static":
        queries = statements_here() - g.statements
        METRICS.note_request(
            request.endpoint or "none",
            request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other",
            response.status_code,
            seconds=time.perf_counter() - g.began,
            queries=queries,
        )
        runtime().tracer.add(**{"http.response.status_code": response.status_code, "vermilion.queries": queries})
    return response


def refuse_changes() -> Response | None:
    """Before each request, after access was checked: while maintenance is on, nothing that changes anything."""
    if request.method in SAFE_METHODS or request.endpoint is None or request.endpoint in OPEN:
        return None
    rule = rule_of(current_app.view_functions[request.endpoint])
    if rule is not None and rule.only_answers:
        return None
    found = runtime()
    closed = found.maintenance.look(found.db)
    if closed is None:
        return None
    response = out_of_order(503, f"{CLOSED} {closed.sentence}".strip())
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
