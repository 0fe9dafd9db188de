"""Reads of the queue, of one review with everything around it, and of what a student may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, User
from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.practice.client import Brief, compare
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.practice.numbing import NumbingPlan
from app.domain.practice.record import RecordPart, card_of, plan_of, record_parts, with_card
from app.domain.procedure import Step
from app.domain.rubric.rubric import Criterion, Mark, Rubric, rubric_from_dict
from app.practice import queries as practice
from app.practice.models import PracticeEntry, Submission, SubmissionPhoto
from app.reviews.models import CriterionRating, Pin, Review

IN_QUEUE = ("waiting", "in_review")
FINAL_FRONT = "f8"
NOBODY = UUID(int=0)

# On tables, not entities, and the whole statements below are built once: the queue is an instructor's first page.
_submission, _review, _sent = Submission.__table__.c, Review.__table__.c, SubmissionPhoto.__table__.c
_entry, _exercise, _student = PracticeEntry.__table__.c, Definition.__table__.c, User.__table__.c
_Reviewer = User.__table__.alias("reviewer")
# Written into the statement, because a partial index serves only where its condition is plain to see.
_WAITS = _submission.state.in_(bindparam("in_queue", IN_QUEUE, expanding=True, literal_execute=True))
_IS_OPEN = _review.state == bindparam("open", "open", literal_execute=True)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One piece that waits: who sent it when, which try it is, and who holds it since and until when."""

    submission_id: UUID
    entry_id: UUID
    student_id: UUID
    student_name: str
    piece_number: int
    try_number: int
    exercise_title: str
    exercise_code: str
    step: str
    skin: str
    question: str
    sent_at: datetime
    review_id: UUID | None
    reviewer_id: UUID | None
    reviewer_name: str | None
    claimed_at: datetime | None
    lease_until: datetime | None
    photo_id: UUID | None = None

    def is_held(self, now: datetime) -> bool:
        """True while somebody's hold on the piece runs."""
        return self.lease_until is not None and self.lease_until > now


def queue(
    session: Session,
    *,
    now: datetime,
    after: tuple[datetime, str] | None = None,
    size: int = 40,
    exercise: str = "",
    not_by: UUID | None = None,
    studios: Collection[UUID] = (),
    not_held_by: UUID | None = None,
) -> list[QueueLine]:
    """Pieces that wait, oldest first, one more than `size` when there are more; one statement over a partial index.

    Pieces of `not_by` and of members of `studios` are left out (nobody reviews their own piece or a colleague's), as
    are those that `not_held_by` holds.
    """
    query = _takeable(_QUEUE if not_held_by is None else _QUEUE_OF_OTHERS, studios)
    if exercise:
        query = query.where(_submission.exercise_key == exercise)
    if after is not None:
        query = query.where(tuple_(_submission.sent_at, _submission.id) > tuple_(after[0], UUID(after[1])))
    return _lines(session, query, not_by=not_by or NOBODY, reviewer=not_held_by, size=size + 1)


def held_by(session: Session, reviewer_id: UUID) -> list[QueueLine]:
    """The pieces that an instructor holds, the first claimed first; also those whose hold ran out untaken."""
    return _lines(session, _HELD, reviewer=reviewer_id)


