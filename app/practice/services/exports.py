"""Copies of a log to take along: a portfolio to print, or a zip with all data and photos.

Photos come as the renditions that pages show, never as the originals: those carry what a camera wrote into them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import Invalid, NotFound, TooMany
from app.domain.practice.fields import SKIN_TONES, SKIN_TYPES
from app.domain.practice.healed import SLOT as HEALED
from app.domain.practice.record import readable_records
from app.infra.audit import AuditTag, record
from app.infra.documents import illustrated_pdf
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import CHUNK_BYTES, Storage
from app.practice import queries
from app.practice.models import LogExport
from app.practice.queries import FRONT, WholePiece

EXPORT_JOB = "practice.export"
EXPORT = "export"
"""Kind of stored file."""
KINDS: Mapping[str, str] = {"pdf": "application/pdf", "zip": "application/zip"}
MOST_A_DAY = 10
KEPT_FOR = timedelta(days=7)
MOST_PIECES = {"pdf": 200, "zip": 2000}
MOST_BYTES = 1024**3
"""Of photos in a zip; a longer log gets smaller renditions."""
SIZES = ("large", "medium", "small")
SUFFIXES = {"image/webp": "webp", "image/jpeg": "jpg", "image/png": "png"}
FIXED_DATE = (2020, 1, 1, 0, 0, 0)
SKINS, TONES = dict(SKIN_TYPES), dict(SKIN_TONES)

Tick = Callable[[int, int], None]


def ask_export(session: Session, actor: Actor, kind: str, *, now: datetime) -> LogExport:
    """Have a copy made in the background; asking while one is being made gives that one.

    Raises NotFound for an unknown kind, Invalid for an empty log, TooMany after ten in a day.
    """
    if kind not in KINDS:
        raise NotFound
    session.get_one(User, actor.user_id, with_for_update=True)
    waiting = queries.export_waiting(session, actor.user_id, kind)
    if waiting is not None:
        return waiting
    total = queries.piece_count(session, actor.user_id)
    if not total:
        raise Invalid("Your log is empty, so there is nothing to export yet.")
    if queries.exports_since(session, actor.user_id, now - timedelta(days=1)) >= MOST_A_DAY:
        raise TooMany(f"A log is exported at most {MOST_A_DAY} times a day. Try again tomorrow.", retry_after=86400)
    export = LogExport(user_id=actor.user_id, kind=kind, total=min(total, MOST_PIECES[kind]), asked_at=now)
    session.add(export)
    session.flush()  # the job names it
    enqueue(session, EXPORT_JOB, {"export_id": export.id.hex}, now=now)
    record(session, actor, AuditTag.LOG_EXPORTED, now=now, target_kind="log_export", target_id=export.id, kind=kind)
    return export


def export_done(session: Session, export_id: UUID, key: str, size: int, *, now: datetime) -> None:
    """Note where a finished copy lies; one that is noted already is left alone."""
    export = queries.export(session, export_id)
    if export is not None and export.state == "waiting":
        export.state, export.file_key, export.size, export.finished_at = "ready", key, size, now
        export.done = export.total


def export_failed(session: Session, export_id: UUID, reason: str, *, now: datetime) -> None:
    """Note why a copy could not be made."""
    export = queries.export(session, export_id)
    if export is not None and export.state == "waiting":
        export.state, export.reason, export.finished_at = "failed", reason[:300], now


def export_progress(session: Session, export_id: UUID, done: int, total: int) -> None:
    """Note how far a copy is; the page shows it."""
    export = queries.export(session, export_id)
    if export is not None and export.state == "waiting":
        export.done, export.total = done, total


def clear_exports(session: Session, storage: Storage, *, now: datetime) -> int:
    """Remove copies that are older than a week, with their files; returns how many."""
    old = queries.exports_before(session, now - KEPT_FOR)
    for export in old:
        session.delete(export)
    session.flush()
    kept = {key for _export, key in queries.kept_exports(session)}
    for export in old:
        if export.file_key is not None and export.file_key not in kept:
            storage.delete(export.file_key)
    return len(old)


def write_export(
    session: Session, storage: Storage, user_id: UUID, kind: str, folder: Path, *, now: datetime, tick: Tick
) -> Path:
    """Write a copy of a person's log into `folder` and return its path; `tick` is told (done, total) pieces."""
    name = session.get_one(User, user_id).name
    write = _write_zip if kind == "zip" else _write_pdf
    return write(session, storage, user_id, name, folder, now, tick)


# ---------------------------------------------------------------- everything, for programs


def _write_zip(
    session: Session, storage: Storage, user_id: UUID, name: str, folder: Path, now: datetime, tick: Tick
) -> Path:
    path, most = folder / "practice-log.zip", MOST_PIECES["zip"]
    sums = queries.photo_bytes(session, user_id, SIZES)
    size = next((each for each in SIZES if sums[each] <= MOST_BYTES), SIZES[-1])
    total, pieces = min(queries.piece_count(session, user_id), most), []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for done, piece in enumerate(queries.whole_pieces(session, user_id, most=most), start=1):
            files = _add_photos(archive, storage, piece, size)
            pieces.append(_as_json(piece, files))
            tick(done, total)
        found = {
            "format": "vermilion-practice-log-1",
            "student": name,
            "exported_at": now.isoformat(),
            "photo_size": size,
            "pieces": pieces,
            "hours": _hours_json(session, user_id),
        }
        text = json.dumps(found, ensure_ascii=False, indent=1)
        archive.writestr(zipfile.ZipInfo("log.json", FIXED_DATE), text, zipfile.ZIP_DEFLATED)
    return path


