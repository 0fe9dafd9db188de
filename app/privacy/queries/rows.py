"""The rows and files of one person, found as the data map says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.domain.privacy import kinds
from app.domain.privacy.data_map import TABLES
from app.infra.db import Base
from app.practice.models import Photo, PracticeEntry, Submission
from app.reviews.models import AudioNote, Review


def order_of_tables() -> list[str]:
    """All tables, those that point at others after them."""
    return [table.name for table in Base.metadata.sorted_tables]


def whole_table(name: str) -> Table:
    """The table of a name."""
    return Base.metadata.tables[name]


def rows_of(name: str, user_id: UUID) -> ColumnElement[bool]:
    """The condition for the rows of a table that are about a person. Raises ValueError for one without such rows."""
    path, table = TABLES[name].subject, whole_table(name)
    if path is None:
        raise ValueError(f"{name} holds nothing about people.")
    column = table.c[path.column]
    if not path.parent:
        return column == user_id
    pointed = whole_table(path.parent).c[path.to] if path.to else next(iter(column.foreign_keys)).column
    return column.in_(select(pointed).where(rows_of(path.parent, user_id)))


def plain(entry: kinds.Table, session: Session, user_id: UUID) -> Iterator[dict[str, Any]]:
    """The rows of a table as the person gets them: what the map lists, as values of JSON; read in portions."""
    table = whole_table(entry.name)
    key = list(table.primary_key.columns)
    names = [column.name for column in key if column.name not in entry.export and column.name == "id"]
    columns = [table.c[name] for name in (*names, *entry.export)]
    query = select(*columns).where(rows_of(entry.name, user_id)).order_by(*key)
    for name, values in entry.only.items():
        query = query.where(table.c[name].in_(values))
    for row in session.execute(query.execution_options(yield_per=500)):
        yield {name: _as_json(value) for name, value in row._mapping.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    return value


class OwnFile(NamedTuple):
    """A stored file of a person, and its name in a copy."""

    name: str
    key: str


def files_of(session: Session, user_id: UUID) -> Iterator[OwnFile]:
    """The originals of a person's photos, the documents they handed in, and the notes that were spoken to them."""
    photos = (
        select(PracticeEntry.number, Photo.slot, Photo.original_key)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(PracticeEntry.user_id == user_id, Photo.removed_at.is_(None), Photo.original_key != "")
        .order_by(PracticeEntry.number, Photo.slot, Photo.uploaded_at, Photo.id)
    )
    for place, row in enumerate(session.execute(photos), start=1):
        yield OwnFile(
            f"photos/piece-{row.number:03d}/{place:04d}-{row.slot}{_suffix(row.original_key)}", row.original_key
        )
    proofs = select(ExternalProof.kind, ExternalProof.document_key).where(
        ExternalProof.user_id == user_id, ExternalProof.document_key != ""
    )
    for place, (kind, key) in enumerate(session.execute(proofs.order_by(ExternalProof.sent_at)), start=1):
        yield OwnFile(f"documents/{place:03d}-{kind}{_suffix(key)}", key)
    notes = (
        select(AudioNote.key)
        .join(Review, Review.id == AudioNote.review_id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.user_id == user_id, Review.state == "decided", AudioNote.removed_at.is_(None))
        .order_by(AudioNote.created_at)
    )
    for place, key in enumerate(session.scalars(notes), start=1):
        yield OwnFile(f"voice/{place:03d}{_suffix(key)}", key)


def _suffix(key: str) -> str:
    return "." + key.rsplit(".", 1)[-1]
