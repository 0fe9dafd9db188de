"""Writes the copy itself: a zip with JSON for each kind of data, the person's files, and one page to read.

The parts are a registry: every table that the data map calls the person's, and what slices release by their own rules
(`register`), such as results of quizzes, which are nobody's to see before the quiz lets them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.privacy.data_map import PARTS
from app.infra.storage.base import CHUNK_BYTES, Storage
from app.privacy import queries
from app.privacy.services.page import Kind, reading_page
from app.quizzes import queries as quizzes

Tick = Callable[[int, int], None]
Reader = Callable[[Session, UUID, datetime], Iterator[dict[str, Any]]]

FORMAT: Final = "vermilion-person-1"
FIXED_DATE: Final = (2020, 1, 1, 0, 0, 0)
MOST_SHOWN: Final = 200
"""Rows of a kind on the page to read; the JSON has all."""

READERS: dict[str, tuple[str, str, Reader]] = {}
"""Further parts by file name: the part of the map they stand in, a sentence, and what reads them."""


def register(name: str, part: str, purpose: str) -> Callable[[Reader], Reader]:
    """Have a reader called for every copy; its rows go into `data/<name>.json`."""

    def keep(reader: Reader) -> Reader:
        READERS[name] = (part, purpose, reader)
        return reader

    return keep


@register("quiz_results", "Quizzes", "Your results, as far as the quiz shows them.")
def quiz_results(session: Session, user_id: UUID, now: datetime) -> Iterator[dict[str, Any]]:
    """What the pages of the quizzes show of the person's tries."""
    for line in quizzes.quiz_lines(session, user_id, now):
        for face in line.standing.attempts:
            yield {
                "quiz": line.spec.title,
                "started_at": face.started_at.isoformat(),
                "percent": None if face.percent is None else str(face.percent),
                "passed": face.passed,
            }


def write_copy(
    session: Session, storage: Storage, user_id: UUID, path: Path, *, academy: str, now: datetime, tick: Tick
) -> Path:
    """Write everything about a person into a zip at `path`; `tick` is told (done, total) parts and files.

    Raises NotFound for somebody there is not.
    """
    name = accounts.user(session, user_id).name
    parts, files = list(_parts(session, user_id, now)), list(queries.files_of(session, user_id))
    total, found = len(parts) + len(files), []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for done, (part, file, purpose, rows) in enumerate(parts, start=1):
            held = list(rows)
            if held:
                _write_json(archive, f"data/{file}.json", held)
                found.append(Kind(part, file, purpose, len(held), held[:MOST_SHOWN]))
            tick(done, total)
        kept = []
        for done, each in enumerate(files, start=len(parts) + 1):
            if _write_file(archive, storage, each.key, each.name):
                kept.append(each.name)
            tick(done, total)
        about = {
            "format": FORMAT,
            "academy": academy,
            "made_at": now.isoformat(),
            "person": str(user_id),
            "files": kept,
        }
        _write_json(archive, "about.json", about)
        page = reading_page(name, academy, now, found, kept)
        archive.writestr(zipfile.ZipInfo("index.html", FIXED_DATE), page, zipfile.ZIP_DEFLATED)
    return path


def _parts(session: Session, user_id: UUID, now: datetime) -> Iterator[tuple[str, str, str, Iterator[dict[str, Any]]]]:
    for part, tables in PARTS.items():
        for table in tables:
            if table.is_personal and table.export:
                yield part, table.name, table.purpose, queries.plain(table, session, user_id)
        for name, (its, purpose, reader) in READERS.items():
            if its == part:
                yield part, name, purpose, reader(session, user_id, now)


def _write_json(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    archive.writestr(zipfile.ZipInfo(name, FIXED_DATE), text, zipfile.ZIP_DEFLATED)


def _write_file(archive: zipfile.ZipFile, storage: Storage, key: str, name: str) -> bool:
    """Copy a file in portions, so that memory does not grow with it; False when it is lost."""
    try:
        source = storage.open(key)
    except FileNotFoundError:
        return False  # the verifier of the store tells of it; a copy without one photo is better than none
    with source, archive.open(zipfile.ZipInfo(name, FIXED_DATE), "w") as target:
        while chunk := source.read(CHUNK_BYTES):
            target.write(chunk)
    return True
