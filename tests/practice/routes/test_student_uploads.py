"""tus 1.0.0 as the specification says it (each MUST that applies), and what it means here: one photo, once, one's own.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import errno
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.http import http_date

from app.domain.access.actor import Actor, Role
from app.infra.jobs.models import Job
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.infra.storage.parts import LocalParts, Part
from app.notifications.models import Notice
from app.practice import queries, services, tasks
from app.practice.models import Photo, PhotoUpload, PracticeEntry
from tests.conftest import NOW, Browser, Clock
from tests.factories.content import publish_journey
from tests.factories.practice import draft_piece
from tests.infra.photo_corpus import cornered, encoded, exif

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]
JPEG = encoded(cornered(), "JPEG", exif=exif(6))
HALF = len(JPEG) // 2
BODY = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}


def meta(**facts: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())


class Client:
    """A tus client in as few words as possible."""

    def __init__(self, browser: Browser, entry: PracticeEntry) -> None:
        self.browser = browser
        self.url = f"/learn/practice/{entry.id}/uploads"

    def send(self, method: str, url: str, *, body: bytes = b"", **headers: str | int) -> Any:
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        sent = TUS | {"X-CSRFToken": self.browser.token, "Referer": "https://academy.test/"} | named
        sent = {name: value for name, value in sent.items() if value != "none"}
        address = {"base_url": "https://academy.test", "buffered": True}  # the answer is closed, as a server does
        return self.browser.client.open(url, method=method, data=body, headers=sent, **address)

    def announce(self, length: int = len(JPEG), *, body: bytes = b"", slot: str = "f1", **facts: str) -> Any:
        said = {"filename": "IMG_1.jpg", "slot": slot, **facts}
        kind = {"Content_Type": BODY} if body else {}
        return self.send("POST", self.url, body=body, Upload_Length=length, Upload_Metadata=meta(**said), **kind)

    def begin(self, length: int = len(JPEG), **facts: str) -> str:
        answer = self.announce(length, **facts)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return str(answer.headers["Location"])

    def part(self, url: str, offset: int, body: bytes, **headers: str | int) -> Any:
        named: dict[str, str | int] = {"Content_Type": BODY, "Upload_Offset": offset, **headers}
        return self.send("PATCH", url, body=body, **named)

    def offset(self, url: str) -> int:
        return int(self.send("HEAD", url).headers["Upload-Offset"])


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    runtime.settings = replace(runtime.settings, max_photo_mb=1, max_video_mb=2)
    return runtime


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def entry(session: Session, student: Actor) -> PracticeEntry:
    entry = draft_piece(session, student, now=NOW)
    session.commit()
    return entry


@pytest.fixture
def client(student: Actor, browse: Browse, entry: PracticeEntry) -> Client:
    browser = browse(student)
    browser.get("/account/")
    return Client(browser, entry)


def photos(session: Session, entry: PracticeEntry) -> list[Photo]:
    session.commit()
    session.expire_all()
    found = list(queries.photos_of(session, entry.id))
    session.commit()
    return found


def uploads(session: Session) -> int:
    session.commit()
    found = session.scalar(select(func.count(PhotoUpload.id))) or 0
    session.commit()
    return found


# ---------------------------------------------------------------- core


def test_a_photo_in_two_parts_becomes_one_photo_with_its_job(
    client: Client, session: Session, entry: PracticeEntry, runtime: Runtime
) -> None:
    url = client.begin()
    first = client.part(url, 0, JPEG[:HALF])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(HALF))
    assert photos(session, entry) == []
    second = client.part(url, HALF, JPEG[HALF:])
    assert (second.status_code, second.headers["Upload-Offset"]) == (204, str(len(JPEG)))
    (photo,) = photos(session, entry)
    assert second.headers["Vermilion-Photo"] == str(photo.id)
    assert (photo.slot, photo.original_name, photo.size) == ("f1", "IMG_1.jpg", len(JPEG))
    with runtime.storage.open(photo.original_key) as file:
        assert file.read() == JPEG
    jobs = session.scalars(select(Job).where(Job.handler == services.PROCESS_PHOTO)).all()
    assert [job.payload for job in jobs] == [{"photo_id": photo.id.hex}]
    session.commit()
    assert list(runtime.storage.parts.uploads()) == [], "the parts are gone"


def test_head_tells_offset_and_length_and_is_not_cached(client: Client) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    answer = client.send("HEAD", url)
    assert answer.status_code == 200
    assert answer.headers["Upload-Offset"] == "100"
    assert answer.headers["Upload-Length"] == str(len(JPEG))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_data() == b""


def test_every_answer_names_the_version_and_another_version_is_refused(client: Client) -> None:
    url = client.begin()
    for answer in (
        client.send("HEAD", url),
        client.part(url, 0, JPEG[:10]),
        client.part(url, 5, b"x"),
        client.send("DELETE", f"/learn/uploads/{uuid4()}"),
    ):
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    for version in ("none", "0.2.2", "2.0.0"):
        for method, at in (("HEAD", url), ("PATCH", url), ("DELETE", url), ("POST", client.url)):
            refused = client.send(method, at, Tus_Resumable=version)
            assert (refused.status_code, refused.headers["Tus-Version"]) == (412, "1.0.0"), (method, version)
    assert client.offset(url) == 10, "a refused request changes nothing"


def test_options_say_what_the_server_can_do(client: Client) -> None:
    for url in (client.url, client.begin()):
        answer = client.send("OPTIONS", url, Tus_Resumable="none")
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Max-Size"] == str(2 * 1024 * 1024)
        extensions = answer.headers["Tus-Extension"].split(",")
        assert extensions == ["creation", "creation-with-upload", "expiration", "termination", "checksum"]
        assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")


@pytest.mark.parametrize("offset", [0, 99, 101, 10**9])
def test_a_part_at_another_offset_is_a_conflict_and_changes_nothing(client: Client, offset: int) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    answer = client.part(url, offset, JPEG[100:200])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "100")
    assert client.offset(url) == 100


@pytest.mark.parametrize("offset", ["none", "-1", "1.5", "x", "٣", "9" * 30])
def test_an_offset_that_is_no_number_is_refused(client: Client, offset: str) -> None:
    url = client.begin()
    assert client.part(url, 0, b"x", Upload_Offset=offset).status_code == 400


def test_a_body_of_another_type_is_refused(client: Client) -> None:
    url = client.begin()
    answer = client.send("PATCH", url, body=JPEG, Upload_Offset=0, Content_Type="image/jpeg")
    assert answer.status_code == 415
    assert client.offset(url) == 0


def test_more_bytes_than_announced_are_refused_and_none_are_kept(client: Client, runtime: Runtime) -> None:
    url = client.begin(100)
    assert client.part(url, 0, JPEG[:101]).status_code == 413
    assert client.offset(url) == 0
    assert client.part(url, 0, JPEG[:60]).status_code == 204


def test_the_method_may_stand_in_a_header(client: Client, session: Session, entry: PracticeEntry) -> None:
    url = client.begin()
    sent = {"Content_Type": BODY, "X_HTTP_Method_Override": "PATCH"}
    assert client.send("POST", url, body=JPEG[:50], Upload_Offset=0, **sent).status_code == 204
    assert client.send("POST", url, X_HTTP_Method_Override="HEAD").headers["Upload-Offset"] == "50"
    assert client.send("POST", url, X_HTTP_Method_Override="DELETE").status_code == 204
    assert client.send("HEAD", url).status_code == 404
    assert client.send("POST", client.url, X_HTTP_Method_Override="OPTIONS").headers["Tus-Version"] == "1.0.0"
    assert client.send("POST", client.begin()).status_code == 400


# ---------------------------------------------------------------- creation


def test_an_upload_is_announced_with_an_address_and_its_end(client: Client) -> None:
    answer = client.announce()
    assert answer.status_code == 201
    assert answer.headers["Location"].startswith("/learn/uploads/")
    assert answer.headers["Upload-Expires"].endswith("GMT")
    assert answer.get_data() == b""


@pytest.mark.parametrize("length", ["none", "-5", "3.5", "lots"])
def test_a_length_is_needed(client: Client, length: str) -> None:
    answer = client.send("POST", client.url, Upload_Length=length, Upload_Metadata=meta(filename="a.jpg", slot="f1"))
    assert answer.status_code == 400


def test_a_length_cannot_follow_later(client: Client) -> None:
    answer = client.send("POST", client.url, Upload_Defer_Length=1, Upload_Metadata=meta(filename="a.jpg", slot="f1"))
    assert answer.status_code == 400


def test_too_many_bytes_are_refused_before_they_are_sent_and_the_limit_is_named(client: Client) -> None:
    answer = client.announce(1024 * 1024 + 1)
    assert answer.status_code == 413
    assert "IMG_1.jpg has 1.1 MB; a photo may have at most 1 MB" in answer.json["detail"]


@pytest.mark.parametrize(
    "words", ["filename !!!", "filename", "filename YQ==,filename Yg==", ",", "slot ZjE=", "naïve YQ=="]
)
def test_malformed_metadata_are_refused(client: Client, words: str) -> None:
    answer = client.send("POST", client.url, Upload_Length=5, Upload_Metadata=words.encode().decode("latin-1"))
    assert answer.status_code == 400


def test_a_value_may_be_left_out_and_names_are_cleaned(client: Client, session: Session) -> None:
    words = meta(filename="../../\u202eetc/IMG\n2.jpg", slot="f1") + ",is_confidential"
    answer = client.send("POST", client.url, Upload_Length=5, Upload_Metadata=words)
    assert answer.status_code == 201
    assert session.scalars(select(PhotoUpload.name)).one() == "IMG 2.jpg"


def test_the_first_bytes_may_come_with_the_announcement(client: Client, session: Session, entry: PracticeEntry) -> None:
    begun = client.announce(body=JPEG[:HALF])
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, str(HALF))
    whole = client.announce(slot="f2", body=JPEG)
    assert whole.headers["Upload-Offset"] == str(len(JPEG))
    assert [photo.slot for photo in photos(session, entry)] == ["f2"]


def test_the_same_key_is_the_same_upload(client: Client, session: Session, entry: PracticeEntry) -> None:
    key = str(uuid4())
    url = client.begin(key=key)
    client.part(url, 0, JPEG[:HALF])
    again = client.announce(key=key)
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (url, str(HALF))
    client.part(url, HALF, JPEG[HALF:])
    done = client.announce(key=key)
    assert (done.headers["Location"], done.headers["Upload-Offset"]) == (url, str(len(JPEG)))
    assert len(photos(session, entry)) == 1
    assert uploads(session) == 1


def test_a_slot_that_the_piece_does_not_have_is_refused(client: Client) -> None:
    for slot in ("f99", "", "\0"):
        assert client.announce(slot=slot).status_code == 422


def test_a_person_has_so_many_photos_on_their_way_and_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.practice.services.uploads.MAX_RECEIVING", 2)
    first = client.begin()
    client.begin()
    assert client.announce().status_code == 422
    client.send("DELETE", first)
    assert client.announce().status_code == 201


# ---------------------------------------------------------------- checksum, expiration, termination


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_with_its_checksum(client: Client, algorithm: str) -> None:
    url = client.begin()
    right = base64.b64encode(hashlib.new(algorithm, JPEG[:100]).digest()).decode()
    assert client.part(url, 0, JPEG[1:101], Upload_Checksum=f"{algorithm} {right}").status_code == 460
    assert client.offset(url) == 0, "what is damaged is not kept"
    assert client.part(url, 0, JPEG[:100], Upload_Checksum=f"{algorithm} {right}").status_code == 204


@pytest.mark.parametrize("checksum", ["crc32 AAAA", "sha1", "sha1 ???", ""])
def test_a_checksum_that_cannot_be_checked_is_refused(client: Client, checksum: str) -> None:
    url = client.begin()
    assert client.part(url, 0, b"x", Upload_Checksum=checksum).status_code == 400


def test_an_upload_waits_seven_days_for_its_next_part(
    client: Client, clock: Clock, runtime: Runtime, session: Session
) -> None:
    key = str(uuid4())
    url = client.begin(key=key)
    client.part(url, 0, JPEG[:100])
    clock.tick(days=6)
    answer = client.part(url, 100, JPEG[100:200])
    assert answer.headers["Upload-Expires"] == http_date(clock() + timedelta(days=7))
    clock.tick(days=6)
    assert client.offset(url) == 200
    clock.tick(days=2)
    assert client.send("HEAD", url).status_code == 410
    assert client.part(url, 200, JPEG[200:]).status_code == 410
    anew = client.announce(key=key)
    assert (anew.status_code, anew.headers["Upload-Offset"]) == (201, "0")
    assert anew.headers["Location"] != url


def test_an_ended_upload_is_gone_with_its_parts(client: Client, runtime: Runtime) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    assert client.send("DELETE", url).status_code == 204
    assert client.send("HEAD", url).status_code == 404
    assert client.part(url, 100, JPEG[100:]).status_code == 404
    assert list(runtime.storage.parts.uploads()) == []


def test_an_upload_that_became_a_photo_cannot_be_ended(client: Client, session: Session, entry: PracticeEntry) -> None:
    url = client.begin()
    client.part(url, 0, JPEG)
    assert client.send("DELETE", url).status_code == 409
    assert len(photos(session, entry)) == 1


# ---------------------------------------------------------------- one photo, once


def test_finishing_again_gives_the_same_photo(client: Client, session: Session, entry: PracticeEntry) -> None:
    url = client.begin()
    client.part(url, 0, JPEG)
    photo = photos(session, entry)[0].id
    again = client.part(url, len(JPEG), b"")
    assert (again.status_code, again.headers["Vermilion-Photo"]) == (204, str(photo))
    assert client.send("HEAD", url).headers["Vermilion-Photo"] == str(photo)
    assert [found.id for found in photos(session, entry)] == [photo]


def test_a_whole_upload_is_finished_by_the_job_when_the_web_process_died(
    client: Client, session: Session, entry: PracticeEntry, runtime: Runtime, clock: Clock, monkeypatch: Any
) -> None:
    url = client.begin()
    with monkeypatch.context() as patched:
        patched.setattr(services, "finish_upload", _killed)
        with pytest.raises(KeyboardInterrupt):
            client.part(url, 0, JPEG)
    assert photos(session, entry) == []
    assert client.offset(url) == len(JPEG), "acknowledged in the table"
    tasks.finish_uploads(JobContext(runtime, clock.tick(seconds=10)), {})
    assert photos(session, entry) == [], "the request may still be at it"
    for _again in range(2):
        tasks.finish_uploads(JobContext(runtime, clock.tick(minutes=1)), {})
    work_off(runtime)
    (photo,) = photos(session, entry)
    assert photo.state == "ready"
    assert client.send("HEAD", url).headers["Vermilion-Photo"] == str(photo.id)


def _killed(*_given: Any, **_named: Any) -> None:
    raise KeyboardInterrupt


def test_two_parts_at_once_cannot_both_count(
    client: Client, runtime: Runtime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one part is being written, another request has gone on with the same upload."""
    url = client.begin()
    upload_id, write = UUID(url.rsplit("/", 1)[1]), LocalParts.write

    def overtaken(self: LocalParts, upload: UUID, chunks: Iterable[bytes]) -> Part:
        monkeypatch.setattr(LocalParts, "write", write)
        faster = self.write(upload, [JPEG[:70]])
        with runtime.transaction() as other:
            services.note_part(other, upload_id, faster, offset=0, now=NOW)
        return write(self, upload, chunks)

    monkeypatch.setattr(LocalParts, "write", overtaken)
    answer = client.part(url, 0, b"y" * 50)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "70")
    assert client.part(url, 70, JPEG[70:]).status_code == 204
    found = session.scalars(select(Photo)).one()
    with runtime.storage.open(found.original_key) as file:
        assert file.read() == JPEG


