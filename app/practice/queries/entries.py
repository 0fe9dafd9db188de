"""Reads of the practice log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.practice.client import ClientCard
from app.domain.practice.completeness import EntryFacts, PhotoState
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.procedure import Step
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.learning.models import Enrollment
from app.practice.models import Photo, PracticeEntry, Submission, SubmissionPhoto

PIECE = "piece"
FRONT = "f8"
TIERS = ("foundation", "certified", "master")


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


def exercise_at(session: Session, version_id: UUID) -> Exercise:
    """The pinned version of an exercise."""
    payload = session.scalars(select(Definition.payload).where(Definition.id == version_id)).one()
    return exercise_from_dict(payload)


def photos_of(session: Session, entry_id: UUID) -> Sequence[Photo]:
    """The photos that an entry has now, in the order of slot and upload."""
    query = (
        select(Photo)
        .where(Photo.entry_id == entry_id, Photo.removed_at.is_(None))
        .order_by(Photo.uploaded_at, Photo.id)
    )
    return sorted(session.scalars(query), key=lambda photo: slot_order(photo.slot))


def slot_order(slot: str) -> tuple[int, str]:
    """Sort key of slot ids: f9 comes before f10."""
    return len(slot), slot


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """A photo as pages show it; `renditions` by name with width and height (empty until it is ready)."""

    id: UUID
    slot: str
    state: str
    reason: str
    name: str
    uploaded_at: datetime
    renditions: Mapping[str, Any]


def photo_face(photo: Photo) -> PhotoFace:
    """What a page shows of a photo."""
    return PhotoFace(
        photo.id, photo.slot, photo.state, photo.reason, photo.original_name, photo.uploaded_at, photo.renditions
    )


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
    return EntryPage(
        id=entry.id,
        number=entry.number,
        state=entry.state,
        piece_code=entry.piece_code,
        revision=entry.revision,
        exercise=exercise_from_dict(found[1]),
        records=entry.records,
        self_scores=entry.self_scores,
        photos=tuple(photo_face(photo) for photo in photos),
        facts=facts_of(entry, photos),
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )


def facts_of(entry: PracticeEntry, photos: Sequence[Photo]) -> EntryFacts:
    """The entry as the rules see it."""
    states: dict[str, list[PhotoState]] = {}
    for photo in photos:
        states.setdefault(photo.slot, []).append(PhotoState(photo.state))
    records = {step: record for step, record in entry.records.items() if step != PIECE}
    return EntryFacts(piece=entry.records.get(PIECE, {}), records=records, photos=states)


def photo_for(session: Session, user_id: UUID, photo_id: UUID) -> Photo:
    """A photo of the person's own entries; raises NotFound for anybody else's."""
    query = (
        select(Photo)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(Photo.id == photo_id, PracticeEntry.user_id == user_id)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def renditions_for(session: Session, user_id: UUID, photo_id: UUID) -> Mapping[str, Any]:
    """The renditions of a photo of one's own that is still in the entry or was sent; raises NotFound otherwise."""
    query = (
        select(Photo.renditions)
        .join(PracticeEntry, PracticeEntry.id == Photo.entry_id)
        .where(Photo.id == photo_id, PracticeEntry.user_id == user_id, _kept())
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _kept() -> ColumnElement[bool]:
    """Photos whose bytes are still needed: in their entry, or shown by a submission."""
    sent = exists().where(SubmissionPhoto.photo_id == Photo.id)
    return or_(Photo.removed_at.is_(None), sent)


def kept_files(session: Session) -> Iterator[tuple[UUID, str]]:
    """The key of every stored file that some photo still needs, with the photo; read in portions."""
    query = select(Photo.id, Photo.original_key, Photo.renditions).where(_kept()).order_by(Photo.id)
    for photo_id, original, renditions in session.execute(query.execution_options(yield_per=500)):
        yield photo_id, original
        for rendition in renditions.values():
            yield photo_id, rendition["key"]


def photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo by id, for jobs."""
    return session.get(Photo, photo_id)


def processed_twin(session: Session, original_key: str) -> Photo | None:
    """A processed photo of the very same bytes: its renditions serve again instead of being made twice."""
    query = select(Photo).where(Photo.original_key == original_key, Photo.state == "ready", _kept()).limit(1)
    found = session.scalar(query)
    if found is not None:
        session.expunge(found)  # it is read after this session has ended
    return found


def newest_entry(session: Session, user_id: UUID, *, exercise_key: str = "") -> PracticeEntry | None:
    """The person's newest entry (of one exercise), to fill in the next one from."""
    query = select(PracticeEntry).where(PracticeEntry.user_id == user_id)
    if exercise_key:
        query = query.where(PracticeEntry.exercise_key == exercise_key)
    return session.scalar(query.order_by(PracticeEntry.number.desc()).limit(1))


def next_number(session: Session, user_id: UUID) -> int:
    """The number of the person's next piece."""
    newest = session.scalar(select(func.max(PracticeEntry.number)).where(PracticeEntry.user_id == user_id))
    return (newest or 0) + 1


# Built once and on tables: the log and the first page of a student ask for it at every visit.
_entry, _photo, _made_at = PracticeEntry.__table__.c, Photo.__table__.c, Definition.__table__.c
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
    )
    .join_from(PracticeEntry.__table__, Definition.__table__, _made_at.id == _entry.exercise_version_id)
    .where(_entry.user_id == bindparam("person"))
    .order_by(_entry.number.desc())
    .limit(bindparam("size"))
)
_SHOTS = select(_photo.entry_id, _photo.slot, _photo.id, _photo.renditions).where(
    _photo.entry_id.in_(bindparam("entries", expanding=True)), _photo.removed_at.is_(None), _photo.state == "ready"
)


