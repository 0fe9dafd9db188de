"""The whole story on two web hosts and two workers, every request on another host, one of each killed on the way.

PostgreSQL, Redis and the S3-compatible store (SeaweedFS) are real servers. What a host has acknowledged must be seen
by the other one at once, and must survive the SIGKILL of the one that said it.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
import yaml
from sqlalchemy import func, select

from app.demo.answers import right_answer
from app.demo.records import log_fields
from app.domain.practice.exercise import exercise_from_dict
from app.factory import slice_modules
from app.infra.db import Database
from app.infra.sample_photos import Piece, draw_photo
from app.infra.storage.s3 import s3_storage
from tests.scale.hosts import BUCKET, Academy, Roaming, academy, path_of
from tests.support.site import JOURNEY

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.services]
PASSWORD = "a lip is no garden wall"
QUIZ = "quiz-lip-blush-basics"
PART = 60_000
T = TypeVar("T")
NUMBER = re.compile(r"VM-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]")


def test_the_story_goes_on_when_a_web_host_and_a_worker_are_killed(tmp_path: Path) -> None:
    slice_modules("models")
    with academy(tmp_path) as place:
        place.web[0].start()
        place.give_keys()
        for worker in place.workers:
            worker.start()
        place.web[1].start()
        database = Database(place.database_url.replace("postgresql://", "postgresql+psycopg://", 1))
        instructor = _staff(place)
        student = _student(place)
        answers = _take_the_quiz(student, database)
        piece, photos = _send_photos(place, student)
        _hand_in(student, piece)
        _send_a_proof(student, instructor)
        _review(instructor)
        number = _until(lambda: NUMBER.search(student.get("/learn/certificates").text), "no certificate").group(0)
        _verify_everywhere(place, number)
        _check_what_was_acknowledged(place, database, answers, piece, photos)
        _lose_the_store_and_redis(place, student, piece)
        database.dispose()
        for worker in place.workers:
            assert worker.stop() == 0
        for site in place.web:
            site.stop()
            assert site.process is not None
            assert site.process.returncode == 0, "ended as told"


def _until(look: Callable[[], T | None], words: str, *, seconds: float = 60) -> T:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(words)


def _staff(place: Academy) -> Roaming:
    """The first administrator invites an instructor."""
    admin, instructor = Roaming(place.web), Roaming(place.web)
    link = re.findall(r"http://\S+/invitation/\S+", place.web[1].log())[-1]
    made = admin.submit(link, "main form", name="Ada Brandt", email="ada@example.com", password=PASSWORD)
    assert made.status == 303, made.text
    invited = admin.submit("/admin/users", 'form[action$="/invitations"]', email="ines@example.com", role="instructor")
    found = re.search(r'/invitation/[^"<\s]+', invited.text)
    assert found is not None, (invited.status, invited.text[:3000])
    joined = instructor.submit(found.group(0), "main form", name="Ines Calloway", password=PASSWORD)
    assert joined.status == 303, joined.text
    return instructor


def _student(place: Academy) -> Roaming:
    """Signed up on one host, known on the other; a lesson done on one is done on the other."""
    student = Roaming(place.web)
    values = {"name": "Amara Osei", "email": "amara@example.com", "password": PASSWORD, "adult": "y"}
    assert student.submit("/sign-up", "main form", **values).status == 303
    assert "Amara" in student.get("/learn/").text
    assert student.post("/learn/courses/lip-blush-basics/enroll", {}).status == 303
    for _ in range(2):
        lesson = re.search(r'/learn/lessons/[^"?#/]+', student.get("/learn/courses/lip-blush-basics").text)
        assert lesson is not None
        assert student.submit(lesson.group(0), 'form[action$="/done"]').status == 303
    return student


def _take_the_quiz(student: Roaming, database: Database) -> dict[int, str]:
    """Every answer goes to another host; returns what was acknowledged, as the database should have it."""
    from app.quizzes import queries

    started = student.post(f"/learn/quizzes/{QUIZ}/start", {})
    attempt = re.search(r"/learn/attempts/([0-9a-f-]{36})/", started.url)
    assert attempt is not None, (started.status, started.text[:2000])
    with database.reading() as session:
        rows = queries.items_of(session, UUID(attempt.group(1)))
        items = queries.definitions_of(session, [row.item_version_id for row in rows])
    kept = {}
    for row in rows:
        raw, item = right_answer(items[row.item_version_id]), items[row.item_version_id]
        saved = student.post(f"/learn/attempts/{attempt.group(1)}/{row.position}", {**raw, "go": "next"})
        assert saved.status == 303, saved.text
        kept[row.position] = json.dumps(item.response_to_json(item.parse_response(raw)), sort_keys=True)
    assert student.post(f"/learn/attempts/{attempt.group(1)}/submit", {}).status == 303
    assert "100" in student.get(f"/learn/attempts/{attempt.group(1)}/result").text
    return kept


def _send_photos(place: Academy, student: Roaming) -> tuple[str, dict[str, bytes]]:
    """Three photos in parts, each part to another host. A host and a worker die on the way; the host comes back."""
    started = student.post("/learn/practice/new", {"exercise": "e08", "blank": "1"})
    piece = started.url.split("/")[-2]
    back: list[threading.Thread] = []
    photos = {
        slot: draw_photo(kind, Piece(seed=seed), taken_at=datetime(2026, 11, 20, tzinfo=UTC))
        for seed, (slot, kind) in enumerate({"f1": "blank", "f2": "map", "f8": "final-front"}.items())
    }
    for slot, data in photos.items():
        key, acknowledged, parts = str(uuid4()), 0, 0
        while acknowledged < len(data):
            with suppress(OSError, http.client.HTTPException):
                begun = _announce(student, piece, slot, key, data)
                offset = int(begun["Upload-Offset"])
                assert offset >= acknowledged, "bytes that were acknowledged are gone"
                headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                part = data[offset : offset + PART]
                acknowledged = int(_tus(student, "PATCH", begun["Location"], headers, part)["Upload-Offset"])
                parts += 1
            if slot == "f2" and parts == 1 and not back:
                place.web[1].kill()
                place.workers[0].kill()
                back = [threading.Thread(target=place.web[1].start)]
                back[0].start()
    back[0].join(40)
    place.workers[0].start()
    return piece, photos


def _announce(student: Roaming, piece: str, slot: str, key: str, data: bytes) -> dict[str, str]:
    said = {"filename": f"{slot}.jpg", "slot": slot, "key": key, "sha256": hashlib.sha256(data).hexdigest()}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata}
    return _tus(student, "POST", f"/learn/practice/{piece}/uploads", headers, b"")


def _tus(student: Roaming, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
    student.balancer.turn()
    where = student.balancer.url
    sent = {"Referer": where, "X-CSRFToken": student.token, "Tus-Resumable": "1.0.0", **headers}
    request = urllib.request.Request(where + path_of(path), data=body or None, headers=sent, method=method)
    with student._opener.open(request, timeout=20) as answer:
        return dict(answer.headers)


def _hand_in(student: Roaming, piece: str) -> None:
    exercise = yaml.safe_load((JOURNEY / "courses" / "exercises.yaml").read_text())["exercises"][0]
    expiry = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    base = f"/learn/practice/{piece}"
    filled = log_fields(exercise_from_dict(exercise), seed=2, expiry=expiry, question="Is the corner full enough?")
    saved = student.submit(f"{base}/edit", "form#entry", **filled)
    assert saved.status == 303, saved.text
    _until(lambda: '"complete":true' in student.get(f"{base}/status").text.replace(" ", ""), "never complete")
    sent = student.post(f"{base}/submit", {})
    assert sent.status == 303, sent.text


def _send_a_proof(student: Roaming, instructor: Roaming) -> None:
    issued = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    facts = {"issuer": "Body Art Training Group", "number": "BA-2611", "issued_on": issued}
    photo = draw_photo("final-front", Piece(seed=9), taken_at=datetime(2026, 11, 20, tzinfo=UTC))
    sent = student.submit("/learn/path/proofs/new?kind=bbp", "main form", files={"document": photo}, **facts)
    assert sent.status == 303, sent.text
    checked = instructor.submit("/teach/proofs", 'main form[action*="/proofs/"]', answer="accept")
    assert checked.status == 303, checked.text


def _review(instructor: Roaming) -> None:
    claimed = instructor.submit("/teach/reviews", 'form[action*="/claim"]')
    assert claimed.status == 303, claimed.text
    page = instructor.get(claimed.url)
    levels = dict.fromkeys(re.findall(r'name="(level\.[a-z-]+)"', page.text), "4")
    assert len(levels) >= 8
    saved = instructor.submit(claimed.url, "form#review", **levels, note="Calm, clean work.")
    assert saved.status == 303, saved.text
    path = path_of(claimed.url).partition("?")[0]
    revision = re.search(r'name="revision" value="(\d+)"', instructor.get(path).text)
    assert revision is not None
    fields = {**levels, "note": "Calm, clean work.", "revision": revision.group(1), "result": "approved"}
    done = instructor.post(path + "/complete", fields)
    assert done.status == 303, done.text


def _verify_everywhere(place: Academy, number: str) -> None:
    said = []
    for site in place.web:
        with urllib.request.urlopen(f"{site.url}/api/v1/verify/{number}") as answer:
            assert json.load(answer)["verdict"] == "VALID"
        with urllib.request.urlopen(f"{site.url}/.well-known/did.json") as answer:
            said.append(json.load(answer))
        with urllib.request.urlopen(f"{site.url}/credentials/{number}.pdf") as answer:
            assert answer.read(5) == b"%PDF-"
        with urllib.request.urlopen(f"{site.url}/readyz") as answer:
            checks = json.load(answer)["checks"]
            assert (checks["database"], checks["storage"]) == ("ok", "ok")
    assert said[0] == said[1], "one issuer, whoever answers"


def _lose_the_store_and_redis(place: Academy, student: Roaming, piece: str) -> None:
    """Pages go on, photos say why they cannot be shown, signing in is limited by each host; all comes back."""
    photo = re.search(r'src="(/learn/photos/[^"]+)"', student.get(f"/learn/practice/{piece}").text)
    assert photo is not None
    assert student.get(photo.group(1), binary=True).status == 200
    place.store.kill()
    place.redis.kill()
    for _ in place.web:
        assert student.get(f"/learn/practice/{piece}").status == 200
        lost = student.get(photo.group(1))
        assert (lost.status, "The store of photos and files does not answer right now" in lost.text) == (503, True)
        fields = {"email": "amara@example.com", "password": PASSWORD}
        assert Roaming(place.web).submit("/sign-in", "main form", **fields).status == 303
    _until(lambda: json.loads(student.get("/readyz").text)["checks"]["storage"] == "unreachable", "nobody noticed")
    place.store.start()
    place.redis.start()
    for _ in place.web:
        _until(lambda: student.get(photo.group(1), binary=True).status == 200, "the photo never came back")


def _check_what_was_acknowledged(
    place: Academy, database: Database, answers: dict[int, str], piece: str, photos: dict[str, bytes]
) -> None:
    from app.credentials.models import Credential
    from app.infra.jobs.models import Job
    from app.practice.models import Photo, Submission
    from app.quizzes.models import Attempt, AttemptItem, Grade

    store = s3_storage(
        endpoint=place.store.endpoint,
        bucket=BUCKET,
        region="us-east-1",
        access_key=place.store.access_key,
        secret_key=place.store.secret_key,
    )
    with database.reading() as session:
        saved = session.scalars(select(AttemptItem)).all()
        assert {row.position: json.dumps(row.response, sort_keys=True) for row in saved} == answers
        for model in (Attempt, Grade, Submission, Credential):
            assert session.scalar(select(func.count()).select_from(model)) == 1, model.__name__
        rows = session.scalars(select(Photo).where(Photo.removed_at.is_(None))).all()
        assert sorted(row.slot for row in rows) == sorted(photos)
        for row in rows:
            assert (str(row.entry_id), row.state) == (piece, "ready")
            with store.open(row.original_key) as file:
                assert file.read() == photos[row.slot], "the bytes that were sent"
            assert all(store.exists(rendition["key"]) for rendition in row.renditions.values())
        dead = session.scalars(select(Job.last_error).where(Job.state == "dead")).all()
        assert dead == []
