"""Copies of a log: whole, without what cameras write, made once, cleared away with their files."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Invalid, NotFound, TooMany
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries, services
from tests.conftest import NOW
from tests.factories.practice import complete_piece, submitted_piece


def made(session: Session, runtime: Runtime, actor: Actor, kind: str) -> bytes:
    """Ask for a copy, let the job run and return its bytes."""
    export = services.ask_export(session, actor, kind, now=NOW)
    session.commit()
    work_off(runtime)
    session.refresh(export)
    assert (export.state, export.reason) == ("ready", "")
    assert export.done == export.total
    with runtime.storage.open(export.file_key or "") as stream:
        found = stream.read()
    assert len(found) == export.size
    return found


def test_the_zip_holds_every_piece_its_photos_and_the_hours(
    session: Session, runtime: Runtime, learner: Actor, stranger: Actor
) -> None:
    submitted_piece(session, learner, now=NOW, storage=runtime.storage)
    complete_piece(session, learner, now=NOW, storage=runtime.storage)
    complete_piece(session, stranger, now=NOW, storage=runtime.storage)
    with zipfile.ZipFile(io.BytesIO(made(session, runtime, learner, "zip"))) as archive:
        found = json.loads(archive.read("log.json"))
        names = set(archive.namelist())
        assert archive.testzip() is None
        photo = archive.read(next(name for name in names if name.endswith(".webp")))
    assert [piece["number"] for piece in found["pieces"]] == [2, 1]
    assert {shot["file"] for piece in found["pieces"] for shot in piece["photos"]} == names - {"log.json"}
    assert found["pieces"][1]["submissions"][0]["state"] == "waiting"
    assert found["pieces"][1]["records"]["numbing"]["planned_g"] == "1"
    assert found["hours"]["minutes"] == {"lesson": 0, "practice": 0, "supervised": 0}
    assert photo[:4] == b"RIFF"
    assert b"Exif" not in photo


def test_the_portfolio_shows_every_piece_in_words_and_pictures(
    session: Session, runtime: Runtime, learner: Actor
) -> None:
    first = submitted_piece(session, learner, now=NOW, storage=runtime.storage)
    assert first.number == 1
    complete_piece(
        session, learner, now=NOW, storage=runtime.storage
    ).reflection = "Less pressure \U0001f48b next time."
    pages = list(pypdfium2.PdfDocument(made(session, runtime, learner, "pdf")))
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    assert "Amara Osei" in text
    assert "Piece 1." in text
    assert "Piece 2." in text
    assert "Brick 07 3, warm modifier 1" in text
    assert "Less pressure" in text
    image = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    assert sum(len(list(page.get_objects(filter=[image]))) for page in pages) == 2


def test_asking_twice_is_asking_once_and_days_have_a_limit(session: Session, learner: Actor) -> None:
    with pytest.raises(Invalid, match="empty"):
        services.ask_export(session, learner, "pdf", now=NOW)
    complete_piece(session, learner, now=NOW)
    first = services.ask_export(session, learner, "zip", now=NOW)
    assert services.ask_export(session, learner, "zip", now=NOW).id == first.id
    with pytest.raises(NotFound):
        services.ask_export(session, learner, "exe", now=NOW)
    for _each in range(9):
        export = services.ask_export(session, learner, "pdf", now=NOW)
        services.export_failed(session, export.id, "tried", now=NOW)
    with pytest.raises(TooMany):
        services.ask_export(session, learner, "pdf", now=NOW)


def test_copies_of_a_week_ago_are_cleared_with_their_files(
    session: Session, runtime: Runtime, learner: Actor, stranger: Actor
) -> None:
    complete_piece(session, learner, now=NOW)
    export = services.ask_export(session, learner, "zip", now=NOW)
    stored = runtime.storage.put_bytes(services.EXPORT, b"PK", "zip")
    services.export_done(session, export.id, stored.key, stored.size, now=NOW)
    services.export_failed(session, export.id, "too late", now=NOW)
    assert (export.state, list(queries.kept_exports(session))) == ("ready", [(export.id, stored.key)])
    with pytest.raises(NotFound):
        queries.export_for(session, stranger.user_id, export.id)
    assert services.clear_exports(session, runtime.storage, now=NOW + timedelta(days=6)) == 0
    assert services.clear_exports(session, runtime.storage, now=NOW + timedelta(days=8)) == 1
    assert not runtime.storage.exists(stored.key)


def test_a_long_log_is_copied_with_smaller_photos(
    session: Session, runtime: Runtime, learner: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete_piece(session, learner, now=NOW, storage=runtime.storage)
    session.flush()
    sums = queries.photo_bytes(session, learner.user_id, ("large", "small"))
    monkeypatch.setattr("app.practice.services.exports.MOST_BYTES", sums["small"])
    path = services.write_export(
        session, runtime.storage, learner.user_id, "zip", tmp_path, now=NOW, tick=lambda done, total: None
    )
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("log.json"))["photo_size"] == "small"
