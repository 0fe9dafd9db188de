"""Servers in processes of their own, a visitor that costs little, and the CPU time that answering took.

CPU time comes from the operating system's account of the server process, so other work on the machine adds noise to
it (caches, clock rate) but no time. Each slice of a flow stands between slices of a bare Flask hello on a server of
the same kind, and what counts is the ratio.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024
Step = Callable[[], object]


class BenchError(RuntimeError):
    """Something answered in another way than the bench expects: what was measured would mean nothing."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far, its ended threads included."""
    with suppress(OSError, AttributeError):
        # What clock_getcpuclockid() returns on Linux: nanoseconds where /proc counts in hundredths of a second.
        return time.clock_gettime((~pid << 3) | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Proportional memory (PSS) of a process, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@dataclass
class Server:
    """A program that serves on a port of 127.0.0.1 in a process of its own."""

    command: list[str]
    ready: str
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path = Path(os.devnull)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        if self.process is None:
            raise BenchError(f"{self.command} was not started.")
        return self.process.pid

    def start(self, seconds: float = 60) -> float:
        """Start it; returns the seconds until `ready` was answered. Raises BenchError when it never is."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VERMILION_")}
        port = {"VERMILION_PORT": str(self.port), "VERMILION_HOST": "127.0.0.1"}
        began = time.perf_counter()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env={**clean, **self.environment, **port}, stdout=log, stderr=log
            )
        while time.perf_counter() - began < seconds and self.process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                visitor = Visitor(self.port)
                if visitor.get(self.ready, expect=None).status == 200:
                    visitor.close()
                    return time.perf_counter() - began
            time.sleep(0.01)
        self.stop()
        raise BenchError(f"{' '.join(self.command)} did not start; see {self.log}.")

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def product(instance: Path, **settings: object) -> Server:
    """The product as `./vermilion run` starts it, on an instance folder; settings by their lower-case names.

    Passwords cost next to nothing here, because everything but the hash is to be seen.
    """
    usual = {"password_memory_kib": 8, "password_time_cost": 1, "staff_second_factor": "optional"}
    values = {"instance": instance, **usual, **settings}
    environment = {f"VERMILION_{name.upper()}": str(value) for name, value in values.items()}
    return Server([sys.executable, "wsgi.py"], "/readyz", environment, instance.with_suffix(".log"))


def hello(log: Path) -> Server:
    """The baseline: Flask with two views and nothing else."""
    return Server([sys.executable, "-m", "bench.hello"], "/hello", log=log)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage


class Visitor:
    """One connection that is kept open, with the cookie and the form token of one person.

    `source` is the loopback address that the visitor comes from: limits count by address, and all of 127/8 is ours.
    """

    def __init__(self, port: int, *, cookie: str = "", token: str = "", source: str = "127.0.0.1") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
        self._headers = {"Cookie": cookie} if cookie else {}
        self.cookie, self.token = cookie, token

    def get(self, path: str, *, expect: int | None = 200, accept: str = "text/html") -> Reply:
        """Ask for a page; raises BenchError when the status is not the expected one."""
        return self._send("GET", path, None, {"Accept": accept}, expect)

    def post(
        self, path: str, fields: Mapping[str, str | Sequence[str]], *, expect: int = 303, accept: str = "text/html"
    ) -> Reply:
        """Send a form with this visitor's token."""
        body = urllib.parse.urlencode({"csrf_token": self.token, **fields}, doseq=True).encode()
        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, body, headers, expect)

    def upload(self, path: str, body: bytes, boundary: str, *, expect: int = 303) -> Reply:
        """Send a form that was put together before."""
        headers = {"Accept": "text/html", "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._send("POST", path, body, headers, expect)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], expect: int | None
    ) -> Reply:
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        reply = Reply(response.status, response.read(), response.headers)
        if expect is not None and reply.status != expect:
            said = reply.body[:2000].decode(errors="replace")
            raise BenchError(f"{method} {path} was answered with {reply.status} instead of {expect}:\n{said}")
        return reply


def slice_cpu(pid: int, steps: Sequence[Step]) -> float:
    """CPU milliseconds of a process for each of some steps, run one after the other."""
    before = cpu_seconds(pid)
    for step in steps:
        step()
    return (cpu_seconds(pid) - before) * 1000 / len(steps)


@dataclass(frozen=True, slots=True)
class Ratio:
    """CPU milliseconds of a flow and of the hello beside it, round by round."""

    flow: tuple[float, ...]
    hello: tuple[float, ...]

    @property
    def lowest(self) -> float:
        """The least that the flow cost over the least that hello cost: what other work on the machine left alone."""
        return min(self.flow) / min(self.hello)

    @property
    def median(self) -> float:
        """The median of the ratios of the rounds."""
        return statistics.median(f / h for f, h in zip(self.flow, self.hello, strict=True))
