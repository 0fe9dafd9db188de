"""Reads for copies of the log: those that were asked for, and all that one copy holds, in portions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.errors import NotFound
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.practice.models import LogExport, Photo, PracticeEntry, Submission
from app.practice.queries.photos import slot_order

PORTION = 20
MOST_SHOWN = 20


def exports_of(session: Session, user_id: UUID) -> Sequence[LogExport]:
    """The person's newest exports; one statement."""
    query = select(LogExport).where(LogExport.user_id == user_id).order_by(LogExport.asked_at.desc(), LogExport.id)
    return list(session.scalars(query.limit(MOST_SHOWN)))


def export_for(session: Session, user_id: UUID, export_id: UUID) -> LogExport:
    """An export of one's own; raises NotFound for anybody else's."""
    found = session.scalar(select(LogExport).where(LogExport.id == export_id, LogExport.user_id == user_id))
    if found is None:
        raise NotFound
    return found


def export(session: Session, export_id: UUID) -> LogExport | None:
    """An export by id, for jobs; None when it has been cleared away."""
    return session.get(LogExport, export_id)


def export_waiting(session: Session, user_id: UUID, kind: str) -> LogExport | None:
    """The person's export of this kind that is being made, if there is one."""
    query = select(LogExport).where(LogExport.user_id == user_id, LogExport.kind == kind, LogExport.state == "waiting")
    return session.scalars(query.limit(1)).first()


def exports_since(session: Session, user_id: UUID, since: datetime) -> int:
    """How many exports the person asked for from `since` on."""
    query = select(func.count(LogExport.id)).where(LogExport.user_id == user_id, LogExport.asked_at >= since)
    return session.scalar(query) or 0


def exports_before(session: Session, before: datetime) -> Sequence[LogExport]:
    """Exports that were asked for before an instant."""
    return list(session.scalars(select(LogExport).where(LogExport.asked_at < before).limit(500)))


def kept_exports(session: Session) -> Iterator[tuple[UUID, str]]:
    """The key of every file of an export, with the export."""
    query = select(LogExport.id, LogExport.file_key).where(LogExport.file_key.is_not(None)).order_by(LogExport.id)
    for export_id, key in session.execute(query):
        if key is not None:
            yield export_id, key


@dataclass(frozen=True, slots=True)
class WholePiece:
    """A piece with everything that a copy of the log says of it."""

    entry: PracticeEntry
    exercise: Exercise
    photos: Sequence[Photo]
    submissions: Sequence[Submission]


def piece_count(session: Session, user_id: UUID) -> int:
    """How many pieces the person has."""
    return session.scalar(select(func.count(PracticeEntry.id)).where(PracticeEntry.user_id == user_id)) or 0


def whole_pieces(session: Session, user_id: UUID, *, most: int) -> Iterator[WholePiece]:
    """The person's newest pieces, newest first, read in portions of twenty with three statements each."""
    before: int | None = None
    left = most
    while left > 0:
        query = (
            select(PracticeEntry, Definition.payload)
            .join(Definition, Definition.id == PracticeEntry.exercise_version_id)
            .where(PracticeEntry.user_id == user_id)
            .order_by(PracticeEntry.number.desc())
            .limit(min(PORTION, left))
        )
        if before is not None:
            query = query.where(PracticeEntry.number < before)
        rows = session.execute(query).all()
        if not rows:
            return
        ids = [row[0].id for row in rows]
        photos, sent = _photos(session, ids), _submissions(session, ids)
        for entry, payload in rows:
            yield WholePiece(entry, exercise_from_dict(payload), photos[entry.id], sent[entry.id])
        before, left = rows[-1][0].number, left - len(rows)


def _photos(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[Photo]]:
    found: dict[UUID, list[Photo]] = {entry_id: [] for entry_id in ids}
    query = select(Photo).where(Photo.entry_id.in_(ids), Photo.removed_at.is_(None), Photo.state == "ready")
    for photo in sorted(
        session.scalars(query), key=lambda shot: (slot_order(shot.slot), shot.uploaded_at, shot.id.hex)
    ):
        found[photo.entry_id].append(photo)
    return found


def _submissions(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[Submission]]:
    found: dict[UUID, list[Submission]] = {entry_id: [] for entry_id in ids}
    query = select(Submission).where(Submission.entry_id.in_(ids)).order_by(Submission.number)
    for sent in session.scalars(query):
        found[sent.entry_id].append(sent)
    return found


def photo_bytes(session: Session, user_id: UUID, names: Sequence[str]) -> Mapping[str, int]:
    """The bytes of all ready photos of a person in each of these renditions (a smaller one where it is missing)."""
    query = (
        select(Photo.renditions)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(PracticeEntry.user_id == user_id, Photo.removed_at.is_(None), Photo.state == "ready")
    )
    sums = dict.fromkeys(names, 0)
    for renditions in session.scalars(query.execution_options(yield_per=500)):
        for name in names:
            sums[name] += int(rendition(renditions, name, names).get("size", 0))
    return sums


def rendition(renditions: Mapping[str, Any], name: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The rendition of a name, or the next smaller one that there is; empty when there is none."""
    for each in names[names.index(name) :]:
        if each in renditions:
            found: Mapping[str, Any] = renditions[each]
            return found
    return {}
