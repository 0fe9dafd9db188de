"""The embedded web server with the settings that docs/adr/0006-embedded-server.md measured."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import waitress
from waitress import wasyncore
from waitress.server import BaseWSGIServer

from app.config import Settings
from app.web.uploads import request_limit

FINISH_SECONDS: Final = 15.0
"""How long requests that have begun may still take when the process is told to end."""
_LOOK_SECONDS: Final = 0.5


def make_server(app: Callable[..., Any], settings: Settings) -> Any:
    """Return a waitress server for a WSGI application, bound to the address of the settings; `serve` runs it."""
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


def serve(
    server: Any, stopping: threading.Event, *, drain_seconds: float = 0, finish_seconds: float = FINISH_SECONDS
) -> bool:
    """Answer requests until `stopping` is set, then end without breaking off what has begun.

    For `drain_seconds` more everything is answered as before: load balancers need that long to see that /readyz says
    no. Then no connection is taken any more, and what is running or half received gets `finish_seconds`.
    Returns whether all of it was answered.
    """
    sockets: dict[int, Any] = server.map if hasattr(server, "map") else server._map
    while not stopping.is_set():
        _turn(sockets)
    _until(time.monotonic() + drain_seconds, sockets, lambda: False)
    listeners = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]
    for listener in listeners:
        listener.accepting = False
        listener.del_channel(sockets)
        listener.socket.close()  # the listener's own close() would take away the bell that its threads ring
    is_done = _until(time.monotonic() + finish_seconds, sockets, lambda: _are_idle(listeners))
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(sockets)
    return is_done


def _until(deadline: float, sockets: dict[int, Any], is_done: Callable[[], bool]) -> bool:
    while not (found := is_done()) and time.monotonic() < deadline:
        _turn(sockets, min(_LOOK_SECONDS, max(0.0, deadline - time.monotonic())))
    return found


def _turn(sockets: dict[int, Any], seconds: float = _LOOK_SECONDS) -> None:
    wasyncore.loop(timeout=seconds, use_poll=True, map=sockets, count=1)


def _are_idle(listeners: list[BaseWSGIServer]) -> bool:
    """Whether nobody waits for an answer; connections that are only kept open are closed on the way."""
    busy = False
    for listener in listeners:
        for channel in list(listener.active_channels.values()):
            if channel.requests or channel.request is not None or channel.total_outbufs_len:
                busy = True
            else:
                channel.will_close = True
    return not busy