def log(
    session: Session, user_id: UUID, *, state: str = "", after: int | None = None, size: int = 24
) -> list[EntryLine]:
    """The person's pieces, newest first, one more than `size` when there are more; two statements, no records."""
    query = _LINES
    if state:
        query = query.where(_entry.state == state)
    if after is not None:
        query = query.where(_entry.number < after)
    rows = session.execute(query, {"person": user_id, "size": size + 1}).all()
    faces = _faces(session, [row.id for row in rows])
    return [_line(row, *faces.get(row.id, (None, {}))) for row in rows]


def _line(row: Any, photo_id: UUID | None, renditions: Mapping[str, Any]) -> EntryLine:
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
    )


def _faces(session: Session, entry_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, Mapping[str, Any]]]:
    """The last ready photo of each entry, with its renditions."""
    if not entry_ids:
        return {}
    # The final front view tells most; without one the latest slot so far stands for the piece.
    rows = session.execute(_SHOTS, {"entries": list(entry_ids)})
    shots = sorted(rows, key=lambda shot: (shot.slot == FRONT, slot_order(shot.slot)))
    return {shot.entry_id: (shot.id, shot.renditions) for shot in shots}


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


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many approved pieces of an exercise the person has, and how many the certification asks for."""

    key: str
    code: str
    title: str
    step: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Goal:
    """What the person's next certification asks of the log; `need` is 0 when nothing is published for the tier."""

    title: str
    have: int
    need: int
    exercises: tuple[Coverage, ...]


