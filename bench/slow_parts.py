"""Pages while fifty phones send photos in parts at 400 kbit/s: the whole product on its own server, no proxy.

    python -m bench.slow_parts [--uploads 50] [--part-kb 128]

Prints one table row (docs/adr/0010-resumable-uploads.md). `bench.slow_uploads` compares servers; this measures ours as
it is: sign-in, CSRF, the database, a sync to the disk for each part. Each phone is a student of its own with a draft,
and sends a megabyte by the tus protocol with 400 ms between parts. Pages (the first page of a student, and a
lesson, in turn) are asked for ten times a second, on a schedule, and timed from when they were due.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from app.practice import queries as practice
from bench import measure, seed
from bench.slow_uploads import BYTES_PER_SECOND, UPLOAD_BYTES, Figures, cpu_seconds, family, memory_mb

PAGES_PER_SECOND = 10
ALONE_SECONDS = 10
ROUND_TRIP_SECONDS = 0.4
Headers = Mapping[str, str]


async def exchange(port: int, method: str, path: str, headers: Headers, body: bytes = b"") -> dict[str, str]:
    """One request on a connection of its own, the body at the speed of a bad network; returns the answer's headers."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    # waitress hangs up after an answer without a body (204), so each part comes over a connection of its own.
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    start, step = time.monotonic(), BYTES_PER_SECOND // 10
    for index, at in enumerate(range(0, len(body), step)):
        writer.write(body[at : at + step])
        await writer.drain()
        await asyncio.sleep(max(0.0, start + (index + 1) / 10 - time.monotonic()))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    found = {name.lower(): value for name, _colon, value in (each.partition(": ") for each in head.split("\r\n")[1:])}
    writer.close()
    if not head.startswith("HTTP/1.1 2"):
        raise OSError(head.split("\r\n", 1)[0])
    await asyncio.sleep(ROUND_TRIP_SECONDS)
    return found


async def send_photo(port: int, delay: float, who: Headers, draft: str, slot: str, part: int, figures: Figures) -> None:
    """Announce a photo and send it part by part."""
    await asyncio.sleep(delay)
    body = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + os.urandom(UPLOAD_BYTES)
    names = {"filename": "IMG_4100.jpg", "slot": slot}
    said = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in names.items())
    try:
        headers = {**who, "Upload-Length": str(len(body)), "Upload-Metadata": said}
        found = await exchange(port, "POST", f"/learn/practice/{draft}/uploads", headers)
        url, offset = found["location"], 0
        while offset < len(body):
            headers = {**who, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            found = await exchange(port, "PATCH", url, headers, body[offset : offset + part])
            offset = int(found["upload-offset"])
        figures.uploads += "vermilion-photo" in found
    except (OSError, asyncio.IncompleteReadError) as error:
        print(f"an upload failed: {error}", file=sys.stderr)


async def ask_page(port: int, due: float, path: str, who: Headers, figures: Figures) -> None:
    """One page on a connection of its own, timed from when it was due."""
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Cookie: {who['Cookie']}"]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            answer = await reader.read(-1)
            writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(answer[:40])
        figures.times.append((time.monotonic() - due) * 1000)
    except (OSError, TimeoutError):
        figures.failed += 1


async def phase(world: seed.World, paths: list[str], *, uploads: int, part: int, seconds: float = 0) -> Figures:
    """Ask for pages while photos arrive, or for some seconds."""
    figures, people = Figures(), [headers_of(world, n) for n in range(max(uploads, 8))]
    until = asyncio.Event()

    async def ask_pages() -> None:
        start, count, asked = time.monotonic(), 0, []
        while not until.is_set():
            due = start + count / PAGES_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            path, who = paths[count % len(paths)], people[count % len(people)]
            asked.append(asyncio.create_task(ask_page(world.port, due, path, who, figures)))
            count += 1
        await asyncio.gather(*asked)

    pages = asyncio.create_task(ask_pages())
    slot, ids = first_slot(world), [str(world.draft_id(n)) for n in range(uploads)]
    phones = [send_photo(world.port, 2 * n / uploads, people[n], ids[n], slot, part, figures) for n in range(uploads)]
    await asyncio.gather(*phones)
    await asyncio.sleep(seconds)
    until.set()
    await pages
    return figures


def first_slot(world: seed.World) -> str:
    """A place for photos that every draft of this academy has."""
    with world.runtime.db.reading() as session:
        entry = practice.entry_for(session, world.student, world.draft)
        return practice.exercise_at(session, entry.exercise_version_id).slots[0].id


def headers_of(world: seed.World, n: int) -> dict[str, str]:
    """What the nth student's browser sends with each request."""
    visitor = world.visit(n)
    cookie = visitor._headers["Cookie"]
    visitor.close()
    return {"Cookie": cookie, "X-CSRFToken": visitor.token, "Tus-Resumable": "1.0.0", "Accept": "application/json"}


def main() -> None:
    """Fill an academy, start the product, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=50)
    parser.add_argument("--part-kb", type=int, default=128)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="vermilion-bench-") as folder:
        instance = Path(folder) / "instance"
        world = seed.live(seed.make_runtime_in(instance))
        seed.copy_students(world, max(60, asked.uploads))
        site = measure.product(instance)
        try:
            site.start()
            world.port = site.port
            paths = ["/learn/", f"/learn/lessons/{world.lessons[0]}"]
            for path in paths:
                world.visit().get(path)  # raises when a page is not there
            alone = asyncio.run(phase(world, paths, uploads=0, part=0, seconds=ALONE_SECONDS))
            before = cpu_seconds(family(site.pid))
            busy = asyncio.run(phase(world, paths, uploads=asked.uploads, part=asked.part_kb * 1024))
            pids = family(site.pid)
            cpu, memory = cpu_seconds(pids) - before, memory_mb(pids)
        finally:
            site.stop()
            world.runtime.db.dispose()
    print("| part | pages alone, ms p50 / p99 / max | with uploads | whole | CPU s | MB | load |")
    print("|---|---|---|---|---|---|---|")
    cells = [f"{asked.part_kb} KiB", alone.row(), busy.row(), f"{busy.uploads} of {asked.uploads}"]
    cells += [f"{cpu:.1f}", f"{memory:.0f}", f"{os.getloadavg()[0]:.1f}"]
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
