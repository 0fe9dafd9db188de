"""Files arrive under a limit, are known by their content, and a refusal costs nothing but the file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from flask_babel import Babel
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.errors import Invalid, TooLarge
from app.infra.images import ACCEPTED
from app.web import uploads
from app.web.uploads import MEGABYTE, IncomingFile, UploadRequest, clean_name, photo_in, photos_in, takes_files
from tests.infra.photo_corpus import cornered, encoded, heic
from tests.support import multipart

LIMIT_MB = 1
JPEG = encoded(cornered(), "JPEG")


@takes_files(1)
def receive_one() -> Any:
    try:
        photo = photo_in("photo")
    except Invalid as refusal:
        status = 413 if isinstance(refusal, TooLarge) else 422
        return jsonify(refused=refusal.message, code=refusal.code, text=request.form.get("text")), status
    found = photo and [photo.name, photo.kind, photo.extension, photo.size, photo.path.read_bytes() == JPEG]
    return jsonify(found=found, text=request.form.get("text"))


def receive_text() -> Any:
    return jsonify(text=request.form.get("text"))


@takes_files(3)
def receive_many() -> Any:
    rows = [[field, getattr(found, "code", None) or found.name] for field, found in photos_in("photo.")]
    return jsonify(rows=rows, text=request.form.get("text"))


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    app = Flask("uploads")
    app.request_class = UploadRequest
    app.testing = True
    app.config["MAX_CONTENT_LENGTH"] = 2 * MEGABYTE
    settings = SimpleNamespace(max_photo_mb=LIMIT_MB, max_video_mb=2 * LIMIT_MB)
    app.extensions["vermilion"] = SimpleNamespace(settings=settings)
    Babel(app)
    app.add_url_rule("/one", view_func=receive_one, methods=["POST"])
    app.add_url_rule("/many", view_func=receive_many, methods=["POST"])
    app.add_url_rule("/plain", view_func=receive_text, methods=["POST"])
    yield app.test_client()


TEXT = multipart.part('name="text"', b"kept")


def send(client: FlaskClient, data: bytes, name: str = "IMG_1.jpg", path: str = "/one") -> Any:
    return client.post(path, **multipart.form({"text": "kept"}, {"photo": (name, data)}))


def raw_part(disposition: str, body: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    """A file part written by hand, with a text field behind it."""
    return multipart.body(multipart.part(disposition, body, kind), TEXT)


# ---------------------------------------------------------------- one photo


def test_a_photo_arrives_whole(client: FlaskClient) -> None:
    answer = send(client, JPEG, "IMG 2034.JPG")
    assert answer.get_json() == {"found": ["IMG 2034.JPG", "jpeg", "jpg", len(JPEG), True], "text": "kept"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [(encoded(cornered(), "PNG"), "png"), (encoded(cornered(), "WEBP"), "webp"), (heic(cornered()), "heic")],
    ids=["png", "webp", "heic"],
)
def test_the_content_decides_and_not_the_name(client: FlaskClient, data: bytes, kind: str) -> None:
    assert send(client, data, "photo.txt").get_json()["found"][1:3] == [kind, kind]


def test_the_temporary_file_is_gone_with_the_request(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    receive = uploads._receive

    def spy(field: str, part: Any) -> Any:
        photo = receive(field, part)
        seen.append(photo.path)
        assert photo.path.exists()
        return photo

    monkeypatch.setattr(uploads, "_receive", spy)
    send(client, JPEG)
    assert len(seen) == 1
    assert not seen[0].exists()


def test_a_file_over_the_limit_is_named_and_the_text_behind_it_arrives(client: FlaskClient) -> None:
    answer = client.post("/one", **raw_part('name="photo"; filename="big.jpg"', JPEG + b"\0" * MEGABYTE))
    assert answer.status_code == 413
    said = answer.get_json()
    assert said["text"] == "kept"
    assert said["code"] == "too_large"
    assert "big.jpg has 1.1 MB" in said["refused"]
    assert "at most 1 MB" in said["refused"]


def test_a_file_just_over_the_limit_is_not_told_that_it_has_the_limit(client: FlaskClient) -> None:
    answer = send(client, JPEG.ljust(MEGABYTE + 1, b"\0"))
    assert "has 1.1 MB" in answer.get_json()["refused"]
    assert send(client, JPEG.ljust(MEGABYTE, b"\0")).status_code == 200


def test_nothing_beyond_the_limit_is_kept_on_the_disk() -> None:
    incoming = IncomingFile(10)
    for _ in range(5):
        assert incoming.write(b"123456") == 6
    assert (incoming.size, incoming.too_large) == (30, True)
    assert os.fstat(incoming._file.fileno()).st_size == 0
    incoming.seek(0)
    with pytest.raises(RequestEntityTooLarge):
        incoming.read()
    with pytest.raises(RequestEntityTooLarge):
        _ = incoming.path
    incoming.close()


def test_a_disk_that_fills_up_is_an_error_of_the_file_and_not_of_the_form() -> None:
    incoming = IncomingFile(100)

    class Full:
        name = "nowhere"

        def write(self, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def seek(self, _offset: int, _whence: int) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    incoming.close()
    incoming._file = Full()  # type: ignore[assignment]
    assert incoming.write(b"12") == 2
    assert incoming.write(b"34") == 2
    assert incoming.seek(0) == 0
    with pytest.raises(OSError, match="No space"):
        incoming.read()
    incoming.close()


def test_reading_goes_on_where_it_was() -> None:
    incoming = IncomingFile(100)
    incoming.write(b"0123456789")
    assert incoming.seek(4) == 4
    assert (incoming.read(2), incoming.tell(), incoming.read()) == (b"45", 6, b"6789")
    incoming.close()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "a web page"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"GIF89a" + b"\0" * 40, "a GIF picture"),
        (JPEG + b"PK\x05\x06" + b"\0" * 18, "a photo with an archive hidden in it"),
        (b"\xff\xd8\xff\xe0<script>", "not a photo that we can read"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(client: FlaskClient, data: bytes, words: str) -> None:
    answer = send(client, data, "photo.jpg")
    said = answer.get_json()
    assert (answer.status_code, said["code"], said["text"]) == (422, "not_a_photo", "kept")
    assert said["refused"].startswith(f"photo.jpg is not taken: this is {words}.")
    assert ACCEPTED in said["refused"]


def test_an_empty_file_is_told_apart_from_no_file(client: FlaskClient) -> None:
    said = send(client, b"", "IMG_9.HEIC").get_json()
    assert (said["code"], said["text"]) == ("empty", "kept")
    assert "IMG_9.HEIC arrived empty" in said["refused"]
    nothing = client.post("/one", **raw_part('name="photo"; filename=""', b"", "application/octet-stream"))
    assert nothing.get_json() == {"found": None, "text": "kept"}
    assert client.post("/one", data={"text": "kept"}).get_json() == {"found": None, "text": "kept"}


@pytest.mark.parametrize(
    "disposition",
    [
        'name="photo"; filename=""',
        'name="photo"; filename="   "',
        'name="photo"; filename="///"',
        'name="photo"; filename=".."',
        'name="photo"; filename="\u202e\u200b"',
        'name="photo"',
    ],
)
def test_a_photo_without_a_usable_name_is_an_error_and_not_nothing(client: FlaskClient, disposition: str) -> None:
    answer = client.post("/one", **raw_part(disposition, JPEG))
    said = answer.get_json()
    assert (answer.status_code, said["code"], said["text"]) == (422, "no_name", "kept")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        (r"C:\Users\Amara\lips.png", "lips.png"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nc.jpg", "a b c.jpg"),
        ("photo\u202egpj.exe", "photo gpj.exe"),
        ("Lippen u\u0308.heic", "Lippen \u00fc.heic"),
        ("\ud800bad.jpg", "bad.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("", ""),
        (None, ""),
        ("\u0007", ""),
    ],
)
def test_names_are_cleaned(sent: str | None, name: str) -> None:
    assert clean_name(sent) == name


def test_long_names_keep_their_ends() -> None:
    long = clean_name("x" * 300 + ".jpeg")
    assert len(long) <= 120
    assert long.endswith("x.jpeg")
    assert len(clean_name("y" * 300)) == 120
    assert clean_name("z." + "e" * 300) == "z." + "e" * 10


# ---------------------------------------------------------------- many photos in one form


def test_each_file_is_taken_or_refused_by_itself(client: FlaskClient) -> None:
    files = {
        "photo.f1": ("one.jpg", JPEG),
        "photo.f2": ("two.jpg", b"<svg/>"),
        "photo.f8": ("three.jpg", JPEG.ljust(MEGABYTE + 1)),
        "other": ("x", b"not mine"),
    }
    fields = {"photo.f9": "a text where a file should be", "text": "kept"}
    answer = client.post("/many", **multipart.form(fields, files))
    assert answer.get_json()["text"] == "kept"
    assert sorted(answer.get_json()["rows"]) == [
        ["photo.f1", "one.jpg"],
        ["photo.f2", "not_a_photo"],
        ["photo.f8", "too_large"],
        ["photo.f9", "no_name"],
    ]


def test_the_whole_form_may_be_as_large_as_its_files(client: FlaskClient) -> None:
    full = JPEG.ljust(MEGABYTE, b"\0")
    three = multipart.form(files={f"photo.f{n}": (f"{n}.jpg", full) for n in range(3)})
    assert len(client.post("/many", **three).get_json()["rows"]) == 3
    ten = multipart.form(files={f"photo.f{n}": (f"{n}.jpg", full) for n in range(10)})
    assert client.post("/many", **ten).status_code == 413


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"


def test_a_video_may_be_larger_than_a_photo(client: FlaskClient) -> None:
    answer = send(client, MP4.ljust(LIMIT_MB * MEGABYTE + 5, b"\0"), "named as a photo.jpg").get_json()
    assert answer["found"][1:4] == ["mp4", "mp4", LIMIT_MB * MEGABYTE + 5]


def test_a_video_over_its_limit_is_told_the_limit_of_videos(client: FlaskClient) -> None:
    answer = send(client, MP4.ljust(2 * LIMIT_MB * MEGABYTE + 5, b"\0"), "setup.mp4").get_json()
    assert f"a video may have at most {2 * LIMIT_MB} MB" in str(answer)


def test_views_that_take_no_files_keep_the_small_limit(client: FlaskClient) -> None:
    assert send(client, JPEG.ljust(3 * MEGABYTE, b"\0"), path="/plain").status_code == 413
    assert client.post("/plain", data={"text": "t" * 200_000}).get_json()["text"] == "t" * 200_000


def test_text_beside_files_stays_small(client: FlaskClient) -> None:
    assert client.post("/many", **raw_part('name="long"', b"t" * 200_000)).status_code == 413
    many = {f"field{n}": "x" for n in range(300)}
    assert client.post("/many", **multipart.form(many, {"photo.f1": ("1.jpg", JPEG)})).status_code == 413


@pytest.mark.parametrize("size", [60_000, 65_536, 65_537, 131_072, 700_001])
def test_files_of_every_size_pass_the_limit_of_text(client: FlaskClient, size: int) -> None:
    """The parser counts what it has not handed on yet against the limit of text."""
    body = (JPEG[:400] + b"\r\n--x-" * size)[:size]
    assert client.post("/one", **raw_part('name="photo"; filename="a.jpg"', body)).status_code == 200


def test_the_server_takes_what_the_largest_form_may_have() -> None:
    settings: Any = SimpleNamespace(max_photo_mb=25, max_video_mb=100)
    assert uploads.request_limit(settings) == (12 * 25 + 2 * 100 + 2) * MEGABYTE