def test_what_is_no_photo_is_refused_with_the_first_bytes(client: Client, runtime: Runtime) -> None:
    url = client.begin(200_000)
    answer = client.part(url, 0, b"<html>" + b" " * 100_000)
    assert answer.status_code == 422
    assert "IMG_1.jpg is not taken" in answer.json["detail"]


def test_a_refusal_at_the_end_is_remembered_and_said_again(
    client: Client, session: Session, entry: PracticeEntry, runtime: Runtime
) -> None:
    words, key = b"<html>no photo</html>", str(uuid4())
    url = client.begin(len(words), key=key)
    answer = client.part(url, 0, words)
    assert answer.status_code == 422
    assert client.send("HEAD", url).status_code == 410
    for again in (client.part(url, len(words), b""), client.announce(len(words), key=key)):
        assert (again.status_code, again.json["detail"]) == (422, answer.json["detail"])
    assert photos(session, entry) == []
    assert list(runtime.storage.parts.uploads()) == []


def test_bytes_that_are_not_those_that_were_hashed_are_sent_again(
    client: Client, session: Session, entry: PracticeEntry
) -> None:
    right, key = hashlib.sha256(JPEG).hexdigest(), str(uuid4())
    damaged = JPEG[:-50] + b"\0" * 50
    url = client.begin(sha256=right, key=key)
    assert client.part(url, 0, damaged).status_code == 410
    assert photos(session, entry) == []
    url = client.begin(sha256=right, key=key)
    assert client.part(url, 0, JPEG).status_code == 204
    assert len(photos(session, entry)) == 1


