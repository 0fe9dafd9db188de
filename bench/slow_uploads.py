"""Which server stands fifty slow uploads? Prints one table row per server (docs/adr/0006-embedded-server.md).

    python -m bench.slow_uploads waitress gunicorn gunicorn-64 granian granian-64

Each server gets the same small Flask app and its own process. First pages alone are asked for, then pages while fifty
clients send 1 MB each at 400 kbit/s, then pages while 200 clients dribble one header byte per second. Pages are asked
for on a fixed schedule (20 a second) and timed from the moment they were due, so a stalled server cannot hide its
stall. All traffic stays on 127.0.0.1. gunicorn and granian are not requirements of the house: install them beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, request

UPLOADS = 50
UPLOAD_BYTES = 1_000_000
BYTES_PER_SECOND = 400_000 // 8
DRIBBLERS = 200
PAGES_PER_SECOND = 20
ALONE_SECONDS = 5
DRIBBLE_SECONDS = 8

COMMANDS = {
    "waitress": [sys.executable, "-m", "bench.slow_uploads", "--serve-waitress"],
    "gunicorn": ["gunicorn", "-k", "gthread", "--threads", "8"],
    "gunicorn-64": ["gunicorn", "-k", "gthread", "--threads", "64"],
    "granian": ["granian", "--interface", "wsgi", "--blocking-threads", "8"],
    "granian-64": ["granian", "--interface", "wsgi", "--blocking-threads", "64"],
}
PAGE = "<!doctype html><title>Lesson</title>" + "<p>Color builds from pass to pass.</p>" * 300


def make_app() -> Flask:
    """A page that costs about as much as a lesson page, and an upload that reads all and hashes it."""
    app = Flask(__name__)

    @app.get("/page")
    def page() -> str:
        ends = time.thread_time() + 0.002
        while time.thread_time() < ends:
            hashlib.sha256(b"x" * 2000).digest()
        return PAGE

    @app.post("/upload")
    def upload() -> str:
        digest = hashlib.sha256()
        while chunk := request.stream.read(65_536):
            digest.update(chunk)
        return digest.hexdigest()

    return app


app = make_app()


@dataclass
class Figures:
    """What one phase showed: page times in milliseconds, failures, finished uploads."""

    times: list[float] = field(default_factory=list)
    failed: int = 0
    uploads: int = 0

    def row(self) -> str:
        """Median, p99, slowest and failures as cells of a table."""
        times = sorted(self.times) or [float("nan")]
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        return f"{times[len(times) // 2]:.0f} / {p99:.0f} / {times[-1]:.0f} ({self.failed} failed)"


async def ask_page(port: int, due: float, figures: Figures) -> None:
    """One page on a connection of its own, timed from when it was due."""
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = await reader.read(-1)
            writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError("not the page")
        figures.times.append((time.monotonic() - due) * 1000)
    except (OSError, TimeoutError):
        figures.failed += 1


async def ask_pages(port: int, until: asyncio.Event, figures: Figures) -> None:
    """Pages on schedule until told to stop."""
    start, count, asked = time.monotonic(), 0, []
    while not until.is_set():
        due = start + count / PAGES_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asked.append(asyncio.create_task(ask_page(port, due, figures)))
        count += 1
    await asyncio.gather(*asked)


async def upload(port: int, delay: float, body: bytes, digest: bytes, figures: Figures) -> None:
    """Send a megabyte at 400 kbit/s and check that it arrived whole."""
    step = BYTES_PER_SECOND // 10
    await asyncio.sleep(delay)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode())
            start = time.monotonic()
            for index, at in enumerate(range(0, len(body), step)):
                writer.write(body[at : at + step])
                await writer.drain()
                await asyncio.sleep(max(0.0, start + (index + 1) / 10 - time.monotonic()))
            answer = await reader.read(-1)
            writer.close()
            figures.uploads += digest in answer


async def dribble(port: int) -> None:
    """A request that never ends: one more header byte each second."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /page HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        while True:
            await asyncio.sleep(1)
            writer.write(b"a")
            await writer.drain()


async def phase(port: int, *, alone: float = 0, uploads: int = 0, dribblers: int = 0) -> Figures:
    """Ask for pages while something else goes on."""
    figures, until = Figures(), asyncio.Event()
    slow = [asyncio.create_task(dribble(port)) for _ in range(dribblers)]
    await asyncio.sleep(1 if slow else 0)
    pages = asyncio.create_task(ask_pages(port, until, figures))
    # One body, hashed beforehand, and starts spread over two seconds: the client must not stall on its own work.
    body = os.urandom(UPLOAD_BYTES)
    digest = hashlib.sha256(body).hexdigest().encode()
    delays = [2 * index / max(1, uploads) for index in range(uploads)]
    await asyncio.gather(*(upload(port, delay, body, digest, figures) for delay in delays))
    await asyncio.sleep(alone)
    until.set()
    await pages
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    return figures


def family(pid: int) -> list[int]:
    """A process and all below it."""
    with suppress(OSError):
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(one for child in below for one in family(int(child)))]
    return []


def cpu_seconds(pids: list[int]) -> float:
    """CPU time of processes so far."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> float:
    """Proportional memory (PSS) of processes, in MB."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                total += int(line.split()[1]) if line.startswith("Pss:") else 0
    return total / 1024


def command(name: str, port: int) -> list[str]:
    """How to start a server on a port."""
    start = list(COMMANDS[name])
    if name == "waitress":
        return [*start, str(port)]
    start[0] = str(Path(sys.executable).parent / start[0])
    target = "bench.slow_uploads:app"
    if name.startswith("gunicorn"):
        return [*start, "--no-control-socket", "-b", f"127.0.0.1:{port}", "--log-level", "error", target]
    return [*start, "--host", "127.0.0.1", "--port", str(port), "--log-level", "error", target]


def serve_waitress(port: int) -> None:
    """waitress as the ADR sets it."""
    import waitress

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    waitress.serve(
        app, host="127.0.0.1", port=port, threads=8, connection_limit=1000, channel_timeout=60, cleanup_interval=10,
        max_request_body_size=40 * 2**20, max_request_header_size=65_536, inbuf_overflow=65_536, recv_bytes=65_536,
        asyncore_use_poll=True, ident=None,
    )  # fmt: skip


def measure(name: str) -> str:
    """The table row of one server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(command(name, port))
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        alone = asyncio.run(phase(port, alone=ALONE_SECONDS))
        before = cpu_seconds(family(server.pid))
        busy = asyncio.run(phase(port, uploads=UPLOADS))
        pids = family(server.pid)
        cpu, memory = cpu_seconds(pids) - before, memory_mb(pids)
        slow = asyncio.run(phase(port, alone=DRIBBLE_SECONDS, dribblers=DRIBBLERS))
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
    cells = [name, alone.row(), busy.row(), f"{busy.uploads} of {UPLOADS}", slow.row(), f"{cpu:.1f}", f"{memory:.0f}"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure the servers named on the command line, one after the other."""
    if sys.argv[1:2] == ["--serve-waitress"]:
        serve_waitress(int(sys.argv[2]))
        return
    print("| server | pages alone, ms p50 / p99 / max | with 50 uploads | whole | with 200 dribblers | CPU s | MB |")
    print("|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or COMMANDS:
        print(measure(name), flush=True)


if __name__ == "__main__":
    main()
