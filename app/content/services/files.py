"""The content files on this server: read, fingerprinted, published when they changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.content import queries
from app.content.services.plan import Drifted
from app.content.services.sync import sync_content
from app.domain.access.actor import SYSTEM, Actor
from app.domain.content import schema
from app.domain.content.content_set import ContentSet
from app.domain.content.loader import load
from app.domain.errors import FieldProblem, Invalid
from app.infra.runtime import Runtime


def fingerprint(*folders: Path) -> str:
    """Return a hash over the names and the bytes of all files in the folders and of the code that reads them."""
    digest = hashlib.sha256()
    reader = Path(schema.__file__).parent
    for number, folder in enumerate((*folders, reader)):
        for file in sorted(f for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc"):
            digest.update(f"{number}/{file.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def read_files(courses: Path, quizzes: Path) -> ContentSet:
    """Load the content of two folders; raises Invalid listing every error. Coverage is not asked for here."""
    loaded = load(courses, quizzes, complete=False)
    if not loaded.ok:
        problems = [FieldProblem(f"{p.file}:{p.line}", p.code, p.sentence) for p in loaded.errors]
        raise Invalid(f"The content files have {len(problems)} errors.", problems, code="content")
    return loaded.content


def sync_if_changed(runtime: Runtime, *, actor: Actor = SYSTEM, note: str = "at start") -> str:
    """Publish the files of the settings if they differ from what was released last; return a line about it.

    Empty when there was nothing to do. Broken files, and files that changed what was edited on the web, never
    replace live content: the line then says so; on an instance without any content broken files raise Invalid.
    """
    settings = runtime.settings
    files = fingerprint(settings.courses, settings.quizzes)
    with runtime.db.reading() as session:
        live = queries.live_release(session)
    if live is not None and live.counts.get("files") == files:
        return ""
    try:
        content = read_files(settings.courses, settings.quizzes)
    except Invalid as error:
        if live is None:
            raise
        return f"{error.message} Release {live.number} stays live; see `flask content check`."
    try:
        with runtime.transaction() as session:
            report = sync_content(session, content, actor=actor, now=runtime.now(), note=note, fingerprint=files)
    except Drifted as drifted:
        number = live.number if live is not None else 0
        return f"{drifted.message} Release {number} stays live; flask content sync lists them."
    return "" if report.is_empty else report.sentence
