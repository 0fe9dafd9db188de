"""SIGKILL of web and workers at random while photos arrive in parts: what was acknowledged is there, nothing is stuck.

VERMILION_TEST_UPLOADS=200 python -m pytest tests/reliability/test_uploads_killed.py -s
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import queue
import random
import threading
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.factory import slice_modules
from app.infra.db import Database
from app.infra.sample_photos import Piece, draw_photo
from app.infra.storage.local import LocalStorage
from tests.support.site import Site, Visitor

pytestmark = pytest.mark.slow
UPLOADS = int(os.environ.get("VERMILION_TEST_UPLOADS", "24"))
SENDERS, PART = 4, 24_000
BODY = "application/offset+octet-stream"


@dataclass
class Wanted:
    """One photo that somebody wants to send, and what the server has promised about it so far."""

    entry: str
    slot: str
    data: bytes
    key: str = field(default_factory=lambda: str(uuid4()))
    acknowledged: int = 0
    is_done: bool = False


class Sender:
    """A browser that never gives up: announces by key, asks where the upload stands, sends the next part."""

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name, self.visitor = site, name, Visitor(site)

    def sign_up(self) -> None:
        self.visitor.get("/sign-up")
        data = {"name": self.name, "email": f"{self.name}@example.com", "password": "a lip is no wall", "adult": "y"}
        assert self.visitor.post("/sign-up", data).status == 303
        self.visitor.get("/learn/")

    def start_piece(self) -> str:
        answer = self.visitor.post("/learn/practice/new", {"exercise": "e08", "blank": "1"})
        assert answer.status == 303
        return answer.url.split("/")[-2]

    def send_all(self, work: queue.SimpleQueue[Wanted], halted: threading.Event) -> None:
        while not halted.is_set():
            try:
                wanted = work.get_nowait()
            except queue.Empty:
                return
            with suppress(OSError, http.client.HTTPException):
                self._send(wanted)
            if not wanted.is_done:
                work.put(wanted)
                time.sleep(0.02)

    def _send(self, wanted: Wanted) -> None:
        names = {"filename": f"{wanted.key}.jpg", "slot": wanted.slot, "key": wanted.key}
        names["sha256"] = hashlib.sha256(wanted.data).hexdigest()
        said = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
        headers = {"Upload-Length": str(len(wanted.data)), "Upload-Metadata": said}
        begun = self._ask("POST", f"/learn/practice/{wanted.entry}/uploads", headers, b"")
        offset = int(begun["Upload-Offset"])
        assert offset >= wanted.acknowledged, "bytes that were acknowledged are gone"
        while True:
            part = wanted.data[offset : offset + PART]
            headers = {"Upload-Offset": str(offset), "Content-Type": BODY}
            answer = self._ask("PATCH", begun["Location"], headers, part)
            wanted.acknowledged = offset = int(answer["Upload-Offset"])
            if "Vermilion-Photo" in answer:
                wanted.is_done = True
                return

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        sent = {"Referer": self.site.url + "/", "X-CSRFToken": self.visitor.token, "Tus-Resumable": "1.0.0", **headers}
        request = urllib.request.Request(self.site.url + path, data=body or None, headers=sent, method=method)
        with self.visitor._opener.open(request, timeout=20) as answer:
            return dict(answer.headers)


def test_no_photo_is_lost_or_stuck_when_the_processes_are_killed(tmp_path: Path) -> None:
    slice_modules("models")
    chance = random.Random(11)
    site = Site(tmp_path / "instance")
    site.start()
    senders = [Sender(site, f"sender-{number}") for number in range(SENDERS)]
    kills = 0
    try:
        wanted = _prepare(senders)
        halted = threading.Event()
        queues: list[queue.SimpleQueue[Wanted]] = [queue.SimpleQueue() for _ in senders]
        for index, one in enumerate(wanted):
            queues[index % SENDERS].put(one)
        threads = [
            threading.Thread(target=sender.send_all, args=(queues[index], halted))
            for index, sender in enumerate(senders)
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60 + 4 * UPLOADS
        while any(thread.is_alive() for thread in threads) and time.monotonic() < until:
            _let_them_get_further(wanted, chance.randint(1, max(6, UPLOADS // 12)))
            time.sleep(chance.uniform(0, 0.15))  # then a moment that nobody chose
            site.kill()
            kills += 1
            site.start()
        halted.set()
        for thread in threads:
            thread.join()
        assert all(one.is_done for one in wanted), "some photo never arrived"
        _wait_until_nothing_is_open(tmp_path / "instance")
    finally:
        site.stop()
    print(f"{len(wanted)} uploads, {kills} kills")
    assert kills >= 3
    _check(tmp_path / "instance", wanted)


def _prepare(senders: list[Sender]) -> list[Wanted]:
    """Pieces and photos, no two with the same bytes; JPEG readers ignore what stands behind the end."""
    photos = [
        draw_photo("final-front", Piece(seed=seed), taken_at=datetime(2026, 11, 20, tzinfo=UTC)) for seed in (1, 2)
    ]
    wanted, slots = [], ("f1", "f2", "f8")
    for sender in senders:
        sender.sign_up()
    pieces = [[sender.start_piece() for _ in range(-(-UPLOADS // SENDERS // len(slots)))] for sender in senders]
    for number in range(UPLOADS):
        mine, turn = pieces[number % SENDERS], number // SENDERS
        data = photos[number % 2] + number.to_bytes(4, "big")
        wanted.append(Wanted(mine[turn // len(slots)], slots[turn % len(slots)], data))
    return wanted


def _let_them_get_further(wanted: list[Wanted], photos: int) -> None:
    """Wait until so many more photos have arrived, whatever the speed of the machine (or all, or long enough)."""
    enough = min(sum(one.is_done for one in wanted) + photos, len(wanted))
    until = time.monotonic() + 15
    while sum(one.is_done for one in wanted) < enough and time.monotonic() < until:
        time.sleep(0.01)


def _wait_until_nothing_is_open(instance: Path) -> None:
    """The job of a worker that was killed is taken again when its lease ends."""
    from app.practice.models import Photo, PhotoUpload

    database = Database(f"sqlite:///{instance / 'vermilion.db'}")
    until, left = time.monotonic() + 120 + UPLOADS, 1
    while left and time.monotonic() < until:
        with database.reading() as session:
            stuck = select(func.count(Photo.id)).where(Photo.state == "processing")
            open_ = select(func.count(PhotoUpload.id)).where(PhotoUpload.state == "receiving")
            left = (session.scalar(stuck) or 0) + (session.scalar(open_) or 0)
        time.sleep(0.5)
    database.dispose()
    assert left == 0, "photos are stuck"


def _check(instance: Path, wanted: list[Wanted]) -> None:
    from app.practice.models import Photo

    database, storage = Database(f"sqlite:///{instance / 'vermilion.db'}"), LocalStorage(instance / "files")
    with database.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        rows = session.scalars(select(Photo).where(Photo.removed_at.is_(None))).all()
        assert {photo.state for photo in rows} == {"ready"}
        found = sorted((photo.entry_id, photo.slot, photo.original_name) for photo in rows)
        assert found == sorted((UUID(one.entry), one.slot, f"{one.key}.jpg") for one in wanted), "each once"
        hashes = {f"{one.key}.jpg": hashlib.sha256(one.data).hexdigest() for one in wanted}
        for photo in rows:
            with storage.open(photo.original_key) as file:
                assert hashlib.sha256(file.read()).hexdigest() == hashes[photo.original_name]
            for rendition in photo.renditions.values():
                assert storage.exists(rendition["key"]), "a row without its bytes"
    database.dispose()