def _add_photos(archive: zipfile.ZipFile, storage: Storage, piece: WholePiece, size: str) -> dict[UUID, str]:
    """Copy the photos of a piece in portions, so that memory does not grow with them; returns names by photo."""
    names = {}
    for place, photo in enumerate(piece.photos, start=1):
        found = queries.rendition(photo.renditions, size, SIZES)
        suffix = SUFFIXES.get(str(found.get("mime", "")))
        if suffix is None:
            continue
        name = f"photos/piece-{piece.entry.number:03d}/{place:02d}-{photo.slot}.{suffix}"
        try:
            source = storage.open(found["key"])
        except FileNotFoundError:
            continue  # the verifier of the store tells of it; a copy without one photo is better than none
        with source, archive.open(zipfile.ZipInfo(name, FIXED_DATE), "w") as target:
            while chunk := source.read(CHUNK_BYTES):
                target.write(chunk)
        names[photo.id] = name
    return names


def _as_json(piece: WholePiece, files: Mapping[UUID, str]) -> dict[str, Any]:
    entry = piece.entry
    return {
        "number": entry.number,
        "piece_code": entry.piece_code,
        "exercise": {"id": piece.exercise.id, "code": piece.exercise.code, "title": piece.exercise.title},
        "state": entry.state,
        "minutes": entry.minutes,
        "copied_from": entry.copied_from,
        "created_at": entry.created_at.isoformat(),
        "records": entry.records,
        "self_scores": entry.self_scores,
        "photos": [
            {"slot": photo.slot, "file": files[photo.id], "uploaded_at": photo.uploaded_at.isoformat()}
            for photo in piece.photos
            if photo.id in files
        ],
        "submissions": [
            {
                "number": sent.number,
                "state": sent.state,
                "sent_at": sent.sent_at.isoformat(),
                "decided_at": sent.decided_at.isoformat() if sent.decided_at else None,
                "records": sent.frozen.get("records", {}),
            }
            for sent in piece.submissions
        ],
    }


def _hours_json(session: Session, user_id: UUID) -> dict[str, Any]:
    ledger = queries.ledger(session, user_id)
    lines = [{**asdict(line), "day": line.day.isoformat()} for line in ledger.lines]
    return {
        "lines": lines,
        "minutes": {source.value: minutes for source, minutes in ledger.totals.by_source.items()},
    }


# ---------------------------------------------------------------- the portfolio, for people


def _write_pdf(
    session: Session, storage: Storage, user_id: UUID, name: str, folder: Path, now: datetime, tick: Tick
) -> Path:
    most, pieces = MOST_PIECES["pdf"], []
    total = min(queries.piece_count(session, user_id), most)
    pictures: dict[str, Path] = {}
    for done, piece in enumerate(queries.whole_pieces(session, user_id, most=most), start=1):
        pieces.append(_printed(piece, storage, folder, pictures))
        tick(done, total + 1)  # drawing the pages is the last of it
    hours = queries.ledger(session, user_id).totals
    facts = {
        "student": name,
        "date": now.date().isoformat(),
        "pieces": pieces,
        "approved": sum(piece["state"] == "Approved" for piece in pieces),
        "hours": [[source.value.title(), _hours(minutes)] for source, minutes in hours.by_source.items()],
        "total": _hours(hours.minutes),
    }
    path = folder / "portfolio.pdf"
    path.write_bytes(illustrated_pdf("portfolio.typ", facts, now.date(), pictures))
    tick(total + 1, total + 1)
    return path


STATES = {
    "draft": "Draft",
    "submitted": "In review",
    "returned": "To be tried again",
    "approved": "Approved",
    "failed": "Not passed",
}


def _printed(piece: WholePiece, storage: Storage, folder: Path, pictures: dict[str, Path]) -> dict[str, Any]:
    entry = piece.entry
    facts = [
        ["Practice skin", ", ".join(filter(None, (SKINS.get(entry.skin, entry.skin), TONES.get(entry.tone, ""))))],
        ["Time", _hours(entry.minutes) if entry.minutes else ""],
        *readable_records(entry.records, PRINTED),
    ]
    shots = {photo.slot: photo for photo in piece.photos}
    front = shots.get(FRONT) or next(reversed(piece.photos), None)
    found = {"fresh": front, "healed": shots.get(HEALED)}
    return {
        "number": entry.number,
        "code": piece.exercise.code,
        "title": piece.exercise.title,
        "state": STATES[entry.state],
        "date": entry.created_at.date().isoformat(),
        "facts": [pair for pair in facts if pair[1]],
        "reflection": entry.reflection,
        "pictures": [
            [_picture(photo.renditions, storage, folder, pictures), kind]
            for kind, photo in found.items()
            if photo is not None and queries.rendition(photo.renditions, "medium", SIZES).get("mime") in SUFFIXES
        ],
    }


PRINTED = (
    "color-selection.target",
    "color-selection.formula",
    "pigment-application.pigments",
    "pigment-application.pigment",
    "pigment-application.needle",
    "pigment-application.machine",
    "building-layers.passes",
    "lip-mapping.symmetry_mm",
)


def _picture(renditions: Mapping[str, Any], storage: Storage, folder: Path, pictures: dict[str, Path]) -> str:
    """Put a picture where the pages can be drawn from; its name is of our making, or empty when it is lost."""
    found = queries.rendition(renditions, "medium", SIZES)
    name = f"photo-{len(pictures)}.{SUFFIXES[found['mime']]}"
    try:
        with storage.open(found["key"]) as source:
            (folder / name).write_bytes(source.read())
    except FileNotFoundError:
        return ""
    pictures[name] = folder / name
    return name


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
