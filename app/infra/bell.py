"""The bell that wakes the workers when there is work: in this process, or through Redis in all of them.

A bell that is not heard costs nothing but time: every worker looks at the job table by itself every two seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)
CHANNEL = "vermilion:jobs"
RETRY_SECONDS = 10
"""How long a Redis that did not answer is left alone."""
LISTEN_SECONDS = 1.0


class Bell(threading.Event):
    """Wakes the workers of this process."""

    def ring_here(self) -> None:
        """Wake the workers of this process only."""
        super().set()

    def listen(self, stopped: threading.Event) -> None:
        """Hear what other processes ring, until `stopped` is set. There are none here."""


class RedisBell(Bell):
    """Wakes the workers of every process and host that shares a Redis."""

    def __init__(self, url: str, *, client: Any = None) -> None:
        super().__init__()
        from redis import Redis, RedisError

        self._client = client or Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._away: type[Exception] = RedisError
        self._silent_until = 0.0

    def set(self) -> None:
        """Wake the workers here and elsewhere. Never fails, and takes half a second at most."""
        self.ring_here()
        if time.monotonic() < self._silent_until:
            return
        try:
            self._client.publish(CHANNEL, b"")
        except self._away as error:
            log.warning("Redis is away (%s); workers elsewhere find their jobs within two seconds", error)
            self._silent_until = time.monotonic() + RETRY_SECONDS

    def listen(self, stopped: threading.Event) -> None:
        """Hear what other processes ring, until `stopped` is set; goes on when Redis was away."""
        while not stopped.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as heard:
                    heard.subscribe(CHANNEL)
                    while not stopped.is_set():
                        if heard.get_message(timeout=LISTEN_SECONDS) is not None:
                            self.ring_here()
            except self._away:
                with suppress(self._away):
                    self._client.connection_pool.disconnect()
                stopped.wait(RETRY_SECONDS)