# The photo that stands for a submission: its final front view, or its last photo.
_is_front = _sent.slot == FINAL_FRONT
_face = (
    select(_sent.photo_id)
    .where(_sent.submission_id == _submission.id)
    .order_by(_is_front.desc(), case((_is_front, _sent.position), else_=-_sent.position))
    .limit(1)
    .correlate(Submission.__table__)
    .scalar_subquery()
)
_LINE = (
    select(
        _submission.id,
        _submission.entry_id,
        _submission.user_id,
        _student.name,
        _entry.number,
        _submission.number,
        _exercise.title,
        _exercise.subtype,
        _exercise.step,
        _submission.skin,
        func.coalesce(_submission.frozen["records"]["piece"]["question"].as_string(), ""),
        _submission.sent_at,
        _review.id,
        _review.reviewer_id,
        _Reviewer.c.name,
        _review.claimed_at,
        _review.lease_until,
        _face,
    )
    .join_from(Submission.__table__, User.__table__, _student.id == _submission.user_id)
    .join(PracticeEntry.__table__, _entry.id == _submission.entry_id)
    .join(Definition.__table__, _exercise.id == _submission.exercise_version_id)
    .outerjoin(Review.__table__, (_review.submission_id == _submission.id) & _IS_OPEN)
    .outerjoin(_Reviewer, _Reviewer.c.id == _review.reviewer_id)
)
_QUEUE = (
    _LINE.where(_WAITS, _submission.user_id != bindparam("not_by"))
    .order_by(_submission.sent_at, _submission.id)
    .limit(bindparam("size"))
)
_QUEUE_OF_OTHERS = _QUEUE.where(or_(_review.id.is_(None), _review.reviewer_id != bindparam("reviewer")))
_HELD = (
    _LINE.where(_IS_OPEN, _review.reviewer_id == bindparam("reviewer"))
    .order_by(_review.claimed_at, _review.id)
    .limit(50)
)


def _lines(session: Session, query: Select[Any], **values: Any) -> list[QueueLine]:
    return [QueueLine(*tuple(row)) for row in session.execute(query, values)]


