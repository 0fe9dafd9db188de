"""Reads of the practice log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.errors import NotFound
from app.domain.practice.completeness import EntryFacts, PhotoState
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.practice.fields import SKIN_TONES, SKIN_TYPES
from app.domain.practice.healed import HealedAsk, Window, window_of
from app.domain.practice.kit import read_day
from app.domain.procedure import Step
from app.practice.models import Photo, PracticeEntry, Submission
from app.practice.queries.photos import PhotoFace, faces, photo_face, photos_of

PIECE = "piece"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One piece in the log, with the photo that stands for it."""

    id: UUID
    number: int
    exercise_key: str
    exercise_title: str
    step: str
    state: str
    skin: str
    minutes: int
    created_at: datetime
    updated_at: datetime
    photo_id: UUID | None
    renditions: Mapping[str, Any]
    exercise_code: str = ""
    tone: str = ""
    tint: int | None = None

    @property
    def month(self) -> str:
        """The month of the piece, as text that sorts."""
        return f"{self.created_at:%Y-%m}"


def entry_for(session: Session, user_id: UUID, entry_id: UUID, *, lock: bool = False) -> PracticeEntry:
    """The person's own entry; raises NotFound for anybody else's."""
    query = select(PracticeEntry).where(PracticeEntry.id == entry_id, PracticeEntry.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry with its exercise and photos, as its own pages show it."""

    id: UUID
    number: int
    state: str
    piece_code: str
    revision: int
    exercise: Exercise
    records: Mapping[str, Any]
    self_scores: Mapping[str, int]
    photos: tuple[PhotoFace, ...]
    facts: EntryFacts
    created_at: datetime
    updated_at: datetime
    copied_from: int | None = None
    timer_since: datetime | None = None
    healed: Window | None = None

    @property
    def is_open(self) -> bool:
        """True while the student may change it."""
        return self.state in OPEN_STATES


OPEN_STATES = ("draft", "returned")


def entry_page(session: Session, user_id: UUID, entry_id: UUID) -> EntryPage:
    """The person's own entry for its page, in two statements; raises NotFound for anybody else's."""
    query = (
        select(PracticeEntry, Definition.payload)
        .join(Definition, Definition.id == PracticeEntry.exercise_version_id)
        .where(PracticeEntry.id == entry_id, PracticeEntry.user_id == user_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    entry: PracticeEntry = found[0]
    photos = photos_of(session, entry.id)
    exercise = exercise_from_dict(found[1])
    return EntryPage(
        id=entry.id,
        number=entry.number,
        state=entry.state,
        piece_code=entry.piece_code,
        revision=entry.revision,
        exercise=exercise,
        records=entry.records,
        self_scores=entry.self_scores,
        photos=tuple(photo_face(photo) for photo in photos),
        facts=facts_of(entry, photos),
        created_at=entry.created_at,
        updated_at=entry.updated_at,
        copied_from=entry.copied_from,
        timer_since=entry.timer_since,
        healed=healed_window(entry, exercise.healed) if exercise.healed is not None else None,
    )


def healed_window(entry: PracticeEntry, ask: HealedAsk) -> Window:
    """The days of the follow-up photo: as noted when the piece was sent, or from its session while it is a draft."""
    if entry.healed_from is not None and entry.healed_until is not None:
        return Window(entry.healed_from, entry.healed_until)
    begun = entry.created_at.date()
    return window_of(ask, read_day(entry.records.get(PIECE, {}).get("worked_on")) or begun)


def facts_of(entry: PracticeEntry, photos: Sequence[Photo]) -> EntryFacts:
    """The entry as the rules see it."""
    states: dict[str, list[PhotoState]] = {}
    for photo in photos:
        states.setdefault(photo.slot, []).append(PhotoState(photo.state))
    records = {step: record for step, record in entry.records.items() if step != PIECE}
    return EntryFacts(piece=entry.records.get(PIECE, {}), records=records, photos=states)


def newest_entry(session: Session, user_id: UUID, *, exercise_key: str = "") -> PracticeEntry | None:
    """The person's newest entry (of one exercise), to fill in the next one from."""
    query = select(PracticeEntry).where(PracticeEntry.user_id == user_id)
    if exercise_key:
        query = query.where(PracticeEntry.exercise_key == exercise_key)
    return session.scalar(query.order_by(PracticeEntry.number.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class LastPiece:
    """The piece that another one can be the same as."""

    number: int
    exercise_key: str


def last_piece(session: Session, user_id: UUID) -> LastPiece | None:
    """The person's newest piece; one statement."""
    query = (
        select(PracticeEntry.number, PracticeEntry.exercise_key)
        .where(PracticeEntry.user_id == user_id)
        .order_by(PracticeEntry.number.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return LastPiece(row.number, row.exercise_key) if row is not None else None


def next_number(session: Session, user_id: UUID) -> int:
    """The number of the person's next piece."""
    newest = session.scalar(select(func.max(PracticeEntry.number)).where(PracticeEntry.user_id == user_id))
    return (newest or 0) + 1


# Built once and on tables: the log and the first page of a student ask for it at every visit.
_entry, _made_at = PracticeEntry.__table__.c, Definition.__table__.c
_LINES = (
    select(
        _entry.id,
        _entry.number,
        _entry.exercise_key,
        _made_at.title,
        _made_at.step,
        _entry.state,
        _entry.skin,
        _entry.minutes,
        _entry.created_at,
        _entry.updated_at,
        _made_at.subtype,
        _entry.tone,
    )
    .join_from(PracticeEntry.__table__, Definition.__table__, _made_at.id == _entry.exercise_version_id)
    .where(_entry.user_id == bindparam("person"))
    .order_by(_entry.number.desc())
    .limit(bindparam("size"))
)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which pieces of a log to show; what is empty does not narrow."""

    exercise: str = ""
    step: str = ""
    skin: str = ""
    tone: str = ""
    state: str = ""

    @property
    def is_set(self) -> bool:
        """True when it narrows at all."""
        return self != LogFilter()


def log(
    session: Session,
    user_id: UUID,
    *,
    only: LogFilter | None = None,
    after: int | None = None,
    size: int = 24,
) -> list[EntryLine]:
    """The person's pieces, newest first, one more than `size` when there are more; two statements, no records."""
    query = _LINES
    only = only or LogFilter()
    wanted = (
        (_entry.exercise_key, only.exercise),
        (_made_at.step, only.step),
        (_entry.skin, only.skin),
        (_entry.tone, only.tone),
        (_entry.state, only.state),
    )
    for column, value in wanted:
        if value:
            query = query.where(column == value)
    if after is not None:
        query = query.where(_entry.number < after)
    rows = session.execute(query, {"person": user_id, "size": size + 1}).all()
    found = faces(session, [row.id for row in rows])
    return [_line(row, *found.get(row.id, (None, {}, None))) for row in rows]


def _line(row: Any, photo_id: UUID | None, renditions: Mapping[str, Any], tint: int | None) -> EntryLine:
    return EntryLine(
        id=row.id,
        number=row.number,
        exercise_key=row.exercise_key,
        exercise_title=row.title,
        step=row.step,
        state=row.state,
        skin=row.skin,
        minutes=row.minutes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        photo_id=photo_id,
        renditions=renditions,
        exercise_code=row.subtype,
        tone=row.tone,
        tint=tint,
    )


@dataclass(frozen=True, slots=True)
class LogFacets:
    """What a log can be narrowed by: only what it has, in the order of the program, as (value, words)."""

    exercises: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    skins: tuple[tuple[str, str], ...]
    tones: tuple[tuple[str, str], ...]


def log_facets(session: Session, user_id: UUID) -> LogFacets:
    """What the person's log can be narrowed by, in one statement."""
    query = (
        select(
            PracticeEntry.exercise_key,
            PracticeEntry.skin,
            PracticeEntry.tone,
            func.max(Definition.subtype).label("code"),
            func.max(Definition.title).label("title"),
            Definition.step,
        )
        .join(Definition, Definition.id == PracticeEntry.exercise_version_id)
        .where(PracticeEntry.user_id == user_id)
        .group_by(PracticeEntry.exercise_key, PracticeEntry.skin, PracticeEntry.tone, Definition.step)
    )
    rows = session.execute(query).all()
    named = {row.exercise_key: f"{row.code}. {row.title}" for row in rows}
    steps, skins, tones = {row.step for row in rows}, {row.skin for row in rows}, {row.tone for row in rows}
    return LogFacets(
        exercises=tuple(sorted(named.items(), key=lambda pair: pair[1])),
        steps=tuple((step.value, step.title) for step in Step if step.value in steps),
        skins=tuple(pair for pair in SKIN_TYPES if pair[0] in skins),
        tones=tuple(pair for pair in SKIN_TONES if pair[0] in tones),
    )


@dataclass(frozen=True, slots=True)
class LogFigures:
    """What the log comes to: pieces by state, and the minutes of all of them."""

    by_state: Mapping[str, int]
    minutes: int

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return sum(self.by_state.values())


def log_figures(session: Session, user_id: UUID) -> LogFigures:
    """The sums over the person's log, in one statement."""
    query = (
        select(PracticeEntry.state, func.count(PracticeEntry.id), func.sum(PracticeEntry.minutes))
        .where(PracticeEntry.user_id == user_id)
        .group_by(PracticeEntry.state)
    )
    rows = session.execute(query).all()
    return LogFigures({row[0]: row[1] for row in rows}, sum(int(row[2] or 0) for row in rows))


def previous_number(session: Session, user_id: UUID, exercise_key: str, number: int) -> int | None:
    """The number of the piece that a new one was filled in from: the same exercise first, else the newest before."""
    query = (
        select(PracticeEntry.number)
        .where(PracticeEntry.user_id == user_id, PracticeEntry.number < number)
        .order_by((PracticeEntry.exercise_key == exercise_key).desc(), PracticeEntry.number.desc())
        .limit(1)
    )
    return session.scalar(query)


def submissions_of(session: Session, entry_id: UUID) -> Sequence[Submission]:
    """The tries of an entry, oldest first."""
    query = select(Submission).where(Submission.entry_id == entry_id).order_by(Submission.number)
    return list(session.scalars(query))


def submission(session: Session, submission_id: UUID, *, lock: bool = False) -> Submission:
    """A submission by id, for review; raises NotFound."""
    query = select(Submission).where(Submission.id == submission_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found
