"""Limits of tries per key: counted in this process, or in Redis where several processes share the work."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

log = logging.getLogger(__name__)
RETRY_SECONDS = 10
"""How long a Redis that did not answer is left alone."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The answer for one try: whether it may go on, how many are left, and the seconds to wait if not."""

    ok: bool
    remaining: int
    retry_after: int


class Limiter(Protocol):
    """Counts tries in fixed windows."""

    def hit(self, key: str, limit: int, window_seconds: int, now: datetime) -> Allowed:
        """Count a try and say whether it is within the limit."""

    def reset(self, key: str) -> None:
        """Forget the tries of a key."""


def caller_of(address: str | None) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 network of an IPv6 one.

    A household owns 2^64 IPv6 addresses; counting each by itself would count nothing.
    """
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def _answer(count: int, limit: int, left: float) -> Allowed:
    return Allowed(count <= limit, max(0, limit - count), max(1, round(left)) if count > limit else 0)


class MemoryLimiter:
    """Counts in this process; windows that ended are swept as new ones come."""

    def __init__(self, *, sweep_above: int = 10_000) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, int]] = {}
        self._sweep_above = self._sweep_next = sweep_above

    def hit(self, key: str, limit: int, window_seconds: int, now: datetime) -> Allowed:
        """Count a try and say whether it is within the limit."""
        moment = now.timestamp()
        with self._lock:
            ends, count = self._counts.get(key, (0.0, 0))
            # A window that ends later than any may was begun before the clock was put back; nobody waits for that.
            if not moment < ends <= moment + window_seconds:
                ends, count = moment + window_seconds, 0
            self._counts[key] = (ends, count + 1)
            if len(self._counts) > self._sweep_next:
                self._counts = {k: v for k, v in self._counts.items() if v[0] > moment}
                # Twice what is left: under a flood of new keys the sweep must not run at every hit.
                self._sweep_next = max(self._sweep_above, 2 * len(self._counts))
        return _answer(count + 1, limit, ends - moment)

    def reset(self, key: str) -> None:
        """Forget the tries of a key."""
        with self._lock:
            self._counts.pop(key, None)


class RedisLimiter:
    """Counts in Redis, so that several processes and hosts share one limit.

    While Redis is away each process counts for itself: nobody is locked out, and nobody may try without a limit.
    """

    def __init__(self, url: str, *, client: Any = None) -> None:
        from redis import Redis, RedisError

        self._client = client or Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._away: type[Exception] = RedisError
        self._alone = MemoryLimiter()
        self._left_alone_at: float | None = None

    def hit(self, key: str, limit: int, window_seconds: int, now: datetime) -> Allowed:
        """Count a try and say whether it is within the limit."""
        since = None if self._left_alone_at is None else now.timestamp() - self._left_alone_at
        if since is None or not 0 <= since < RETRY_SECONDS:  # negative: the clock was put back
            try:
                answer = self._shared_hit(key, limit, window_seconds)
            except self._away as error:
                text = "Redis is away (%s); limits are counted in each process, and it is asked again in %s s"
                log.warning(text, error, RETRY_SECONDS)
                self._left_alone_at = now.timestamp()
            else:
                if since is not None:
                    log.warning("Redis is back; limits are shared again")
                    self._left_alone_at = None
                return answer
        return self._alone.hit(key, limit, window_seconds, now)

    def _shared_hit(self, key: str, limit: int, window_seconds: int) -> Allowed:
        name = f"vermilion:limit:{key}"
        pipe = self._client.pipeline()
        pipe.set(name, 0, ex=window_seconds, nx=True)  # EXPIRE ... NX would need Redis 7
        pipe.incr(name)
        pipe.ttl(name)
        _set, count, left = pipe.execute()
        return _answer(int(count), limit, float(left))

    def reset(self, key: str) -> None:
        """Forget the tries of a key."""
        self._alone.reset(key)
        with suppress(self._away):
            self._client.delete(f"vermilion:limit:{key}")
