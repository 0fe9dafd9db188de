"""Photos through the real worker: upright once, nothing left of their metadata, a sentence for what cannot be used."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Invalid
from app.domain.events import SubmissionReceived
from app.infra.image_worker import answer
from app.infra.images import ImageRefused, ImageWorkerError, Limits, result_from_json
from app.infra.jobs.models import Job
from app.infra.jobs.outbox import enqueue, publish
from app.infra.jobs.registry import RECURRING
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.practice import queries, services, tasks
from app.practice.models import Photo
from tests.conftest import NOW, Clock
from tests.factories.content import publish_journey
from tests.factories.practice import attach_bytes, draft_piece, real_piece, submitted_piece
from tests.infra.photo_corpus import (
    CORNERS,
    HEIGHT,
    WIDTH,
    bomb_png,
    cornered,
    encoded,
    exif,
    heic,
    set_orientation_tag,
    stored_turned,
)
from tests.infra.video_corpus import SECRETS, video

MakeUser = Callable[..., Actor]


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def upload(session: Session, runtime: Runtime, student: Actor) -> Callable[..., UUID]:
    """`upload(data)` -> the id of a photo whose processing is queued, and committed."""

    def send(data: bytes, name: str = "IMG_1.jpg", slot: str = "f1", extension: str = "jpg") -> UUID:
        entry = draft_piece(session, student, now=runtime.now())
        photo = attach_bytes(
            session, runtime.storage, student, entry.id, slot, data, now=runtime.now(), name=name, extension=extension
        )
        session.commit()
        return photo.id

    return send


def photo_of(runtime: Runtime, photo_id: UUID) -> Photo:
    with runtime.db.reading() as session:
        photo = queries.photo(session, photo_id)
        assert photo is not None
        session.expunge(photo)
        return photo


def renditions_of(runtime: Runtime, photo: Photo) -> Iterator[tuple[dict[str, Any], bytes]]:
    for rendition in photo.renditions.values():
        for one in (rendition, *rendition["also"]):
            with runtime.storage.open(one["key"]) as file:
                yield rendition, file.read()


def assert_upright_and_bare(runtime: Runtime, photo: Photo) -> None:
    """Each rendition shows the corners where they belong, and its bytes hold no metadata of any kind."""
    assert sorted(photo.renditions) == ["large", "medium", "small"]
    for facts, data in renditions_of(runtime, photo):
        image = Image.open(io.BytesIO(data))
        assert (image.width, image.height) == (facts["width"], facts["height"])
        assert image.width > image.height
        pixels = image.convert("RGB")
        for name, paint in CORNERS.items():
            x = 4 if "left" in name else image.width - 5
            y = 4 if "top" in name else image.height - 5
            found = pixels.getpixel((x, y))
            assert isinstance(found, tuple)
            assert max(abs(a - b) for a, b in zip(found, paint, strict=True)) < 40, (name, found)
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info)
        assert parts_of(data) <= PIXELS_ONLY
        for mark in (b"Exif\0\0", b"http://ns.adobe.com", b"Phone 17", b"secret lens", b"2026:11:12"):
            assert mark not in data, mark


# Chunks of WebP and segments of JPEG that hold or describe pixels; EXIF, XMP, ICC profiles and comments are others.
PIXELS_ONLY = {"VP8 ", "VP8L", "APP0", "DQT", "SOF0", "SOF2", "DHT", "SOS", "DRI"}
SEGMENTS = {0xE0: "APP0", 0xDB: "DQT", 0xC0: "SOF0", 0xC2: "SOF2", 0xC4: "DHT", 0xDA: "SOS", 0xDD: "DRI"}


def parts_of(data: bytes) -> set[str]:
    """The names of the parts of a WebP or JPEG file, read from its bytes without a codec."""
    found: set[str] = set()
    if data[:4] == b"RIFF":
        at = 12
        while at < len(data):
            found.add(data[at : at + 4].decode())
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + size + size % 2
        return found
    at = 2
    while data[at] == 0xFF and "SOS" not in found:
        found.add(SEGMENTS.get(data[at + 1], f"{data[at + 1]:#x}"))
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


# ---------------------------------------------------------------- what phones send


@pytest.mark.parametrize("orientation", [3, 6, 8, 5])
def test_a_turned_jpeg_with_a_place_becomes_upright_and_forgets_it(
    runtime: Runtime, upload: Callable[..., UUID], orientation: int
) -> None:
    data = encoded(stored_turned(orientation), "JPEG", quality=95, exif=exif(orientation))
    assert b"Fruit" in data
    photo_id = upload(data)
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert (photo.state, photo.width, photo.height) == ("ready", WIDTH, HEIGHT)
    assert photo.taken_at is not None
    assert_upright_and_bare(runtime, photo)


@pytest.mark.parametrize("tag", [1, 3, 6, 8])
def test_a_heic_is_turned_by_its_box_and_not_once_more_by_its_tag(
    runtime: Runtime, upload: Callable[..., UUID], tag: int
) -> None:
    """iPhones write both an `irot` box and an EXIF orientation; who follows both turns the photo twice."""
    data = heic(stored_turned(6), exif=exif(6))
    assert b"irot" in data
    photo_id = upload(set_orientation_tag(data, tag), "IMG_2034.HEIC")
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert (photo.state, photo.width, photo.height) == ("ready", WIDTH, HEIGHT)
    assert_upright_and_bare(runtime, photo)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_photo_go_through_too(runtime: Runtime, upload: Callable[..., UUID], kind: str) -> None:
    photo_id = upload(encoded(cornered(), kind, exif=exif(1)))
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert photo.state == "ready"
    assert set(photo.hashes) == {"dhash", "ahash", "dhash_mirrored", "ahash_mirrored"}
    assert 0 < photo.quality["exposure"] < 1
    assert_upright_and_bare(runtime, photo)


def test_the_original_is_kept_as_it_came(runtime: Runtime, upload: Callable[..., UUID]) -> None:
    data = encoded(cornered(), "JPEG", exif=exif(1))
    photo_id = upload(data)
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    with runtime.storage.open(photo.original_key) as file:
        assert file.read() == data
    assert photo.original_key not in {rendition["key"] for rendition in photo.renditions.values()}


def test_a_whole_piece_with_drawn_photos(runtime: Runtime, session: Session, student: Actor) -> None:
    session.commit()
    entry_id = real_piece(runtime, student, now=runtime.now())
    with runtime.transaction() as writing:
        submission = services.submit_entry(writing, student, entry_id, now=runtime.now())
        assert submission.state == "waiting"
    with runtime.db.reading() as reading:
        for photo in queries.photos_of(reading, entry_id):
            assert photo.taken_at is not None
            for _facts, data in renditions_of(runtime, photo):
                assert parts_of(data) <= PIXELS_ONLY


# ---------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encoded(cornered(), "JPEG")[:3000], "damaged"),
        (bomb_png(20_000, 20_000, color_type=0, depth=1), "megapixels"),
        (b"<html>no</html>", "web page"),
    ],
    ids=["cut short", "bomb", "page"],
)
def test_a_photo_that_cannot_be_read_says_so_to_its_sender(
    runtime: Runtime, session: Session, student: Actor, upload: Callable[..., UUID], data: bytes, words: str
) -> None:
    photo_id = upload(data, "lips.png")
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert (photo.state, photo.renditions) == ("rejected", {})
    assert photo.reason.startswith("lips.png: ")
    assert words in photo.reason
    notice = session.scalars(select(Notice).where(Notice.kind == "photo_rejected")).one()
    assert (notice.user_id, notice.facts["number"]) == (student.id, 1)
    assert words in notice.facts["reason"]
    assert notice.url == f"/learn/practice/{photo.entry_id}/edit"
    assert session.scalars(select(Job.state).where(Job.handler == services.PROCESS_PHOTO)).all() == ["done"]


def test_a_lost_file_is_told_as_ours(runtime: Runtime, upload: Callable[..., UUID]) -> None:
    photo_id = upload(encoded(cornered(), "JPEG"))
    runtime.storage.delete(photo_of(runtime, photo_id).original_key)
    work_off(runtime)
    assert "lost on the server" in photo_of(runtime, photo_id).reason


def test_a_killed_worker_is_tried_again_but_not_for_ever(
    runtime: Runtime, clock: Clock, upload: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: Any, **_more: Any) -> Any:
        raise ImageRefused("worker_died", "Reading this photo was stopped.", transient=True)

    photo_id = upload(encoded(cornered(), "JPEG"))
    monkeypatch.setattr(tasks, "process_in_worker", killed)
    work_off(runtime)
    assert photo_of(runtime, photo_id).state == "processing"
    clock.tick(minutes=3)
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert (photo.state, photo.reason) == ("rejected", "IMG_1.jpg: Reading this photo was stopped.")


def test_our_own_fault_is_tried_again(
    runtime: Runtime, clock: Clock, upload: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise ImageWorkerError("disk full")

    photo_id = upload(encoded(cornered(), "JPEG"))
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "process_in_worker", broken)
        work_off(runtime)
    assert photo_of(runtime, photo_id).state == "processing"
    clock.tick(seconds=10)
    work_off(runtime)
    assert photo_of(runtime, photo_id).state == "ready"


# ---------------------------------------------------------------- done twice, done for nothing


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a photo was read; in this process, which is quicker than a worker each time."""
    calls: list[str] = []

    def process(path: Any, out_dir: Any, limits: Limits) -> Any:
        calls.append(str(path))
        request = {"path": str(path), "out_dir": str(out_dir), "limits": {"max_bytes": limits.max_bytes}}
        return result_from_json(answer(request)["result"])

    monkeypatch.setattr(tasks, "process_in_worker", process)
    return calls


