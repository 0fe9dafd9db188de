"""The embedded server: whose word counts about who is asking, and how much may be sent."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.web.server import make_server
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
