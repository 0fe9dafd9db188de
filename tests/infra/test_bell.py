"""The bell that wakes the workers, here and through a real Redis; without one, nothing waits and nothing breaks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.infra import bell
from app.infra.bell import Bell, RedisBell
from tests.support.services import RedisServer


@contextmanager
def listening(heard: Bell) -> Iterator[None]:
    """A process that hears what others ring."""
    stopped = threading.Event()
    thread = threading.Thread(target=heard.listen, args=(stopped,))
    thread.start()
    yield
    stopped.set()
    thread.join(15)
    assert not thread.is_alive()


def rings(one: Bell, other: Bell, *, seconds: float = 10) -> bool:
    """Ring one bell until the other is heard: nobody says when a subscription has begun."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        one.set()
        if other.wait(0.1):
            other.clear()
            return True
    return False


def test_alone_a_bell_rings_here() -> None:
    one = Bell()
    with listening(one):
        one.set()
        assert one.is_set()


@pytest.mark.services
def test_a_bell_is_heard_in_the_other_process_and_again_after_redis_was_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bell, "RETRY_SECONDS", 0.2)
    server = RedisServer(tmp_path / "redis")
    server.start()
    one, other = RedisBell(server.url), RedisBell(server.url)
    try:
        with listening(other):
            assert rings(one, other)
            server.kill()
            began = time.monotonic()
            one.set()
            assert one.is_set(), "the workers here are woken all the same"
            assert time.monotonic() - began < 2
            assert "Redis is away" in caplog.text
            assert not other.wait(0.3)
            server.start()
            assert rings(one, other)
    finally:
        server.kill()
