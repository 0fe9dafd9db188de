"""A student's reading page: the piece, each try with its decision, the notes on the photos, the levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.content import queries as content
from app.content.queries import LessonFace
from app.domain.access.permissions import Permission
from app.domain.practice.client import Brief
from app.domain.practice.record import RecordPart, card_of, record_parts, with_card
from app.domain.review import PROMISE
from app.domain.rubric.rubric import Criterion, Mark, Rubric, rubric_from_dict
from app.domain.rubric.scoring import Result
from app.practice import queries as practice
from app.practice.queries import FRONT, EntryPage, PhotoFace
from app.reviews import queries
from app.reviews.queries import DecidedReview
from app.web.access import current_actor, current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("reviews", Audience.STUDENT)
BLANK = "f1"
PRAISE = "praise"


@dataclass(frozen=True, slots=True)
class Note:
    """A pin with its words: the reviewer's note, and cause and first fix of the fault. x and y are 0 to 1."""

    id: UUID
    photo_id: UUID
    number: int
    x: float
    y: float
    code: str
    severity: str
    note: str
    title: str
    cause: str
    fix: str
    criterion_title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One rated criterion: the level given, the student's own (0: none), and where to read again."""

    criterion: Criterion
    level: int
    reason: str
    own: int
    lesson: LessonFace | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided on a try, and why."""

    result: Result
    reviewer: str
    at: datetime
    note: str
    score: Any
    mark: Mark | None
    lines: tuple[Line, ...]
    critical: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """One try of the piece as it was sent, with its decision once there is one."""

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


@bp.get("/practice/<uuid:entry_id>")
@requires(Permission.FEEDBACK_READ)
def piece(entry_id: UUID) -> ResponseReturnValue:
    """One's own piece; nothing of a review is shown before its decision."""
    session = current_session()
    page = practice.entry_page(session, current_actor().user_id, entry_id)
    if page.state == "draft":
        return redirect(url_for("practice_student.edit", entry_id=entry_id), 303)
    sent = practice.submissions_of(session, entry_id)
    sources = _sources(page, [submission.id for submission in sent])
    brief = queries.brief_of(session, sent[-1].frozen.get("records", {}))
    tries = [_try(submission, sources, brief) for submission in reversed(sent)]
    return render_template(
        "reviews/student_piece.html",
        page=page,
        tries=tries,
        top=tries[0],
        # The answer is told when the piece is decided for good; who tries again finds it alone.
        brief=brief if tries[0].decision and page.state != "returned" else None,
        labels={slot.id: slot.label for slot in page.exercise.slots},
        pairs=_pairs(tries),
        hours=int(PROMISE.total_seconds() // 3600),
    )


@bp.app_context_processor
def notes_of_last_review() -> dict[str, Any]:
    """`open_notes(entry_id)` for the page of a draft, which lies below the reviews and cannot ask for them itself."""
    return {"open_notes": _open_notes}


def _open_notes(entry_id: UUID) -> list[Note]:
    """What the last review asked to change in a piece of one's own."""
    session = current_session()
    page = practice.entry_page(session, current_actor().user_id, entry_id)
    sources = _sources(page, [])
    if page.state != "returned" or not sources.reviews:
        return []
    last = next(iter(sources.reviews.values()))
    return [note for note in _notes(last, sources) if note.severity != PRAISE]


def _sources(page: EntryPage, submission_ids: Sequence[UUID]) -> _Sources:
    session = current_session()
    decided = queries.decided_reviews(session, page.id)
    ids = [found.review.id for found in decided]
    versions = content.pinned_many(session, {found.review.rubric_version_id for found in decided})
    rubrics = {version.id: rubric_from_dict(version.payload) for version in versions.values()}
    return _Sources(
        page=page,
        photos=practice.photos_sent(session, submission_ids),
        reviews={found.review.submission_id: found for found in decided},
        ratings=queries.ratings_of(session, ids),
        pins=queries.pins_of(session, ids),
        rubrics=rubrics,
        defects=queries.defect_codes(session) if decided else {},
        lessons=content.first_lessons(session, {c.step for rubric in rubrics.values() for c in rubric.criteria}),
    )


def _try(submission: Any, sources: _Sources, brief: Brief | None) -> Try:
    found = sources.reviews.get(submission.id)
    records = submission.frozen.get("records", {})
    named = with_card(records, brief.card.label) if brief and brief.card.id == card_of(records) else records
    return Try(
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
        result=Result(review.outcome or ""),
        reviewer=found.reviewer_name,
        at=found.decided_at,
        note=review.note,
        score=review.score,
        mark=rubric.marks.get(submission.tier),
        lines=_lines(found, submission.frozen.get("self_scores", {}), sources),
        critical=tuple((titles.get(flag["code"], flag["code"]), flag.get("reason", "")) for flag in review.critical),
        notes=_notes(found, sources),
    )


def _lines(found: DecidedReview, own: Mapping[str, int], sources: _Sources) -> tuple[Line, ...]:
    """The rated criteria in the order of the rubric."""
    rubric = sources.rubrics[found.review.rubric_version_id]
    given = {rating.criterion: rating for rating in sources.ratings[found.review.id]}
    return tuple(
        Line(
            criterion=criterion,
            level=given[criterion.id].level,
            reason=given[criterion.id].reason,
            own=int(own.get(criterion.id, 0)),
            lesson=sources.lessons.get(criterion.step),
        )
        for criterion in rubric.criteria
        if criterion.id in given
    )


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
        code=pin.defect,
        severity=str(defect.get("severity", "")),
        note=pin.note,
        title=str(defect.get("title", "")),
        cause=str(defect.get("cause") or ""),
        fix=str(defect.get("fix") or ""),
        criterion_title=criterion,
    )


def _pairs(tries: Sequence[Try]) -> dict[str, tuple[PhotoFace, PhotoFace]]:
    """What can be laid over each other: the blank skin and the finished piece; the last try and the one before."""
    found: dict[str, tuple[PhotoFace, PhotoFace]] = {}
    blank, front = tries[0].photo_in(BLANK), tries[0].photo_in(FRONT)
    if blank and front:
        found["work"] = (blank, front)
    earlier = tries[1].photo_in(FRONT) if len(tries) > 1 else None
    if earlier and front and earlier.id != front.id:
        found["tries"] = (earlier, front)
    return found
