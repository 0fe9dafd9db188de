"""What a student reads about a piece: each try with its decision, the notes on the photos, the levels, what is next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.queries import LessonFace
from app.domain.practice.client import Brief
from app.domain.practice.record import RecordPart, card_of, record_parts, with_card
from app.domain.rubric.rubric import LEVELS, Criterion, Mark, Rubric, rubric_from_dict
from app.domain.rubric.scoring import Result
from app.practice import queries as practice
from app.practice.queries import FRONT, EntryPage, PhotoFace
from app.reviews.models import AudioNote
from app.reviews.queries.held import DecidedReview, decided_reviews, pins_of, ratings_of
from app.reviews.queries.points import Point, open_points
from app.reviews.queries.sheet import defect_codes
from app.reviews.queries.threads import Staff, Thread, staff_of, thread_of_student
from app.reviews.queries.workspace import brief_of

BLANK = "f1"
NEXT_STEPS = 2


@dataclass(frozen=True, slots=True)
class ExerciseFace:
    """An exercise to practice something with."""

    id: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Note:
    """A pin with its words: the reviewer's note, and cause and first fix of the fault. Places are 0 to 1, as Pin's."""

    id: UUID
    photo_id: UUID
    number: int
    x: float
    y: float
    shape: str
    w: float
    h: float
    code: str
    severity: str
    note: str
    title: str
    cause: str
    fix: str
    criterion_title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One rated criterion: the level given, the student's own (0: none), where to read again and what to practice.

    `before` is the level of the try before (0: none).
    """

    criterion: Criterion
    level: int
    reason: str
    own: int
    lesson: LessonFace | None
    exercise: ExerciseFace | None
    before: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided on a try, and why."""

    review_id: UUID
    result: Result
    reviewer: Staff
    at: datetime
    note: str
    score: Any
    mark: Mark | None
    lines: tuple[Line, ...]
    critical: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]
    spoken: tuple[AudioNote, ...]

    @property
    def weakest(self) -> tuple[Line, ...]:
        """What to work on first: of the criteria below level 4, the two with the lowest levels.

        Among equals the core ones come first, then those that weigh more.
        """
        rank = sorted(self.lines, key=lambda line: (line.level, not line.criterion.core, -line.criterion.weight))
        return tuple(line for line in rank if line.level < max(LEVELS))[:NEXT_STEPS]


@dataclass(frozen=True, slots=True)
class Try:
    """One try of the piece as it was sent, with its decision once there is one."""

    id: UUID
    number: int
    state: str
    sent_at: datetime
    minutes: int
    photos: tuple[PhotoFace, ...]
    parts: tuple[RecordPart, ...]
    decision: Decision | None

    def notes_on(self, photo: PhotoFace) -> list[Note]:
        """The notes on one of its photos."""
        return [note for note in self.decision.notes if note.photo_id == photo.id] if self.decision else []

    def photo_in(self, slot: str) -> PhotoFace | None:
        """The last photo of a slot."""
        return next((photo for photo in reversed(self.photos) if photo.slot == slot), None)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the tries of one piece are told from; rubrics by version, lessons by step."""

    page: EntryPage
    photos: Mapping[UUID, Sequence[PhotoFace]]
    reviews: Mapping[UUID, DecidedReview]
    ratings: Mapping[UUID, Sequence[Any]]
    pins: Mapping[UUID, Sequence[Any]]
    rubrics: Mapping[UUID, Rubric]
    defects: Mapping[str, Mapping[str, Any]]
    lessons: Mapping[str, LessonFace]
    exercises: Mapping[str, ExerciseFace]
    staff: Mapping[UUID, Mapping[UUID, Staff]]
    spoken: Mapping[UUID, Sequence[AudioNote]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos of one place, to be laid over each other or read side by side."""

    slot: str
    before: PhotoFace
    after: PhotoFace


@dataclass(frozen=True, slots=True)
class Feedback:
    """All that the page of a sent piece shows; tries with the newest first.

    `points` are those of a returned piece, to tick off; `thread` is None until a review of the newest decided try is
    released. `work` compares the blank skin with the finished piece, `pairs` each place with the try before.
    """

    page: EntryPage
    tries: tuple[Try, ...]
    brief: Brief | None
    points: tuple[Point, ...]
    thread: Thread | None
    work: Pair | None
    pairs: tuple[Pair, ...]

    @property
    def top(self) -> Try:
        """The newest try."""
        return self.tries[0]


def feedback(session: Session, user_id: UUID, page: EntryPage) -> Feedback:
    """The reading page of one's own piece that was sent; nothing of a review is in it before its decision."""
    sent = practice.submissions_of(session, page.id)
    sources = _sources(session, page, [submission.id for submission in sent])
    brief = brief_of(session, sent[-1].frozen.get("records", {}))
    tries = tuple(_try(submission, sources, brief) for submission in reversed(sent))
    decided = next((each for each in tries if each.decision), None)
    return Feedback(
        page=page,
        tries=tries,
        # The answer is told when the piece is decided for good; who tries again finds it alone.
        brief=brief if tries[0].decision and page.state != "returned" else None,
        points=tuple(open_points(session, page.id)) if page.state == "returned" else (),
        thread=thread_of_student(session, user_id, decided.id) if decided else None,
        work=_work(tries[0]),
        pairs=_pairs(tries, [slot.id for slot in page.exercise.slots]),
    )


def exercises_for(session: Session, criteria: Collection[str]) -> dict[str, ExerciseFace]:
    """For each criterion the live exercise to practice it with: the one that shows it beside the fewest others.

    Capstones are left out: they are for showing, not for practicing.
    """
    found: dict[str, tuple[int, ExerciseFace]] = {}
    for version in content.exercises(session) if criteria else ():
        shown = version.payload.get("criteria") or ()
        if version.payload.get("capstone"):
            continue
        face = ExerciseFace(version.key, str(version.payload.get("code") or ""), version.title)
        for criterion in set(criteria) & set(shown):
            if criterion not in found or len(shown) < found[criterion][0]:
                found[criterion] = (len(shown), face)
    return {criterion: face for criterion, (_count, face) in found.items()}


def audio_by_review(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[AudioNote]]:
    """The spoken notes of several reviews, by review; one statement."""
    found: dict[UUID, list[AudioNote]] = {}
    query = select(AudioNote).where(AudioNote.review_id.in_(review_ids), AudioNote.removed_at.is_(None))
    for note in session.scalars(query.order_by(AudioNote.created_at, AudioNote.id)) if review_ids else ():
        found.setdefault(note.review_id, []).append(note)
    return found


def _sources(session: Session, page: EntryPage, submission_ids: Sequence[UUID]) -> _Sources:
    decided = decided_reviews(session, page.id)
    ids = [found.review.id for found in decided]
    versions = content.pinned_many(session, {found.review.rubric_version_id for found in decided})
    rubrics = {version.id: rubric_from_dict(version.payload) for version in versions.values()}
    criteria = {criterion.id for rubric in rubrics.values() for criterion in rubric.criteria}
    return _Sources(
        page=page,
        photos=practice.photos_sent(session, submission_ids),
        reviews={found.review.submission_id: found for found in decided},
        ratings=ratings_of(session, ids),
        pins=pins_of(session, ids),
        rubrics=rubrics,
        defects=defect_codes(session) if decided else {},
        lessons=content.first_lessons(session, {c.step for rubric in rubrics.values() for c in rubric.criteria}),
        exercises=exercises_for(session, criteria),
        staff=staff_of(session, [found.review.submission_id for found in decided]),
        spoken=audio_by_review(session, ids),
    )


def _try(submission: Any, sources: _Sources, brief: Brief | None) -> Try:
    found = sources.reviews.get(submission.id)
    records = submission.frozen.get("records", {})
    named = with_card(records, brief.card.label) if brief and brief.card.id == card_of(records) else records
    return Try(
        id=submission.id,
        number=submission.number,
        state=submission.state,
        sent_at=submission.sent_at,
        minutes=submission.minutes,
        photos=tuple(sources.photos[submission.id]),
        parts=record_parts(named, sources.page.exercise.steps),
        decision=_decision(found, submission, sources) if found else None,
    )


def _decision(found: DecidedReview, submission: Any, sources: _Sources) -> Decision:
    review, rubric = found.review, sources.rubrics[found.review.rubric_version_id]
    titles = {code: str(row["title"]) for code, row in sources.defects.items()}
    return Decision(
        review_id=review.id,
        result=Result(review.outcome or ""),
        reviewer=sources.staff[submission.id].get(review.reviewer_id, Staff("", 1)),
        at=found.decided_at,
        note=review.note,
        score=review.score,
        mark=rubric.marks.get(submission.tier),
        lines=_lines(found, submission.frozen.get("self_scores", {}), sources),
        critical=tuple((titles.get(flag["code"], flag["code"]), flag.get("reason", "")) for flag in review.critical),
        notes=_notes(found, sources),
        spoken=tuple(sources.spoken.get(review.id, ())),
    )


def _lines(found: DecidedReview, own: Mapping[str, int], sources: _Sources) -> tuple[Line, ...]:
    """The rated criteria in the order of the rubric."""
    rubric = sources.rubrics[found.review.rubric_version_id]
    given = {rating.criterion: rating for rating in sources.ratings[found.review.id]}
    before = _levels_before(found, sources)
    return tuple(
        Line(
            criterion=criterion,
            level=given[criterion.id].level,
            reason=given[criterion.id].reason,
            own=int(own.get(criterion.id, 0)),
            lesson=sources.lessons.get(criterion.step),
            exercise=sources.exercises.get(criterion.id),
            before=before.get(criterion.id, 0),
        )
        for criterion in rubric.criteria
        if criterion.id in given
    )


def _levels_before(found: DecidedReview, sources: _Sources) -> dict[str, int]:
    earlier = [other for other in sources.reviews.values() if other.submission_number < found.submission_number]
    if not earlier:
        return {}
    last = max(earlier, key=lambda other: other.submission_number)
    return {rating.criterion: rating.level for rating in sources.ratings[last.review.id]}


def _notes(found: DecidedReview, sources: _Sources) -> tuple[Note, ...]:
    criteria = {c.id: c.title for c in sources.rubrics[found.review.rubric_version_id].criteria}
    return tuple(
        _note(pin, sources.defects.get(pin.defect, {}), criteria.get(pin.criterion, ""))
        for pin in sources.pins[found.review.id]
    )


def _note(pin: Any, defect: Mapping[str, Any], criterion: str) -> Note:
    return Note(
        id=pin.id,
        photo_id=pin.photo_id,
        number=pin.number,
        x=pin.x,
        y=pin.y,
        shape=pin.shape,
        w=pin.w,
        h=pin.h,
        code=pin.defect,
        severity=str(defect.get("severity", "")),
        note=pin.note,
        title=str(defect.get("title", "")),
        cause=str(defect.get("cause") or ""),
        fix=str(defect.get("fix") or ""),
        criterion_title=criterion,
    )


def _work(top: Try) -> Pair | None:
    blank, front = top.photo_in(BLANK), top.photo_in(FRONT)
    return Pair(FRONT, blank, front) if blank and front else None


def _pairs(tries: Sequence[Try], slots: Sequence[str]) -> tuple[Pair, ...]:
    """Each place of which the newest try and the one before show different photos; the finished front comes first."""
    if len(tries) < 2:
        return ()
    found = []
    for slot in sorted(slots, key=lambda slot: slot != FRONT):
        before, after = tries[1].photo_in(slot), tries[0].photo_in(slot)
        if before and after and before.id != after.id:
            found.append(Pair(slot, before, after))
    return tuple(found)
