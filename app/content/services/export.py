"""Edits on the web written back into the files, so that git has them too (ADR 0009)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Definition, Kind
from app.content.services.plan import file_of
from app.domain.content.content_set import ContentSet
from app.domain.content.splice import replace_draws, replace_item
from app.domain.content.writing import draw_data, item_data


class Outcome(StrEnum):
    """What became of one edit."""

    WRITTEN = "written"
    THERE = "already there"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Exported:
    """One edit on the web: its file below quizzes/, what became of it, and for a conflict why."""

    file: str
    kind: str
    key: str
    version: int
    outcome: Outcome
    sentence: str = ""


def export_edits(session: Session, files: ContentSet, folder: Path, *, dry_run: bool = False) -> list[Exported]:
    """Write every live edit that the files do not contain into the YAML below `folder` (a quizzes/ folder).

    `files` is what that folder says now. An edit whose place in the files was changed since is a conflict and is not
    written; nor is one that the file's layout does not allow. The next sync of the files finds nothing to do.
    """
    rows = queries.edits_on_web(session)
    payloads = queries.pinned_many(session, [row.id for row in rows])
    texts: dict[Path, str] = {}
    done = [_export(row, payloads[row.id], files, folder, texts) for row in rows]
    for path, text in texts.items():
        if not dry_run:
            _write(path, text)
    return done


def _export(
    row: Definition, found: queries.Version, files: ContentSet, folder: Path, texts: dict[Path, str]
) -> Exported:
    file = file_of(row.kind, row.key, row.parent)
    there = files.items.get(row.key) if row.kind == Kind.ITEM else files.quizzes.get(row.key)

    def said(outcome: Outcome, sentence: str = "") -> Exported:
        return Exported(file, row.kind, row.key, row.version, outcome, sentence)

    if there is None:
        return said(Outcome.CONFLICT, f"{row.key} is not in the file any more.")
    if there.digest == row.digest:
        return said(Outcome.THERE)
    if there.digest != row.file_digest:
        return said(Outcome.CONFLICT, f"{row.key} was changed in the file since it was edited on the web.")
    path = folder / file
    try:
        text = texts.get(path) or path.read_text(encoding="utf-8").removeprefix("\ufeff")
        if row.kind == Kind.ITEM:
            texts[path] = replace_item(text, row.key, item_data(found.payload))
        else:
            texts[path] = replace_draws(text, [draw_data(draw) for draw in found.payload["draws"]])
    except (KeyError, ValueError) as error:
        return said(Outcome.CONFLICT, f"{row.key} could not be put into its file: {error}")
    return said(Outcome.WRITTEN)


def _write(path: Path, text: str) -> None:
    """Replace a file in one step: a crash leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
