"""Renditions as answers: the best type, ranges as RFC 9110 says, private, never a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import NotFound as Http404
from werkzeug.test import TestResponse

from app.domain.errors import NotFound
from app.infra.storage.local import LocalStorage
from app.web.files import asked_range, rendition_response

JPEG, WEBP, AVIF = (bytes([n]) * 1000 + bytes(range(256)) * 2000 for n in (1, 2, 3))
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
Get = Callable[..., TestResponse]


def file_of(storage: LocalStorage, data: bytes, mime: str) -> dict[str, Any]:
    return {"key": storage.put_bytes("rendition", data, mime[-3:]).key, "mime": mime, "size": len(data)}


@pytest.fixture
def get(tmp_path: Path) -> Get:
    """`get(name, **headers)` -> the answer with a rendition."""
    storage = LocalStorage(tmp_path)
    also = [file_of(storage, WEBP, "image/webp"), file_of(storage, AVIF, "image/avif")]
    renditions = {
        "medium": {**file_of(storage, JPEG, "image/jpeg"), "width": 4, "height": 3, "also": also},
        "large": {**file_of(storage, JPEG, "image/jpeg"), "width": 8, "height": 6, "also": []},
        "old": {**file_of(storage, WEBP, "image/webp"), "width": 4, "height": 3},  # as rows before 0002 have it
        "lost": {"key": f"rendition/aa/aa{'0' * 62}.jpg", "mime": "image/jpeg", "size": 9},
    }
    app = Flask("files")
    app.add_url_rule("/<name>", view_func=lambda name: rendition_response(storage, renditions, name), endpoint="file")
    app.register_error_handler(NotFound, lambda _error: Http404().get_response())

    def ask(name: str, method: str = "GET", **headers: str) -> TestResponse:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return app.test_client().open(f"/{name}", method=method, headers=sent)

    return ask


@pytest.mark.parametrize(
    ("accept", "mime", "data"),
    [
        (CHROME, "image/avif", AVIF),
        ("image/webp,*/*", "image/webp", WEBP),
        ("image/avif;q=0, image/webp", "image/webp", WEBP),
        ("*/*", "image/jpeg", JPEG),
        ("image/*", "image/jpeg", JPEG),
        ("", "image/jpeg", JPEG),
    ],
)
def test_the_browser_gets_the_smallest_type_that_it_names(get: Get, accept: str, mime: str, data: bytes) -> None:
    answer = get("medium", Accept=accept)
    assert (answer.mimetype, answer.data, answer.content_length) == (mime, data, len(data))
    assert answer.headers["Vary"] == "Accept"


def test_a_rendition_of_one_type_does_not_vary(get: Get) -> None:
    assert get("old", Accept=CHROME).data == WEBP
    assert "Vary" not in get("old").headers


def test_an_answer_is_private_and_never_a_page(get: Get) -> None:
    headers = get("medium").headers
    assert headers["Cache-Control"] == "private, max-age=3600"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Accept-Ranges"] == "bytes"


def test_all_pixels_are_asked_for_again_as_long_as_the_large_one_stands_in(get: Get) -> None:
    answer = get("full")
    assert answer.data == JPEG
    assert answer.headers["Cache-Control"] == "private, max-age=0"


@pytest.mark.parametrize("name", ["tiny", "lost"])
def test_what_is_not_there_is_404(get: Get, name: str) -> None:
    assert get(name).status_code == 404


def test_what_the_browser_has_is_304(get: Get) -> None:
    etag = get("medium", Accept=CHROME).headers["ETag"]
    again = get("medium", Accept=CHROME, If_None_Match=etag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert get("medium", If_None_Match=etag).status_code == 200  # the JPEG is another file


SIZE = len(JPEG)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-999", (0, 1000)),
        ("bytes=500-", (500, SIZE)),
        ("bytes=-10", (SIZE - 10, SIZE)),
        (f"bytes=-{SIZE + 50}", (0, SIZE)),
        (f"bytes=100-{SIZE + 50}", (100, SIZE)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE)),
    ],
)
def test_a_range(get: Get, asked: str, expected: tuple[int, int]) -> None:
    answer, (start, end) = get("medium", Range=asked), expected
    assert (answer.status_code, answer.data) == (206, JPEG[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.content_length == end - start
    assert answer.mimetype == "image/jpeg"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 9}-{SIZE + 10}", "bytes=-0"])
def test_a_range_behind_the_end_is_416(get: Get, asked: str) -> None:
    answer = get("medium", Range=asked)
    assert (answer.status_code, answer.headers["Content-Range"], answer.data) == (416, f"bytes */{SIZE}", b"")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "items=0-5", "bytes=0-1,5-6", "bytes=", "0-5", "bytes=-"])
def test_other_ranges_are_ignored(get: Get, asked: str) -> None:
    answer = get("medium", Range=asked)
    assert (answer.status_code, len(answer.data)) == (200, SIZE)


def test_if_range(get: Get) -> None:
    etag = get("medium").headers["ETag"]
    assert get("medium", Range="bytes=0-9", If_Range=etag).status_code == 206
    assert get("medium", Range="bytes=0-9", If_Range='"another"').status_code == 200
    assert get("medium", Range="bytes=0-9", If_Range=f"W/{etag}").status_code == 200
    assert get("medium", Range="bytes=0-9", If_Range="Sun, 22 Nov 2026 10:00:00 GMT").status_code == 200


def test_head_tells_the_size_and_ignores_a_range(get: Get) -> None:
    answer = get("medium", method="HEAD", Range="bytes=0-9")
    assert (answer.status_code, answer.content_length, answer.data) == (200, SIZE, b"")


@given(size=st.integers(1, 50), first=st.integers(0, 60), last=st.one_of(st.none(), st.integers(0, 60)))
def test_a_range_is_a_slice(size: int, first: int, last: int | None) -> None:
    header = f"bytes={first}-{'' if last is None else last}"
    with Flask("x").test_request_context(headers={"Range": header}):
        found = asked_range(size, "e")
    data = bytes(range(size))
    if last is not None and last < first:
        assert found is None
    elif first >= size:
        assert found is not None
        assert found[0] >= size
    else:
        assert found is not None
        assert data[found[0] : found[1]] == data[first : None if last is None else last + 1]
