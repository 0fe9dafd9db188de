"""Hostile files over HTTP: each ends in a sentence that names it, or in bytes without a trace of what was hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries, tasks
from tests.conftest import NOW, Browser
from tests.factories.practice import draft_piece
from tests.infra.hostile_corpus import HOSTILE, SECRET
from tests.infra.video_corpus import SECRETS, video
from tests.support import multipart

Browse = Callable[..., Browser]
JSON = {"Accept": "application/json"}
TYPES = ("*/*", "image/webp,*/*", "image/avif,image/webp,*/*")
TRACES = (SECRET, *SECRETS, b"Exif", b"Phone 17", b"secret lens", b"xpacket", b"ICC_PROFILE")


@pytest.fixture
def piece(session: Session, learner: Actor) -> str:
    """The address of a draft."""
    entry = draft_piece(session, learner, now=NOW)
    session.commit()
    return f"/learn/practice/{entry.id}"


@pytest.fixture
def browser(piece: str, learner: Actor, browse: Browse) -> Browser:
    browser = browse(learner)
    browser.get("/account/")
    return browser


def send(browser: Browser, piece: str, name: str, data: bytes, slot: str = "f1") -> Any:
    return browser.post(f"{piece}/photos", headers=JSON, **multipart.form({"slot": slot}, {"photo": (name, data)}))


def newest(browser: Browser, piece: str) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(f"{piece}/status").get_json()["photos"][-1]
    return found


def deepen(runtime: Runtime, photo_id: str) -> None:
    """Have made what only reviewers see."""
    with runtime.transaction() as session:
        enqueue(session, tasks.DEEPEN_PHOTO, {"photo_id": photo_id}, now=runtime.now())
    work_off(runtime)


def served(browser: Browser, session: Session, photo_id: str) -> dict[tuple[str, str], bytes]:
    """Every file that is made of a photo, as its owner's browser gets it."""
    session.expire_all()
    photo = queries.photo(session, UUID(photo_id))
    assert photo is not None
    names = list(photo.renditions)
    session.commit()
    found = {}
    for name in names:
        for accept in TYPES:
            answer = browser.get(f"/learn/photos/{photo_id}/{name}", headers={"Accept": accept})
            assert answer.status_code == 200
            found[name, answer.mimetype] = answer.get_data()
    return found


@pytest.mark.parametrize("name", ["JPEG of words", "HEIC of words", "JPEG with a page behind its end", "animated PNG"])
def test_no_byte_that_is_served_was_hidden(
    name: str, browser: Browser, piece: str, runtime: Runtime, session: Session
) -> None:
    answer = send(browser, piece, "IMG_1.jpg", HOSTILE[name].make())
    assert answer.status_code == 201
    work_off(runtime)
    photo = newest(browser, piece)
    assert photo["state"] == "ready"
    deepen(runtime, photo["id"])
    files = served(browser, session, photo["id"])
    assert {kind for _name, kind in files} == {"image/jpeg", "image/webp", "image/avif"}
    assert [(key, trace) for key, data in files.items() for trace in TRACES if trace in data] == []


def test_no_byte_of_a_video_or_its_poster_was_hidden(
    browser: Browser, piece: str, runtime: Runtime, session: Session
) -> None:
    assert send(browser, piece, "setup.mp4", video(), "f0").status_code == 201
    work_off(runtime)
    photo = newest(browser, piece)
    assert photo["state"] == "ready"
    files = served(browser, session, photo["id"])
    assert {("video", "video/mp4"), ("large", "image/jpeg")} <= set(files)
    assert [(key, trace) for key, data in files.items() for trace in TRACES if trace in data] == []


@pytest.mark.parametrize(
    "name",
    ["PNG of 400 megapixels", "PNG of text that swells to 100 MB", "PNG with an archive behind its end",
     "JPEG under the head of a GIF", "animated GIF", "zero bytes", "half a HEIC", "a million pixels wide"],
)  # fmt: skip
def test_a_refusal_names_the_file_and_leaves_the_piece_as_it_was(
    name: str, browser: Browser, piece: str, runtime: Runtime
) -> None:
    answer = send(browser, piece, "IMG_1.png", HOSTILE[name].make())
    if answer.status_code == 201:  # only the worker sees what is wrong
        work_off(runtime)
        photo = newest(browser, piece)
        assert photo["state"] == "rejected"
        said = photo["reason"]
    else:
        assert answer.status_code == 422
        said = answer.get_json()["detail"]
        assert browser.get(f"{piece}/status").get_json()["photos"] == []
    assert said.startswith("IMG_1.png")
    assert said.endswith(".")
    assert browser.get(f"{piece}/edit").status_code == 200