def test_parts_that_a_disk_has_lost_are_asked_for_again(client: Client, runtime: Runtime) -> None:
    url, key = client.begin(), str(uuid4())
    client.part(url, 0, JPEG[:HALF])
    runtime.storage.parts.remove(UUID(url.rsplit("/", 1)[1]))
    assert client.part(url, HALF, JPEG[HALF:]).status_code == 410
    assert client.send("HEAD", url).status_code == 404
    assert client.announce(key=key).status_code == 201


def test_what_the_browser_said_of_the_photo_is_kept(client: Client, session: Session, entry: PracticeEntry) -> None:
    plain = encoded(cornered(), "JPEG")
    url = client.begin(len(plain), taken="2026:11:20 09:30:00", zone="+01:00", width="4032", height="3024")
    client.part(url, 0, plain)
    (photo,) = photos(session, entry)
    assert photo.capture == {"taken": "2026:11:20 09:30:00", "zone": "+01:00", "width": 4032, "height": 3024}
    assert photo.taken_at is not None
    assert photo.taken_at.isoformat() == "2026-11-20T08:30:00+00:00"


def test_a_photo_takes_the_place_of_another(client: Client, session: Session, entry: PracticeEntry) -> None:
    client.part(client.begin(), 0, JPEG)
    (old,) = photos(session, entry)
    other = encoded(cornered(), "PNG")
    client.part(client.begin(len(other), replaces=str(old.id)), 0, other)
    (new,) = photos(session, entry)
    assert new.id != old.id
    assert client.announce(replaces="everything").status_code == 400


