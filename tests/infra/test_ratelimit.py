"""The limiter in this process and in Redis: a real one, and a stand-in where a test looks into it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import fakeredis
import pytest
import redis

from app.infra.ratelimit import RETRY_SECONDS, Allowed, Limiter, MemoryLimiter, RedisLimiter, caller_of
from tests.support.services import RedisServer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis; killed and started again by one test."""
    server = RedisServer(tmp_path_factory.mktemp("redis") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "stand-in", pytest.param("redis", marks=pytest.mark.services)])
def limiter(request: pytest.FixtureRequest) -> Limiter:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        client = redis.Redis.from_url(server.url)
        client.flushall()
        client.close()
        return RedisLimiter(server.url)
    return MemoryLimiter() if request.param == "memory" else RedisLimiter("", client=fakeredis.FakeRedis())


@pytest.mark.services
def test_a_real_redis_that_dies_is_missed_for_a_moment_and_nobody_is_locked_out(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = RedisLimiter(redis_server.url), RedisLimiter(redis_server.url)
    assert [one.hit("shared", 2, 900, NOW).ok, other.hit("shared", 2, 900, NOW).ok] == [True, True]
    assert not one.hit("shared", 2, 900, NOW).ok
    redis_server.kill()
    assert [one.hit("shared", 2, 900, NOW).ok for _ in range(3)] == [True, True, False], "alone, but limited"
    assert [record.message for record in caplog.records if "Redis is away" in record.message]
    redis_server.start()
    later = NOW + timedelta(seconds=RETRY_SECONDS)
    assert one.hit("shared", 1, 900, later) == Allowed(True, 0, 0)
    assert not other.hit("shared", 1, 900, later).ok, "shared again"
    assert "Redis is back" in caplog.text


def test_a_clock_that_is_put_back_prolongs_no_wait() -> None:
    server = fakeredis.FakeServer()
    for limiter in (MemoryLimiter(), RedisLimiter("", client=fakeredis.FakeRedis(server=server))):
        server.connected = False
        assert [limiter.hit("ip", 1, 60, NOW).ok for _ in range(2)] == [True, False]
        server.connected = True
        assert limiter.hit("ip", 1, 60, NOW - timedelta(hours=3)).ok


def test_tries_are_counted_down(limiter: Limiter) -> None:
    assert [limiter.hit("ip", 3, 900, NOW) for _ in range(5)] == [
        Allowed(True, 2, 0),
        Allowed(True, 1, 0),
        Allowed(True, 0, 0),
        Allowed(False, 0, 900),
        Allowed(False, 0, 900),
    ]


def test_keys_are_counted_apart(limiter: Limiter) -> None:
    limiter.hit("one", 1, 900, NOW)
    assert not limiter.hit("one", 1, 900, NOW).ok
    assert limiter.hit("two", 1, 900, NOW).ok


def test_reset_forgets(limiter: Limiter) -> None:
    limiter.hit("one", 1, 900, NOW)
    limiter.reset("one")
    limiter.reset("never seen")
    assert limiter.hit("one", 1, 900, NOW).ok


def test_many_at_once_get_no_more_than_the_limit(limiter: Limiter) -> None:
    start, allowed = threading.Barrier(20), []

    def try_it() -> None:
        start.wait()
        for _ in range(10):
            allowed.append(limiter.hit("account", 20, 900, NOW).ok)

    threads = [threading.Thread(target=try_it) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (200, 20)


def test_without_redis_each_process_counts_for_itself_and_comes_back() -> None:
    server = fakeredis.FakeServer()
    limiter = RedisLimiter("", client=fakeredis.FakeRedis(server=server))
    assert limiter.hit("one", 2, 900, NOW) == Allowed(True, 1, 0)
    server.connected = False
    assert [limiter.hit("one", 2, 900, NOW).ok for _ in range(3)] == [True, True, False]
    limiter.reset("one")
    assert limiter.hit("one", 2, 900, NOW).ok
    server.connected = True
    assert limiter.hit("one", 2, 900, NOW).remaining == 0, "left alone for a few seconds"
    assert limiter.hit("one", 2, 900, NOW + timedelta(seconds=RETRY_SECONDS)) == Allowed(True, 0, 0)


def test_a_window_ends() -> None:
    limiter = MemoryLimiter()
    for _ in range(3):
        limiter.hit("ip", 2, 60, NOW)
    assert limiter.hit("ip", 2, 60, NOW + timedelta(seconds=45)) == Allowed(False, 0, 15)
    assert limiter.hit("ip", 2, 60, NOW + timedelta(seconds=60)) == Allowed(True, 1, 0)


def test_redis_forgets_by_itself_and_a_refused_try_does_not_prolong_the_wait() -> None:
    client = fakeredis.FakeRedis()
    limiter = RedisLimiter("", client=client)
    limiter.hit("ip", 1, 60, NOW)
    (key,) = client.keys()
    client.expire(key, 20)
    assert limiter.hit("ip", 1, 60, NOW) == Allowed(False, 0, 20)
    client.expire(key, 0)
    assert limiter.hit("ip", 1, 60, NOW).ok


def test_two_processes_share_one_limit_in_redis() -> None:
    server = fakeredis.FakeServer()
    one, other = (RedisLimiter("", client=fakeredis.FakeRedis(server=server)) for _ in range(2))
    assert one.hit("ip", 1, 60, NOW).ok
    assert not other.hit("ip", 1, 60, NOW).ok


def test_memory_does_not_grow_with_ended_windows() -> None:
    limiter = MemoryLimiter(sweep_above=100)
    for index in range(1000):
        limiter.hit(f"ip {index}", 5, 60, NOW + timedelta(seconds=index))
    assert len(limiter._counts) <= 200


def test_a_flood_of_new_keys_is_not_swept_at_every_hit() -> None:
    limiter = MemoryLimiter(sweep_above=100)
    for index in range(1000):
        limiter.hit(f"ip {index}", 5, 3600, NOW)
    assert len(limiter._counts) == 1000
    assert limiter._sweep_next >= 1000
    assert limiter.hit("ip 0", 5, 3600, NOW).remaining == 3


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_household_is_one_caller(address: str | None, caller: str) -> None:
    assert caller_of(address) == caller
