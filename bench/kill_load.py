"""The load of `python -m bench.kill`: students who write without a pause and note every promise of the server."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import re
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.infra.db import Database
from app.infra.sample_photos import Piece, draw_photo
from app.infra.storage.base import Storage
from bench.measure import BenchError
from tests.support.site import Visitor

QUIZ, EXERCISE, COURSE = "quiz-lip-blush-basics", "e08", "lip-blush-basics"
POSITIONS = range(1, 8)
SLOTS = ("f1", "f2", "f8")
PART = 40_000
BROKEN = (OSError, http.client.HTTPException)


def answers(port: int) -> bool:
    """Whether requests may be sent to a port."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except BROKEN:
        return False


@dataclass(frozen=True)
class Place:
    """Where requests go."""

    url: str


@dataclass
class Promises:
    """What the server acknowledged to one student."""

    choices: dict[tuple[str, int], str] = field(default_factory=dict)
    handed_in: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    photos: dict[str, tuple[str, str]] = field(default_factory=dict)
    count: int = 0


class Student:
    """Somebody who sends again what was not answered, as a browser with a bad connection does."""

    def __init__(self, place: Place, name: str, photo: bytes, seed: int, halted: threading.Event) -> None:
        self.visitor, self.name, self.photo = Visitor(place), name, photo  # type: ignore[arg-type]
        self.chance, self.halted, self.promises = random.Random(seed), halted, Promises()
        self.strange: list[str] = []
        self._piece, self._free = "", 0

    def sign_up(self) -> None:
        """Make an account and take part in the course."""
        self.visitor.get("/sign-up")
        data = {"name": self.name, "email": f"{self.name}@example.com", "password": "a lip is no wall", "adult": "y"}
        if self.visitor.post("/sign-up", data).status != 303:
            raise BenchError("Nobody can sign up.")
        self.visitor.get("/learn/")
        if self.visitor.post(f"/learn/courses/{COURSE}/enroll", {}).status != 303:
            raise BenchError("Nobody can enroll.")

    def work(self) -> None:
        """A quiz, a text, a photo, in any order, until told to stop."""
        while not self.halted.is_set():
            with suppress(*BROKEN):
                self.chance.choice((self._quiz, self._quiz, self._text, self._send_photo))()

    def _kept(self) -> None:
        self.promises.count += 1

    def _post(self, path: str, data: dict[str, object], *, seconds: float = 60) -> str | None:
        """Send a form until it is answered; the address that follows, or None when it was refused."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.halted.is_set():
            try:
                answer = self.visitor.post(path, data)
            except BROKEN:
                time.sleep(0.05)
                continue
            if answer.status == 303:
                return answer.url
            if answer.status not in (404, 409, 422, 503):
                self.strange.append(f"{path} was answered with {answer.status}")
            return None
        return None

    def _quiz(self) -> None:
        started = self._post(f"/learn/quizzes/{QUIZ}/start", {})
        found = re.search(r"/learn/attempts/([0-9a-f-]{36})/", started or "")
        if found is None:
            return
        attempt = found.group(1)
        for position in POSITIONS:
            page = self.visitor.get(f"/learn/attempts/{attempt}/{position}")
            choices = re.findall(r'name="choice"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="choice"', page.text)
            if not choices:
                continue
            choice = self.chance.choice([a or b for a, b in choices])
            if self._post(f"/learn/attempts/{attempt}/{position}", {"choice": choice, "go": "next"}) is not None:
                self.promises.choices[attempt, position] = choice
                self._kept()
        if self._post(f"/learn/attempts/{attempt}/submit", {}) is not None:
            self.promises.handed_in.add(attempt)
            self._kept()

    def _entry(self) -> str:
        """A draft with a slot that is free."""
        if self._free == 0:
            begun = self._post("/learn/practice/new", {"exercise": EXERCISE, "blank": "1"})
            if begun is None:
                raise OSError("no draft")
            self._piece, self._free = begun.split("/")[-2], len(SLOTS)
        return self._piece

    def _text(self) -> None:
        piece, note = self._entry(), f"note {uuid4()}"
        page = self.visitor.get(f"/learn/practice/{piece}/edit")
        revision = re.search(r'name="revision" value="(\d+)"', page.text)
        if revision is None:
            return
        # Sent once: after a broken answer nobody knows which of two texts counts, so neither is a promise.
        self.promises.texts.pop(piece, None)
        data = {"piece.reflection": note, "revision": revision.group(1)}
        if self.visitor.post(f"/learn/practice/{piece}/edit", data).status == 303:
            self.promises.texts[piece] = note
            self._kept()

    def _send_photo(self) -> None:
        piece = self._entry()
        slot, key = SLOTS[len(SLOTS) - self._free], str(uuid4())
        self._free -= 1
        data = self.photo + UUID(key).bytes  # no two alike; readers of JPEG ignore what stands behind the end
        while not self.halted.is_set():
            try:
                if self._go_on_sending(piece, slot, key, data):
                    self.promises.photos[f"{key}.jpg"] = (piece, hashlib.sha256(data).hexdigest())
                    return
            except BROKEN:
                time.sleep(0.05)

    def _go_on_sending(self, piece: str, slot: str, key: str, data: bytes) -> bool:
        said = {"filename": f"{key}.jpg", "slot": slot, "key": key, "sha256": hashlib.sha256(data).hexdigest()}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata}
        begun = self._tus("POST", f"/learn/practice/{piece}/uploads", headers, b"")
        offset = int(begun["Upload-Offset"])
        if offset < self.promises.parts.get(key, 0):
            self.strange.append(f"{key}: {self.promises.parts[key]} bytes were acknowledged, {offset} are there")
        while True:
            headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = self._tus("PATCH", begun["Location"], headers, data[offset : offset + PART])
            offset = self.promises.parts[key] = int(answer["Upload-Offset"])
            self._kept()
            if "Vermilion-Photo" in answer:
                return True

    def _tus(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        url = self.visitor.site.url
        sent = {"Referer": url, "X-CSRFToken": self.visitor.token, "Tus-Resumable": "1.0.0", **headers}
        request = urllib.request.Request(url + path, data=body or None, headers=sent, method=method)
        with self.visitor._opener.open(request, timeout=20) as answer:
            return dict(answer.headers)


class Load:
    """All students."""

    def __init__(self, port: int, students: int, seed: int) -> None:
        photo = draw_photo("final-front", Piece(seed=3), taken_at=datetime(2026, 11, 20, tzinfo=UTC))
        self._halted = threading.Event()
        place = Place(f"http://localhost:{port}")
        self.students = [Student(place, f"student-{n}", photo, seed + n, self._halted) for n in range(students)]
        self._threads: list[threading.Thread] = []

    def sign_up(self) -> None:
        """Everybody gets an account."""
        for student in self.students:
            student.sign_up()

    def go_on(self) -> None:
        """Everybody works. Raises BenchError when somebody fell over something that no kill explains."""
        if not self._threads:
            self._threads = [threading.Thread(target=student.work, daemon=True) for student in self.students]
            for thread in self._threads:
                thread.start()
        if not all(thread.is_alive() for thread in self._threads):
            raise BenchError("A student gave up; see what was printed above.")

    def halt(self) -> None:
        """Everybody ends what they are at."""
        self._halted.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged."""
        return sum(student.promises.count for student in self.students)

    def wait_for_more(self, more: int, *, seconds: float = 30) -> None:
        """Let the students get so much further, whatever the speed of the machine."""
        until, enough = time.monotonic() + seconds, self.acknowledged + more
        while self.acknowledged < enough and time.monotonic() < until:
            time.sleep(0.005)