def test_a_piece_that_was_sent_takes_no_photo(
    client: Client, session: Session, entry: PracticeEntry, student: Actor
) -> None:
    url = client.begin()
    entry.state = "submitted"
    session.commit()
    assert client.part(url, 0, JPEG).status_code == 409
    assert client.announce(slot="f2").status_code == 409
    assert client.send("HEAD", url).status_code == 410


# ---------------------------------------------------------------- whose


def test_another_persons_upload_is_not_there(client: Client, browse: Browse, make_user: MakeUser) -> None:
    url = client.begin()
    for roles in ((Role.STUDENT,), (Role.INSTRUCTOR,), (Role.ADMIN,)):
        browser = browse(make_user(*roles))
        browser.get("/account/")
        client.browser, owner = browser, client.browser
        for method in ("HEAD", "PATCH", "DELETE", "POST", "OPTIONS"):
            answer = client.send(method, url, Content_Type=BODY, Upload_Offset=0)
            assert answer.status_code == 404, (roles, method)
        assert client.announce().status_code == 404
        client.browser = owner
    assert client.offset(url) == 0


def test_signed_out_is_said_as_such_and_nothing_is_lost(client: Client, browse: Browse) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    owner, client.browser = client.browser, browse()
    client.browser.get("/sign-in")
    for answer in (client.send("HEAD", url), client.part(url, 100, JPEG[100:]), client.announce()):
        assert answer.status_code == 401
    client.browser = owner
    assert client.part(url, 100, JPEG[100:]).status_code == 204


