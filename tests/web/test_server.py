"""The embedded server: whose word counts about who is asking, and how much may be sent."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.web.server import make_server, serve
from app.web.uploads import request_limit
from tests.support.site import free_port


@contextmanager
def served(settings: Settings) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server whose application answers with the X-Forwarded-For header that it sees."""

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [environ.get("HTTP_X_FORWARDED_FOR", "nothing").encode()]

    server = make_server(app, settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        server.task_dispatcher.shutdown()
        server.close()
        server.asyncore.close_all(server._map)
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, "sqlite://", "http://localhost", "x" * 32, port=free_port(), threads=1)


@pytest.mark.parametrize(("proxies", "seen"), [(0, b"nothing"), (1, b"203.0.113.9")])
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(settings: Settings, proxies: int, seen: bytes) -> None:
    with served(replace(settings, trusted_proxies=proxies)) as connection:
        connection.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.9"})
        assert connection.getresponse().read() == seen


def test_a_body_beyond_what_a_form_of_photos_may_have_is_refused_at_once(settings: Settings) -> None:
    small = replace(settings, max_photo_mb=1, max_video_mb=1)
    with served(small) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(request_limit(small) + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413


@contextmanager
def slow_server(settings: Settings) -> Iterator[tuple[threading.Event, threading.Event, threading.Event, list[bool]]]:
    """A server whose application waits: the events "it has begun", "it may end", "stop", and how serving ended."""
    begun, may_end, stopping, ended = threading.Event(), threading.Event(), threading.Event(), []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"] == "/slow":
            begun.set()
            may_end.wait(20)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 4))])
        return [b"done", body]

    server = make_server(app, settings)
    thread = threading.Thread(target=lambda: ended.append(serve(server, stopping, finish_seconds=10)))
    thread.start()
    try:
        yield begun, may_end, stopping, ended
    finally:
        may_end.set()
        stopping.set()
        thread.join(20)
    assert not thread.is_alive()


def refused(port: int) -> bool:
    """Whether nobody takes connections any more, or soon does not."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            time.sleep(0.02)
        except OSError:
            return True
    return False


def test_what_has_begun_is_answered_after_the_order_to_stop(settings: Settings) -> None:
    with slow_server(replace(settings, threads=2)) as (begun, may_end, stopping, ended):
        idle, running, sending = (http.client.HTTPConnection("127.0.0.1", settings.port, timeout=15) for _ in range(3))
        idle.request("GET", "/")
        assert idle.getresponse().read() == b"done"
        running.request("GET", "/slow")
        sending.putrequest("POST", "/")
        sending.putheader("Content-Length", "10")
        sending.endheaders()
        sending.send(b"half ")
        assert begun.wait(10)
        stopping.set()
        assert refused(settings.port), "no new connection is taken"
        assert idle.sock is not None
        assert idle.sock.recv(1) == b"", "a connection without a request is closed"
        sending.send(b"whole")
        assert sending.getresponse().read() == b"donehalf whole"
        assert ended == [], "it waits for what is running"
        may_end.set()
        assert running.getresponse().read() == b"done"
        for connection in (idle, running, sending):
            connection.close()
    assert ended == [True]


def test_what_does_not_end_is_not_waited_for_without_end(settings: Settings) -> None:
    stopping = threading.Event()
    server = make_server(lambda environ, start: [], settings)
    connection = socket.create_connection(("127.0.0.1", settings.port))
    connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    stopping.set()
    assert serve(server, stopping, drain_seconds=0.3, finish_seconds=0.3) is False
    connection.close()
