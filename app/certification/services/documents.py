"""Documents of proofs: looked into before they are kept, private, and without what a camera adds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.domain.credentials.screen import UnsafeDocument
from app.domain.errors import FieldProblem, Invalid
from app.infra.images import ImageRefused, hides_archive, process_in_worker, sniff
from app.infra.pdf_files import attachments
from app.infra.storage.base import Storage

MAX_DOCUMENT = 10 * 1024 * 1024
"""Bytes of one document."""
NEEDS_DOCUMENT = frozenset({"bbp", "first_aid", "ce"})
PHOTOS = frozenset({"jpeg", "png"})
_PDF = b"%PDF-"


def store_document(storage: Storage, data: bytes, name: str) -> tuple[str, str]:
    """Keep a document and return its key and type.

    A PDF is opened in a process of its own, which refuses one that is damaged, locked or costs too much. A photo is
    drawn anew in another one: what is kept is upright and says nothing of place, time and camera. Raises Invalid.
    """
    if len(data) <= MAX_DOCUMENT and data.startswith(_PDF):
        try:
            attachments(data)
        except UnsafeDocument as problem:
            raise _refused(problem.message) from problem
        return storage.put_bytes("proof", data, "pdf").key, "application/pdf"
    if len(data) > MAX_DOCUMENT or sniff(data[:4096]) not in PHOTOS or hides_archive(data):
        raise _refused(f"{name} is not a PDF, JPEG or PNG of at most 10 MB. Choose another file.")
    return _store_photo(storage, data)


def _store_photo(storage: Storage, data: bytes) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "sent", Path(folder) / "made"
        source.write_bytes(data)
        made.mkdir()
        try:
            drawn = process_in_worker(source, made)
        except ImageRefused as refusal:
            raise _refused(refusal.sentence) from refusal
        largest = max((r for r in drawn.renditions if r.mime == "image/jpeg"), key=lambda r: r.width, default=None)
        kept = largest or max(drawn.renditions, key=lambda r: r.width)
        ending = kept.mime.rpartition("/")[2].replace("jpeg", "jpg")
        return storage.put_file("proof", kept.path, ending).key, kept.mime


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem("document", "document", sentence)])