def _takeable(query: Select[Any], studios: Collection[UUID]) -> Select[Any]:
    if studios:
        members = select(RoleGrant.user_id).where(RoleGrant.studio_id.in_(studios), RoleGrant.ended_at.is_(None))
        query = query.where(_submission.user_id.not_in(members))
    return query


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many pieces wait (counted to 1,000 at most) and since when the oldest does."""

    waiting: int
    oldest: datetime | None


def queue_figures(session: Session) -> QueueFigures:
    """The state of the queue in two short statements."""
    return QueueFigures(session.scalar(_WAITING) or 0, session.scalar(_OLDEST))


# Ones, not ids: the partial index alone can count.
_WAITING = select(func.count()).select_from(select(literal(1).label("one")).where(_WAITS).limit(1000).subquery())
_OLDEST = select(_submission.sent_at).where(_WAITS).order_by(_submission.sent_at).limit(1)
_NEXT = (
    select(_submission.id)
    .where(
        _WAITS,
        _submission.id.not_in(select(_review.submission_id).where(_IS_OPEN, _review.lease_until > bindparam("now"))),
        _submission.user_id != bindparam("not_by"),
    )
    .order_by(_submission.sent_at, _submission.id)
    .limit(1)
)


def next_waiting(
    session: Session, reviewer_id: UUID, now: datetime, *, exercise: str = "", studios: Collection[UUID] = ()
) -> UUID | None:
    """The oldest piece that nobody holds and that the instructor may take."""
    query = _takeable(_NEXT, studios)
    if exercise:
        query = query.where(_submission.exercise_key == exercise)
    found: UUID | None = session.scalar(query, {"not_by": reviewer_id, "now": now})
    return found


@dataclass(frozen=True, slots=True)
class ExerciseName:
    """An exercise as a filter names it."""

    key: str
    code: str
    title: str


_NAMES = (
    select(_exercise.key, _exercise.subtype, _exercise.title)
    .where(_exercise.kind == Kind.EXERCISE.value, _exercise.is_current)
    .order_by(_exercise.position, _exercise.key)
)
_DECIDED_BY = select(func.count()).where(
    _review.reviewer_id == bindparam("reviewer"), _review.decided_at >= bindparam("since")
)


def exercise_names(session: Session) -> tuple[ExerciseName, ...]:
    """The live exercises in their order."""
    return tuple(ExerciseName(*row) for row in session.execute(_NAMES))


def decided_by(session: Session, reviewer_id: UUID, since: datetime) -> int:
    """How many pieces an instructor decided since an instant."""
    return session.scalar(_DECIDED_BY, {"reviewer": reviewer_id, "since": since}) or 0


def own_review(
    session: Session, reviewer_id: UUID, review_id: UUID, *, lock: bool = False
) -> tuple[Review, Submission]:
    """The instructor's own review and its submission as they are now; raises NotFound for anybody else's.

    With `lock` the submission's row is held. It is the one lock of everything that changes a review, always taken
    first, so that two who meet wait for each other in the same order.
    """
    query = (
        select(Submission)
        .join(Review, Review.submission_id == Submission.id)
        .where(Review.id == review_id, Review.reviewer_id == reviewer_id)
        .execution_options(populate_existing=True)
    )
    submission = session.scalar(query.with_for_update(of=Submission) if lock else query)
    if submission is None:
        raise NotFound
    fresh = select(Review).where(Review.id == review_id).execution_options(populate_existing=True)
    return session.scalars(fresh).one(), submission


def open_review_of(session: Session, submission_id: UUID) -> Review | None:
    """The review that holds a submission now."""
    query = select(Review).where(Review.submission_id == submission_id, _IS_OPEN)
    return session.scalar(query.execution_options(populate_existing=True))


def released_review_of(session: Session, submission_id: UUID, reviewer_id: UUID) -> Review | None:
    """The newest review of a submission that an instructor began and gave back."""
    query = select(Review).where(
        Review.submission_id == submission_id, Review.reviewer_id == reviewer_id, Review.state == "released"
    )
    return session.scalars(query.order_by(Review.claimed_at.desc()).limit(1)).first()


def expired_reviews(session: Session, now: datetime, limit: int = 100) -> list[tuple[UUID, UUID]]:
    """Open reviews whose lease is over, as (review id, reviewer id)."""
    query = select(Review.id, Review.reviewer_id).where(_IS_OPEN, Review.lease_until <= now).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


def ratings_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[CriterionRating]]:
    """Ratings by review."""
    found: dict[UUID, list[CriterionRating]] = {review_id: [] for review_id in review_ids}
    query = select(CriterionRating).where(CriterionRating.review_id.in_(review_ids))
    for rating in session.scalars(query) if review_ids else ():
        found[rating.review_id].append(rating)
    return found


def pins_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[Pin]]:
    """Pins by review, in their order."""
    found: dict[UUID, list[Pin]] = {review_id: [] for review_id in review_ids}
    query = select(Pin).where(Pin.review_id.in_(review_ids)).order_by(Pin.number)
    for pin in session.scalars(query) if review_ids else ():
        found[pin.review_id].append(pin)
    return found


@dataclass(frozen=True, slots=True)
class DecidedReview:
    """A decided review as its student sees it."""

    review: Review
    submission_number: int
    reviewer_name: str
    decided_at: datetime


def decided_reviews(session: Session, entry_id: UUID) -> list[DecidedReview]:
    """The decided reviews of an entry, newest try first."""
    query = (
        select(Review, Submission.number, User.name)
        .join(Submission, Submission.id == Review.submission_id)
        .join(User, User.id == Review.reviewer_id)
        .where(Submission.entry_id == entry_id, Review.state == "decided")
        .order_by(Submission.number.desc())
    )
    return [
        DecidedReview(review, number, name, review.decided_at or review.claimed_at)
        for review, number, name in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class CurrentRubric:
    """The live rubric and its version id."""

    version_id: UUID
    rubric: Rubric


def current_rubric(session: Session) -> CurrentRubric:
    """The rubric that new reviews are made under; raises NotFound before the first content sync."""
    query = select(Definition.id, Definition.payload).where(Definition.kind == Kind.RUBRIC.value, Definition.is_current)
    row = session.execute(query).first()
    if row is None:
        raise NotFound("No rubric is published yet.")
    return CurrentRubric(row.id, rubric_from_dict(row.payload))


def defect_codes(session: Session) -> Mapping[str, dict[str, Any]]:
    """The current defect codes by code: title, seen, cause, fix, severity (m, M, C, praise), criterion."""
    query = select(Definition.payload).where(Definition.kind == Kind.DEFECTS.value, Definition.is_current)
    payload = session.scalar(query) or {"defects": []}
    return {row["code"]: dict(row) for row in payload["defects"]}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a piece is judged by: the pinned rubric, the pinned exercise, the tier, and the live defect codes."""

    rubric: Rubric
    exercise: Exercise
    tier: str
    defects: Mapping[str, dict[str, Any]]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that apply, in the order of the rubric."""
        return self.rubric.applicable(self.exercise.criteria)

    @property
    def mark(self) -> Mark:
        """What the tier asks for."""
        return self.rubric.marks[self.tier]


def sheet_of(session: Session, review: Review, submission: Submission) -> Sheet:
    """The sheet of a review in two statements."""
    wanted = (review.rubric_version_id, submission.exercise_version_id)
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(wanted))
    payloads = {row.id: row.payload for row in session.execute(query)}
    rubric, exercise = (payloads[version_id] for version_id in wanted)
    return Sheet(rubric_from_dict(rubric), exercise_from_dict(exercise), submission.tier, defect_codes(session))


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo of a submission as the workspace shows it; width and height are those of its large rendition."""

    id: UUID
    slot: str
    label: str
    width: int
    height: int
    renditions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EarlierTry:
    """A decided try of the same piece."""

    number: int
    outcome: str
    score: Decimal | None
    note: str
    reviewer_name: str
    decided_at: datetime
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One review with all that its page shows beside the draft."""

    review: Review
    submission: Submission
    sheet: Sheet
    student_name: str
    piece_number: int
    photos: tuple[SentPhoto, ...]
    earlier: tuple[EarlierTry, ...]
    parts: tuple[RecordPart, ...]
    plan: NumbingPlan | None
    brief: Brief | None


def workspace(session: Session, review: Review, submission: Submission) -> Workspace:
    """Everything on the page of a review, in a fixed number of statements."""
    sheet = sheet_of(session, review, submission)
    names = (
        select(User.name, PracticeEntry.number)
        .join(PracticeEntry, PracticeEntry.user_id == User.id)
        .where(PracticeEntry.id == submission.entry_id)
    )
    student_name, piece_number = session.execute(names).one()
    records = submission.frozen.get("records", {})
    brief = brief_of(session, records)
    named = with_card(records, brief.card.label) if brief else records
    return Workspace(
        review=review,
        submission=submission,
        sheet=sheet,
        student_name=student_name,
        piece_number=piece_number,
        photos=_sent_photos(session, submission.id, sheet.exercise),
        earlier=_earlier_tries(session, submission),
        parts=record_parts(named, sheet.exercise.steps),
        plan=plan_of(records.get(Step.NUMBING.value, {})),
        brief=brief,
    )


def brief_of(session: Session, records: Mapping[str, Any]) -> Brief | None:
    """The fictional client of a log beside its key, or None when the log names none that is live; one statement."""
    found = content.client(session, card_of(records)) if card_of(records) else None
    if found is None:
        return None
    decision = str(records.get(Step.CONSULTATION.value, {}).get("decision", ""))
    return compare(*found, decision, str(records.get(Step.COLOR_SELECTION.value, {}).get("undertone", "")))


def _sent_photos(session: Session, submission_id: UUID, exercise: Exercise) -> tuple[SentPhoto, ...]:
    labels = {slot.id: slot.label for slot in exercise.slots}
    order = list(labels)
    seen: dict[str, int] = {}
    found = []
    photos = practice.submission_photos(session, submission_id)
    for photo in sorted(photos, key=lambda p: order.index(p.slot) if p.slot in labels else len(order)):
        seen[photo.slot] = seen.get(photo.slot, 0) + 1
        label = labels.get(photo.slot, photo.slot)
        label = label if seen[photo.slot] == 1 else f"{label} {seen[photo.slot]}"
        large = photo.renditions["large"]
        found.append(SentPhoto(photo.id, photo.slot, label, large["width"], large["height"], photo.renditions))
    return tuple(found)


def _earlier_tries(session: Session, submission: Submission) -> tuple[EarlierTry, ...]:
    if submission.number == 1:
        return ()
    found = [d for d in decided_reviews(session, submission.entry_id) if d.submission_number < submission.number]
    ratings = ratings_of(session, [d.review.id for d in found])
    return tuple(
        EarlierTry(
            number=d.submission_number,
            outcome=d.review.outcome or "",
            score=d.review.score,
            note=d.review.note,
            reviewer_name=d.reviewer_name,
            decided_at=d.decided_at,
            levels={rating.criterion: rating.level for rating in ratings[d.review.id]},
        )
        for d in found
    )
