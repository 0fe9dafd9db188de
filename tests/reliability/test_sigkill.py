"""SIGKILL in the middle of submitting quizzes and sending pieces: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.demo.records import log_fields
from app.domain.practice.exercise import exercise_from_dict
from app.factory import slice_modules
from app.infra.db import Database
from app.infra.sample_photos import Piece, draw_photo
from app.infra.storage.local import LocalStorage
from tests.support.site import Site, Visitor

QUIZ, EXERCISE = "quiz-lip-blush-basics", "e08"
STUDENTS, ROUNDS = 4, 4

pytestmark = pytest.mark.slow


@dataclass
class Promised:
    """What the server acknowledged to one student: the promise that must hold after the kill."""

    answers: dict[tuple[str, int], str] = field(default_factory=dict)
    submitted: set[str] = field(default_factory=set)
    photos: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)


@dataclass
class Student:
    """A student who works without a pause until told to stop."""

    visitor: Visitor
    name: str
    photo: bytes
    fields: dict[str, list[str]]
    promised: Promised = field(default_factory=Promised)
    halted: threading.Event = field(default_factory=threading.Event)

    def sign_up(self) -> None:
        self.visitor.get("/sign-up")
        data = {"name": self.name, "email": f"{self.name}@example.com", "password": "a lip is no wall", "adult": "y"}
        assert self.visitor.post("/sign-up", data).status == 303
        # A new session has a new token, which comes with its first page.
        self.visitor.get("/learn/")
        assert self.visitor.post("/learn/courses/lip-blush-basics/enroll", {}).status == 303

    def work(self) -> None:
        """Quiz and piece in turn; a broken connection ends the work without a promise."""
        try:
            while not self.halted.is_set():
                for part in random.sample((self._quiz, self._piece), 2):
                    part()
        except (OSError, http.client.HTTPException):
            return

    def _quiz(self) -> None:
        started = self.visitor.post(f"/learn/quizzes/{QUIZ}/start", {})
        found = re.search(r"/learn/attempts/([0-9a-f-]{36})/", started.url)
        if started.status != 303 or found is None:
            return
        attempt = found.group(1)
        for position in range(1, 8):
            page = self.visitor.get(f"/learn/attempts/{attempt}/{position}")
            choices = re.findall(r'name="choice"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="choice"', page.text)
            if choices:
                choice = random.choice([a or b for a, b in choices])
                saved = self.visitor.post(f"/learn/attempts/{attempt}/{position}", {"choice": choice, "go": "next"})
                if saved.status == 303:
                    self.promised.answers[attempt, position] = choice
        if self.visitor.post(f"/learn/attempts/{attempt}/submit", {}).status == 303:
            self.promised.submitted.add(attempt)

    def _piece(self) -> None:
        created = self.visitor.post("/learn/practice/new", {"exercise": EXERCISE, "blank": "1"})
        found = re.search(r"/learn/practice/([0-9a-f-]{36})/edit", created.url)
        if created.status != 303 or found is None:
            return
        entry, base = found.group(1), f"/learn/practice/{found.group(1)}"
        note = f"note {random.random()}"
        page = self.visitor.get(f"{base}/edit")
        revision = re.search(r'name="revision" value="(\d+)"', page.text)
        assert revision is not None
        data = {**self.fields, "piece.reflection": [note], "revision": revision.group(1)}
        if self.visitor.post(f"{base}/edit", data).status == 303:
            self.promised.texts[entry] = note
        for slot in ("f1", "f2", "f8"):
            answer = self.visitor.upload(f"{base}/photos", {"slot": slot}, f"{slot}.jpg", self.photo)
            if answer.status in (201, 303):
                self.promised.photos[entry] = self.promised.photos.get(entry, 0) + 1
        for _ in range(20):
            if '"complete":true' in self.visitor.get(f"{base}/status").text.replace(" ", ""):
                break
            time.sleep(0.1)
        if self.visitor.post(f"{base}/submit", {}).status == 303:
            self.promised.sent.add(entry)


@pytest.fixture(scope="module")
def fields() -> dict[str, list[str]]:
    import yaml

    from tests.support.site import JOURNEY

    data = yaml.safe_load((JOURNEY / "courses" / "exercises.yaml").read_text())["exercises"][0]
    return log_fields(exercise_from_dict(data), seed=1, expiry="2030-01-31")


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path: Path, fields: dict[str, list[str]]) -> None:
    slice_modules("models")
    random.seed(7)
    site = Site(tmp_path / "instance")
    site.start()
    photo = draw_photo("final-front", Piece(seed=3), taken_at=datetime(2026, 11, 20, tzinfo=UTC))
    students = [Student(Visitor(site), f"student-{n}", photo, fields) for n in range(STUDENTS)]
    try:
        for student in students:
            student.sign_up()
        for _ in range(ROUNDS):
            threads = [threading.Thread(target=student.work) for student in students]
            for thread in threads:
                thread.start()
            _wait_for_promises(students, random.randint(8, 24))
            site.kill()
            for thread in threads:
                thread.join()
            assert site.start() < 20
        _wait_until_photos_are_done(tmp_path)
    finally:
        site.stop()
    database = Database(f"sqlite:///{tmp_path / 'instance' / 'vermilion.db'}")
    _check(database, LocalStorage(tmp_path / "instance" / "files"), students)
    database.dispose()


def _promises(students: list[Student]) -> int:
    return sum(len(s.promised.answers) + sum(s.promised.photos.values()) + len(s.promised.sent) for s in students)


def _wait_for_promises(students: list[Student], more: int, *, seconds: float = 20) -> None:
    """Let the students get so much further, whatever the speed of the machine; then a moment that nobody chose."""
    until, enough = time.monotonic() + seconds, _promises(students) + more
    while _promises(students) < enough and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.2))


def _wait_until_photos_are_done(tmp_path: Path) -> None:
    """A job whose worker was killed is taken again when its lease ends, so nothing stays "processing" for good."""
    from app.practice.models import Photo

    database = Database(f"sqlite:///{tmp_path / 'instance' / 'vermilion.db'}")
    until = time.monotonic() + 120
    left = 1
    while left and time.monotonic() < until:
        with database.reading() as session:
            left = session.scalar(select(func.count(Photo.id)).where(Photo.state == "processing")) or 0
        time.sleep(0.5)
    database.dispose()
    assert left == 0, "photos are stuck"


def _check(database: Database, storage: LocalStorage, students: list[Student]) -> None:
    from uuid import UUID

    from app.content.models import Definition
    from app.domain.assessment.items.registry import item_from_dict
    from app.practice.models import Photo, PracticeEntry, Submission
    from app.quizzes.models import Attempt, AttemptItem, Grade

    assert _promises(students) > 20, "the students did not get to work"
    with database.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        for student in students:
            kept = student.promised
            for (attempt, position), choice in kept.answers.items():
                row = session.scalars(
                    select(AttemptItem).where(AttemptItem.attempt_id == UUID(attempt), AttemptItem.position == position)
                ).one()
                payload = session.scalars(select(Definition.payload).where(Definition.id == row.item_version_id)).one()
                item = item_from_dict(payload)
                assert item.response_to_json(item.parse_response({"choice": [choice]})) == row.response
            for attempt in kept.submitted:
                assert session.get_one(Attempt, UUID(attempt)).state == "submitted"
            for entry, note in kept.texts.items():
                assert session.get_one(PracticeEntry, UUID(entry)).records["piece"]["reflection"] == note
            for entry, count in kept.photos.items():
                query = select(func.count(Photo.id)).where(Photo.entry_id == UUID(entry), Photo.removed_at.is_(None))
                assert (session.scalar(query) or 0) >= count
            for entry in kept.sent:
                query = select(func.count(Submission.id)).where(Submission.entry_id == UUID(entry))
                assert session.scalar(query) == 1
        doubled = select(Grade.attempt_id).group_by(Grade.attempt_id).having(func.count() > 1)
        assert session.execute(doubled).all() == []
        graded, handed_in = select(func.count(Grade.id)), select(func.count(Attempt.id))
        assert session.scalar(graded) == session.scalar(handed_in.where(Attempt.state == "submitted"))
        twice = select(Submission.entry_id).group_by(Submission.entry_id).having(func.count() > 1)
        assert session.execute(twice).all() == []
        keys = session.scalars(select(Photo.original_key)).all()
        assert [key for key in keys if not storage.exists(key)] == [], "a row without its bytes"