def test_a_repeated_job_finds_the_first_result(
    runtime: Runtime, session: Session, upload: Callable[..., UUID], counted: list[str]
) -> None:
    photo_id = upload(encoded(cornered(), "JPEG"))
    enqueue(session, services.PROCESS_PHOTO, {"photo_id": photo_id.hex}, now=NOW)
    session.commit()
    work_off(runtime)
    assert (photo_of(runtime, photo_id).state, len(counted)) == ("ready", 1)


def test_the_same_bytes_are_read_once(runtime: Runtime, upload: Callable[..., UUID], counted: list[str]) -> None:
    data = encoded(cornered(), "JPEG")
    first = upload(data)
    work_off(runtime)
    second = upload(data, "copy.jpg")
    work_off(runtime)
    assert photo_of(runtime, second).renditions == photo_of(runtime, first).renditions
    assert len(counted) == 1


def test_a_removed_or_unknown_photo_costs_nothing(
    runtime: Runtime, session: Session, student: Actor, upload: Callable[..., UUID], counted: list[str]
) -> None:
    photo = session.get_one(Photo, upload(encoded(cornered(), "JPEG")))
    services.remove_photo(session, student, photo.entry_id, photo.id, now=NOW)
    enqueue(session, services.PROCESS_PHOTO, {"photo_id": uuid4().hex}, now=NOW)
    session.commit()
    work_off(runtime)
    assert counted == []
    assert photo_of(runtime, photo.id).state == "processing"