def wait_for_jobs(database: Database, *, seconds: float = 180) -> None:
    """A job whose worker was killed is taken again when its lease ends. Raises BenchError when something is stuck."""
    from app.infra.jobs.models import Job
    from app.practice.models import Photo

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with database.reading() as session:
            photos = session.scalar(select(func.count(Photo.id)).where(Photo.state == "processing")) or 0
            held = session.scalar(select(func.count(Job.id)).where(Job.state == "running")) or 0
        if photos + held == 0:
            return
        time.sleep(0.2)
    raise BenchError(f"{photos} photos and {held} jobs are stuck.")


def compare(database: Database, storage: Storage, load: Load) -> tuple[list[str], list[str]]:
    """What was acknowledged and is not there, and what is there twice, in sentences."""
    with database.reading() as session:
        lost = [sentence for student in load.students for sentence in _lost(session, storage, student)]
        if database.is_sqlite:
            found = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
            lost += [] if found == "ok" else [f"The database is damaged: {found}"]
        return lost, list(_doubled(session))


def _lost(session: Session, storage: Storage, student: Student) -> Iterator[str]:
    from app.practice.models import Photo, PracticeEntry
    from app.quizzes.models import Attempt

    promises = student.promises
    yield from student.strange
    yield from _lost_choices(session, promises.choices)
    for attempt in promises.handed_in:
        row = session.get(Attempt, UUID(attempt))
        if row is None or row.state != "submitted":
            yield f"The attempt {attempt} was handed in and is {row.state if row else 'gone'}."
    for piece, note in promises.texts.items():
        entry = session.get(PracticeEntry, UUID(piece))
        if entry is None or entry.records.get("piece", {}).get("reflection") != note:
            yield f"The text of {piece} is gone."
    for name, (piece, sha256) in promises.photos.items():
        query = select(Photo).where(Photo.original_name == name, Photo.removed_at.is_(None))
        photos = session.scalars(query).all()
        if len(photos) != 1 or str(photos[0].entry_id) != piece or photos[0].state != "ready":
            yield f"The photo {name} is there {len(photos)} times: {[photo.state for photo in photos]}."
            continue
        with storage.open(photos[0].original_key) as file:
            if hashlib.sha256(file.read()).hexdigest() != sha256:
                yield f"The photo {name} has other bytes."


def _lost_choices(session: Session, choices: dict[tuple[str, int], str]) -> Iterator[str]:
    from app.content.models import Definition
    from app.domain.assessment.items.registry import item_from_dict
    from app.quizzes.models import AttemptItem

    for (attempt, position), choice in choices.items():
        where = (AttemptItem.attempt_id == UUID(attempt), AttemptItem.position == position)
        row = session.scalars(select(AttemptItem).where(*where)).first()
        if row is None:
            yield f"Answer {position} of {attempt} is gone."
            continue
        payload = session.scalars(select(Definition.payload).where(Definition.id == row.item_version_id)).one()
        item = item_from_dict(payload)
        if json.dumps(item.response_to_json(item.parse_response({"choice": [choice]}))) != json.dumps(row.response):
            yield f"Answer {position} of {attempt} is another one."


def _doubled(session: Session) -> Iterator[str]:
    from app.practice.models import Photo
    from app.quizzes.models import Attempt, Grade

    for attempt, count in Counter(session.scalars(select(Grade.attempt_id))).items():
        if count > 1:
            yield f"The attempt {attempt} has {count} grades."
    graded = session.scalar(select(func.count(Grade.id)))
    handed_in = session.scalar(select(func.count(Attempt.id)).where(Attempt.state == "submitted"))
    if graded != handed_in:
        yield f"{handed_in} attempts were handed in, and {graded} have a grade."
    names = session.scalars(select(Photo.original_name).where(Photo.removed_at.is_(None)))
    yield from (f"The photo {name} is there {count} times." for name, count in Counter(names).items() if count > 1)
