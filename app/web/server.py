"""The embedded web server with the settings that docs/adr/0006-embedded-server.md measured."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import waitress

from app.config import Settings
from app.web.uploads import request_limit


def make_server(app: Callable[..., Any], settings: Settings) -> Any:
    """Return a waitress server for a WSGI application, bound to the address of the settings; `run()` serves."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else one warning for each request that waits
    return waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        ident=None,
        channel_timeout=120,
        connection_limit=500,
        max_request_body_size=request_limit(settings),
        # What the trusted proxy says is for ProxyFix (app/factory.py); without one, nobody's word counts.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
        asyncore_use_poll=True,
        cleanup_interval=15,
        max_request_header_size=65536,
        inbuf_overflow=65536,
        recv_bytes=65536,
    )