def test_a_photo_that_is_removed_while_it_is_read_bothers_nobody(
    runtime: Runtime, session: Session, student: Actor, upload: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = session.get_one(Photo, upload(encoded(cornered(), "JPEG")))

    def slow(*_args: Any, **_more: Any) -> Any:
        with runtime.transaction() as other:
            services.remove_photo(other, student, photo.entry_id, photo.id, now=NOW)
        raise ImageRefused("damaged", "This photo is damaged.")

    session.commit()
    monkeypatch.setattr(tasks, "process_in_worker", slow)
    work_off(runtime)
    assert photo_of(runtime, photo.id).state == "processing"
    assert session.scalars(select(Notice)).all() == []


# ---------------------------------------------------------------- notices, sweeping


def test_the_student_is_told_once_that_a_piece_is_in_the_queue(
    runtime: Runtime, session: Session, student: Actor
) -> None:
    submission = submitted_piece(session, student, now=NOW)
    publish(session, SubmissionReceived(student.user_id.hex, submission.id.hex), now=NOW)
    session.commit()
    work_off(runtime)
    notices = session.scalars(select(Notice).where(Notice.kind == "piece_received")).all()
    assert [(notice.user_id, notice.facts, notice.url) for notice in notices] == [
        (student.id, {"number": 1}, f"/learn/practice/{submission.entry_id}")
    ]


def test_orphans_are_swept_once_a_day(runtime: Runtime, clock: Clock) -> None:
    assert RECURRING["practice.sweep_orphans"].every == timedelta(days=1)
    orphan = runtime.storage.put_bytes("original", b"nobody's", "jpg").key
    clock.value = runtime.storage.stat(orphan).stored_at
    tasks.sweep_orphans(JobContext(runtime, clock()), {})
    assert runtime.storage.exists(orphan)
    clock.tick(days=1, minutes=1)
    tasks.sweep_orphans(JobContext(runtime, clock()), {})
    assert not runtime.storage.exists(orphan)


# ---------------------------------------------------------------- what is made when a piece is sent


def sent_piece(session: Session, runtime: Runtime, student: Actor) -> list[Photo]:
    """A piece of really drawn photos in the queue, with every job of it done."""
    entry_id = real_piece(runtime, student, now=runtime.now())
    work_off(runtime)
    with runtime.transaction() as writing:
        submission_id = services.submit_entry(writing, student, entry_id, now=runtime.now()).id
    work_off(runtime)
    with runtime.db.reading() as reading:
        photos = list(queries.submission_photos(reading, submission_id))
        view = queries.integrity(reading, submission_id)
        reading.expunge_all()
    assert view.checked_at is not None
    return photos


def test_a_sent_piece_is_checked_and_made_ready_for_reviewers(
    session: Session, runtime: Runtime, student: Actor
) -> None:
    photos = sent_piece(session, runtime, student)
    session.expire_all()
    for photo in photos:
        assert [one["mime"] for one in photo.renditions["large"]["also"]] == ["image/avif"]
        assert [one["mime"] for one in photo.renditions["medium"]["also"]] == ["image/avif", "image/webp"]
        assert photo.quality["tint"].startswith("#")
    stored = set(runtime.storage.keys())
    with runtime.db.reading() as reading:
        kept = {key for _photo, key in queries.kept_files(reading)}
    assert stored == kept  # nothing lost, nothing left over


def test_making_a_photo_ready_for_reviewers_twice_changes_nothing(
    session: Session, runtime: Runtime, student: Actor
) -> None:
    photo = sent_piece(session, runtime, student)[0]
    with runtime.transaction() as writing:
        services.photo_deepened(writing, photo.id, photo.renditions)
        enqueue(writing, tasks.DEEPEN_PHOTO, {"photo_id": photo.id.hex}, now=runtime.now())
    work_off(runtime)
    assert photo_of(runtime, photo.id).renditions == photo.renditions


def test_a_video_of_the_set_up(session: Session, runtime: Runtime, upload: Callable[..., UUID]) -> None:
    photo_id = upload(video(), name="setup.mp4", slot="f0", extension="mp4")
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert (photo.state, photo.width, photo.height, photo.hashes) == ("ready", 1920, 1080, {})
    assert photo.quality["video"]["codec"] == "H.264"
    with runtime.storage.open(photo.renditions["video"]["key"]) as file:
        assert not [secret for secret in SECRETS if secret in file.read()]


def test_a_video_in_a_place_for_photos_is_refused_in_words(upload: Callable[..., UUID]) -> None:
    with pytest.raises(Invalid, match="is a video; this place takes photos only"):
        upload(video(brand=b"qt  "), name="IMG_1.mov", extension="mov")


def test_a_video_that_is_too_long_is_told_the_limit(
    runtime: Runtime, session: Session, student: Actor, upload: Callable[..., UUID]
) -> None:
    photo_id = upload(video(frames=10, ticks=60_000), name="long.mp4", slot="f0", extension="mp4")
    work_off(runtime)
    photo = photo_of(runtime, photo_id)
    assert photo.state == "rejected"
    assert photo.reason.startswith("long.mp4: This video is 600 seconds long; the limit is 180 seconds.")
