"""Security headers on every answer. The policy allows our own files and nothing inline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "report-uri /csp-reports",
        "report-to csp",
    )
)


FIXED = (
    ("Content-Security-Policy", CSP),
    ("Reporting-Endpoints", 'csp="/csp-reports"'),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=()"),
)


def register(app: Flask, *, hsts_days: int) -> None:
    """Attach the headers. What a view has set itself stays.

    `hsts_days`: for how long browsers are to insist on TLS for this host and those below it; 0 says nothing, as
    where the public address has no TLS.
    """
    insist = ("Strict-Transport-Security", f"max-age={hsts_days * 86_400}; includeSubDomains")
    fixed = [(name.lower(), (name, value)) for name, value in (*FIXED, *((insist,) if hsts_days else ()))]
    inside: WSGIApplication = app.wsgi_app

    def with_headers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Around the application, where headers are a plain list: eight of them one by one cost as much as a query.
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _value in headers}
            return start_response(status, headers + [pair for name, pair in fixed if name not in present], exc_info)

        return inside(environ, start)

    app.wsgi_app = with_headers  # type: ignore[method-assign]

    @app.after_request
    def _cache(response: Response) -> Response:
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