def goal(session: Session, user_id: UUID) -> Goal:
    """Have and need by exercise, from the live exercises and the live requirements; four statements."""
    tier = goal_tier(session, user_id)
    certification = content.certification(session, tier)
    asked = certification.payload["pieces"] if certification is not None else {}
    needs: Mapping[str, int] = asked.get("exercises") or {}
    haves = approved_by_exercise(session, user_id)
    query = (
        select(Definition.key, Definition.subtype, Definition.title, Definition.step)
        .where(Definition.kind == Kind.EXERCISE.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    lines = tuple(
        Coverage(row.key, row.subtype, row.title, row.step, haves.get(row.key, 0), needs.get(row.key, 0))
        for row in session.execute(query)
        if row.key in needs or row.key in haves
    )
    title = certification.title if certification is not None else ""
    return Goal(title, sum(haves.values()), int(asked.get("total") or 0), lines)


@dataclass(frozen=True, slots=True)
class Choice:
    """An exercise that a piece can be made of, and how many approved pieces of it the person has."""

    exercise: Exercise
    have: int


@dataclass(frozen=True, slots=True)
class Choices:
    """All live exercises in order; `last` is the one of the newest piece (`number`), while it is still live."""

    rows: tuple[Choice, ...]
    last: Choice | None
    number: int


def exercise_choices(session: Session, user_id: UUID) -> Choices:
    """What the person can start, in three statements."""
    haves = approved_by_exercise(session, user_id)
    exercises = [exercise_from_dict(version.payload) for version in content.exercises(session)]
    rows = tuple(Choice(exercise, haves.get(exercise.id, 0)) for exercise in exercises)
    query = (
        select(PracticeEntry.exercise_key, PracticeEntry.number)
        .where(PracticeEntry.user_id == user_id)
        .order_by(PracticeEntry.number.desc())
        .limit(1)
    )
    newest = session.execute(query).first()
    if newest is None:
        return Choices(rows, None, 0)
    return Choices(rows, next((c for c in rows if c.exercise.id == newest.exercise_key), None), newest.number)


def briefs_for(session: Session, exercise: Exercise) -> list[ClientCard]:
    """The fictional clients that a piece can be made for; none when the exercise has no consultation."""
    return content.clients(session) if Step.CONSULTATION in exercise.steps else []


def live_rubric(session: Session) -> Rubric | None:
    """The rubric that students score themselves by, or None before the first release."""
    version = content.rubric(session)
    return rubric_from_dict(version.payload) if version is not None else None


def approved_by_exercise(session: Session, user_id: UUID) -> dict[str, int]:
    """How many approved pieces the person has of each exercise."""
    query = (
        select(Submission.exercise_key, func.count(Submission.id))
        .where(Submission.user_id == user_id, Submission.state == "approved")
        .group_by(Submission.exercise_key)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def previous_number(session: Session, user_id: UUID, exercise_key: str, number: int) -> int | None:
    """The number of the piece that a new one was filled in from: the same exercise first, else the newest before."""
    query = (
        select(PracticeEntry.number)
        .where(PracticeEntry.user_id == user_id, PracticeEntry.number < number)
        .order_by((PracticeEntry.exercise_key == exercise_key).desc(), PracticeEntry.number.desc())
        .limit(1)
    )
    return session.scalar(query)


def goal_tier(session: Session, user_id: UUID) -> str:
    """The tier that the person studies for: the highest tier of a course that they are enrolled in."""
    query = (
        select(Definition.subtype)
        .join(Enrollment, Enrollment.course_version_id == Definition.id)
        .where(Enrollment.user_id == user_id)
        .distinct()
    )
    studied = set(session.scalars(query))
    return next((tier for tier in reversed(TIERS) if tier in studied), TIERS[0])


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


def submission_photos(session: Session, submission_id: UUID) -> Sequence[Photo]:
    """The photos that a submission was sent with, in order."""
    query = (
        select(Photo)
        .join(SubmissionPhoto, SubmissionPhoto.photo_id == Photo.id)
        .where(SubmissionPhoto.submission_id == submission_id)
        .order_by(SubmissionPhoto.position)
    )
    return list(session.scalars(query))


def photos_sent(session: Session, submission_ids: Sequence[UUID]) -> dict[UUID, list[PhotoFace]]:
    """The photos of several submissions in their order, by submission; one statement."""
    found: dict[UUID, list[PhotoFace]] = {submission_id: [] for submission_id in submission_ids}
    query = (
        select(SubmissionPhoto.submission_id, Photo)
        .join(Photo, Photo.id == SubmissionPhoto.photo_id)
        .where(SubmissionPhoto.submission_id.in_(submission_ids))
        .order_by(SubmissionPhoto.position)
    )
    for submission_id, shot in session.execute(query) if submission_ids else ():
        found[submission_id].append(photo_face(shot))
    return found


def sent_photo(session: Session, photo_id: UUID) -> Photo | None:
    """A photo that was sent with some submission (reviewers may see no other)."""
    query = select(Photo).join(SubmissionPhoto, SubmissionPhoto.photo_id == Photo.id).where(Photo.id == photo_id)
    return session.scalars(query.limit(1)).first()
