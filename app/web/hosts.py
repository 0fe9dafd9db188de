"""Which names this site answers to. An address that a mail or a cache builds from a forged Host header never exists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Load balancers and Prometheus ask for these by the address of a machine; the answers say nothing about anybody.
ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})
SENTENCE = "This site does not answer to that name. Operators: see VERMILION_HOSTS.\n"


def register(app: Flask, trusted: tuple[str, ...]) -> None:
    """Refuse requests to any other name (400), before anything else looks at them."""
    inside: WSGIApplication = app.wsgi_app
    known: set[str] = set()  # names that were found good, so that the usual request costs one look-up

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST") or environ["SERVER_NAME"]
        if host not in known and environ.get("PATH_INFO") not in ANY_HOST:
            if not _is_trusted(host, trusted):
                refusal = Response(SENTENCE, status=400, mimetype="text/plain")
                return refusal(environ, start_response)
            if len(known) < 100:
                known.add(host)
        return inside(environ, start_response)

    app.wsgi_app = guarded  # type: ignore[method-assign]


def _is_trusted(host: str, trusted: tuple[str, ...]) -> bool:
    host = host.lower()
    if host.startswith("["):  # the library takes the colons of an IPv6 address for a port
        return host.partition("]")[0] + "]" in trusted
    return host_is_trusted(host, trusted)
