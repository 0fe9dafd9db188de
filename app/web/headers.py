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
    )
)


FIXED = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=()"),
)
HTTPS_ONLY = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)


def register(app: Flask, *, https: bool) -> None:
    """Attach the headers; HSTS only where the public address uses TLS. What a view has set itself stays."""
    fixed = [(name.lower(), (name, value)) for name, value in (*FIXED, *(HTTPS_ONLY if https else ()))]
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