def test_without_the_token_of_the_session_nothing_is_taken(client: Client) -> None:
    url = client.begin()
    for answer in (
        client.part(url, 0, JPEG, X_CSRFToken="none"),
        client.send("DELETE", url, X_CSRFToken="none"),
        client.send("POST", client.url, Upload_Length=9, X_CSRFToken="none"),
    ):
        assert (answer.status_code, answer.json["code"]) == (400, "csrf")


# ---------------------------------------------------------------- disks


@pytest.mark.parametrize(("fault", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503)])
def test_a_full_disk_is_said_and_the_next_try_goes_on(
    client: Client, session: Session, entry: PracticeEntry, monkeypatch: Any, fault: int, status: int
) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    with monkeypatch.context() as patched:
        patched.setattr("app.infra.storage.parts.os.fsync", _broken(fault))
        answer = client.part(url, 100, JPEG[100:])
        assert answer.status_code == status
        assert "still on your device" in answer.json["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    assert client.offset(url) == 100
    with monkeypatch.context() as patched:
        patched.setattr("app.infra.storage.local.os.fsync", _broken(fault, after=2))
        assert client.part(url, 100, JPEG[100:]).status_code == status
    assert client.offset(url) == len(JPEG), "every byte is there, only the photo is not"
    assert client.part(url, len(JPEG), b"").status_code == 204
    assert len(photos(session, entry)) == 1


def _broken(fault: int, *, after: int = 0) -> Callable[[int], None]:
    left = after

    def fsync(_descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(fault, "broken")

    return fsync


def test_what_is_over_is_forgotten_and_loose_parts_are_swept(
    client: Client, session: Session, runtime: Runtime, clock: Clock
) -> None:
    url = client.begin()
    client.part(url, 0, JPEG[:100])
    loose = uuid4()
    runtime.storage.parts.write(loose, [b"from a crash"])
    later = runtime.storage.parts.uploads()
    newest = max(moment for _upload, moment in later)
    with runtime.db.reading() as reading:
        assert services.sweep_parts(reading, runtime.storage.parts, now=newest + timedelta(hours=23)) == 0
        assert services.sweep_parts(reading, runtime.storage.parts, now=newest + timedelta(hours=25)) == 1
    assert [upload for upload, _moment in runtime.storage.parts.uploads()] == [UUID(url.rsplit("/", 1)[1])]
    with runtime.transaction() as writing:
        assert services.forget_uploads(writing, now=clock() + timedelta(days=6)) == 0
        assert services.forget_uploads(writing, now=clock() + timedelta(days=8)) == 1
    assert uploads(session) == 0


def test_the_student_is_told_when_nobody_waited_for_the_refusal(
    client: Client, session: Session, runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = b"<html>no photo</html>"
    url = client.begin(len(words))
    with monkeypatch.context() as patched:
        patched.setattr(services, "finish_upload", _killed)
        with pytest.raises(KeyboardInterrupt):
            client.part(url, 0, words)
    tasks.finish_uploads(JobContext(runtime, clock.tick(minutes=1)), {})
    assert client.part(url, len(words), b"").status_code == 422
    notice = session.scalars(select(Notice).where(Notice.kind == "photo_rejected")).one()
    assert "IMG_1.jpg is not taken" in notice.facts["reason"]
